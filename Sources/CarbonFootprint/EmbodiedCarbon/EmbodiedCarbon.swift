public import CLIPFiles
public import CLIPUnits

/// What making one chip with its DRAM costs the climate, by cause, with all choices that decide it.
///
/// Made by ``Manufacture/embodied(area:modelBytes:)``, which holds the formulas.
public struct EmbodiedCarbon: Equatable, Sendable {
  /// How it is made.
  public let manufacture: Manufacture
  /// Of the die.
  public let area: SquareMillimeters
  /// Of the wafer, for each die; more than ``area`` where rim and cuts are charged.
  public let waferArea: SquareMillimeters
  /// The part of dies that works.
  public let dieYield: Double
  /// The chip's part that is the fab's electricity, yield included.
  public let fabEnergy: KilogramsCO2e
  /// The chip's part that is process gases, yield included.
  public let gases: KilogramsCO2e
  /// The chip's part that is materials, yield included.
  public let materials: KilogramsCO2e
  /// How much DRAM; zero for none.
  public let memoryCapacity: Gigabytes
  /// The DRAM's part.
  public let memory: KilogramsCO2e
  /// The memories that the design names, in place of the scenario's DRAM; ``memoryCapacity`` and ``memory`` are theirs.
  public let memories: DesignMemories?
  /// The packages' part; counted in the boundaries packaged and device.
  public let packaging: KilogramsCO2e

  /// Whether it is a whole device's that was measured: all of it is the device's bill.
  public internal(set) var isOfDevice = false

  /// The die alone.
  public var chip: KilogramsCO2e { fabEnergy + gases + materials }
  /// The rest of the device, as far as this model answers for it; counted in the boundary device.
  public var device: KilogramsCO2e { manufacture.device?.carbon ?? .zero }
  /// All that the manufacture's boundary counts.
  public var total: KilogramsCO2e { total(in: manufacture.boundary) }
  /// All that a boundary counts.
  public func total(in boundary: Boundary) -> KilogramsCO2e {
    switch boundary {
    case .die: chip + memory
    case .packaged: chip + memory + packaging
    case .device: chip + memory + packaging + device
    }
  }
  /// CPA: the chip's carbon for each area of die, yield included, in kgCO2e/cm².
  public var perArea: KilogramsPerSquareCentimeter {
    KilogramsPerSquareCentimeter(chip.value / area.squareCentimeters)
  }

  /// `LPDDR4 0.25 GB (next size up)`, or `none`.
  public var memorySummary: String {
    if let memories { return memories.summary }
    guard let plan = manufacture.memory else { return "none" }
    return "\(plan.type.name), \(memoryCapacity)\(plan.capacity == .nextSizeUp ? ", next size up from the model" : "")"
  }

  /// What the reader of the figures should know.
  public var notes: [String] {
    if isOfDevice {
      let unverified = manufacture.device?.unverified ?? []
      return ["the device's bill is all that is counted of its making"]
        + (unverified.isEmpty
          ? [] : ["not read at a source, so with a wider interval: \(unverified.joined(separator: ", "))"])
    }
    var notes = manufacture.process.note.map { [$0] } ?? []
    if manufacture.memory == nil, memories == nil { notes.append("DRAM is not counted") }
    if let unverified = memories?.unverified, !unverified.isEmpty {
      notes.append("memories, not read at a source, so with a wider interval: \(unverified.joined(separator: "; "))")
    }
    if manufacture.packaging == nil || manufacture.boundary == .die { notes.append("packaging is not counted") }
    if manufacture.boundary == .device, let unverified = manufacture.device?.unverified, !unverified.isEmpty {
      notes.append("not read at a source, so with a wider interval: \(unverified.joined(separator: ", "))")
    }
    if manufacture.wafer == nil { notes.append("what a wafer loses at its rim is not counted") }
    if manufacture.grid.isAssumed { notes.append("the fab's grid is assumed") }
    return notes
  }

  /// All of it as plain data; names carry their units.
  public var json: JSONObject {
    if isOfDevice {
      return [
        "carbon_kgco2e": .number(total.value), "area_mm2": .null, "chip": .null, "fab": .null, "dram": .null,
        "packaging": .null, "notes": .array(notes.map { .string($0) }),
      ]
    }
    let process = manufacture.process
    var fab: JSONObject = [
      "node_nm": .number(process.node.value), "figures": .string(process.edition), "source": .string(process.source),
      "interpolated": .bool(process.interpolatedBetween != nil), "abatement": .number(process.abatement),
      "epa_kwh_per_cm2": .number(process.energyPerArea.value),
      "gpa_kgco2e_per_cm2": .number(process.gasesPerArea.value),
      "mpa_kgco2e_per_cm2": .number(process.materialsPerArea.value),
      "grid": .object(manufacture.grid.json), "yield_model": .string(manufacture.yield.summary),
      "yield": .number(dieYield), "wafer_mm2_per_die": .number(waferArea.value),
    ]
    if let wafer = manufacture.wafer { fab["wafer_mm"] = .number(wafer.diameter.value) }
    var dram: JSONObject = [
      "type": manufacture.memory.map { .string($0.type.code) } ?? "none",
      "capacity_gb": .number(memoryCapacity.value),
      "rule": .string(manufacture.memory.map { $0.capacity == .nextSizeUp ? "next size up" : "fixed" } ?? "none"),
      "gco2e_per_gb": .number(manufacture.memory?.type.carbonPerGigabyte.value ?? 0),
      "yield": .number(manufacture.memory?.yield ?? 1), "carbon_kgco2e": .number(memory.value),
    ]
    if let memories {
      dram = [
        "type": .string(memories.summary), "capacity_gb": .number(memoryCapacity.value), "rule": "devices",
        "carbon_kgco2e": .number(memory.value), "wafer_share": .number(memories.waferShare),
        "devices": .array(
          memories.chips.map { chip in
            [
              "name": .string(chip.name), "count": .integer(chip.count), "capacity_gb": .number(chip.capacity.value),
              "carbon_kgco2e": .number(chip.carbon.value), "verified": .bool(chip.isVerified),
            ]
          }),
      ]
    }
    return [
      "carbon_kgco2e": .number(total.value), "area_mm2": .number(area.value),
      "chip": .object([
        "carbon_kgco2e": .number(chip.value), "cpa_kgco2e_per_cm2": .number(perArea.value),
        "fab_energy_kgco2e": .number(fabEnergy.value), "gases_kgco2e": .number(gases.value),
        "materials_kgco2e": .number(materials.value),
      ]),
      "fab": .object(fab), "dram": .object(dram),
      "packaging": .object([
        "ics": .integer(
          manufacture.packaging?.count(memories: memories?.packages ?? (manufacture.memory == nil ? 0 : 1)) ?? 0),
        "carbon_kgco2e": .number(packaging.value),
      ]),
      "notes": .array(notes.map { .string($0) }),
    ]
  }
}

extension GridIntensity {
  /// The grid as plain data.
  var json: JSONObject {
    var object: JSONObject = ["code": .string(code), "name": .string(name)]
    if let year { object["year"] = .integer(year) }
    object["gco2e_per_kwh"] = .number(intensity.value)
    object["source"] = .string(source)
    object["assumed"] = .bool(isAssumed)
    return object
  }
}

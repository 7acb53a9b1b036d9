public import CLIPFiles
public import CLIPUnits

/// The memories beside a chip's SRAM that a design has for a model: what is bought, what it adds to the die, how it was priced.
public struct MemoryBill: Equatable, Sendable {
  /// A packaged memory beside the chip.
  public struct Chip: Equatable, Sendable {
    /// The row's name, such as `hyperram-8mb`.
    public let name: String
    /// The maker's part, or its kind.
    public let part: String
    /// Of one, in MB of 2^20 bytes.
    public let megabytes: Double
    /// How many.
    public let count: Int
    /// Kind of `data/carbon/dram.csv` whose carbon a GB it has; nil where ``grams`` are known.
    public let embodiedKind: String?
    /// Of making one, in gCO2e; nil where ``embodiedKind`` says it.
    public let grams: Double?
    /// Whether its embodied figure was read at a source.
    public let isEmbodiedVerified: Bool
  }

  /// Memories beside the chip, each packaged.
  public var chips: [Chip] = []
  /// What a macro on the die adds to energy, gases and materials of making it, as a part of them.
  public var waferShare = 0.0
  /// Energy of memories for each image, transfers and background, their share of a start included.
  public var energy = Joules.zero
  /// Whether figures of that energy were all read at a source.
  public var isEnergyVerified = true
  /// Figures that were not read at a source, such as `hyperram-8mb: embodied`.
  public var unverified: [String] = []
  /// Pads of the die, and whether they make it larger than what is inside.
  public var pads = 0, isPadLimited = false
  /// Where the weights lie while the device works, for people.
  public var weights = ""

  /// For `--json`.
  public var json: JSONValue {
    [
      "weights": .string(weights), "energy_j": .number(energy.value), "energy_verified": .bool(isEnergyVerified),
      "pads": .integer(pads), "pad_limited": .bool(isPadLimited), "wafer_share": .number(waferShare),
      "chips": .array(
        chips.map { chip in
          [
            "name": .string(chip.name), "part": .string(chip.part), "megabytes": .number(chip.megabytes),
            "count": .integer(chip.count), "embodied_verified": .bool(chip.isEmbodiedVerified),
          ]
        }),
      "unverified": .array(unverified.map { .string($0) }),
    ]
  }
}

extension MemorySystem {
  /// Figures whose error is one of energy, and of making.
  private static let energies: Set<String> = ["energy", "io", "self-refresh", "standby", "bandwidth", "row"]

  /// What is bought for the design, and what of it was not read.
  func bill(kept: Double) -> MemoryBill {
    var bill = MemoryBill()
    var unverified: [String] = []
    func note(_ name: String, _ figures: [String]) {
      if !figures.isEmpty { unverified.append("\(name): \(figures.joined(separator: ", "))") }
      if figures.contains(where: Self.energies.contains) { bill.isEnergyVerified = false }
    }
    if let (device, count) = dram {
      bill.chips.append(
        .init(
          name: device.name, part: device.part, megabytes: device.megabytes, count: count,
          embodiedKind: device.embodiedKind, grams: nil, isEmbodiedVerified: !device.unverified.contains("embodied")))
      note(device.name, device.unverified)
    }
    let place: String
    switch store {
    case .dram: place = dram?.device.name ?? "DRAM"
    case .sram: place = "SRAM"
    case .memory(let memory, let megabytes):
      place = memory.name
      if memory.place == .external {
        bill.chips.append(
          .init(
            name: memory.name, part: memory.part, megabytes: megabytes, count: 1, embodiedKind: nil,
            grams: memory.gramsPerMegabit * megabytes * 8, isEmbodiedVerified: !memory.unverified.contains("embodied")))
      }
      bill.waferShare = memory.waferShare
      note(memory.name, memory.unverified)
    }
    if case .sram = store {
      bill.weights = "in SRAM; they come from the host at each start"
    } else {
      bill.weights = kept > 0 ? "in \(place), read into SRAM at each start" : "in \(place), read for each run"
    }
    bill.unverified = unverified
    return bill
  }
}

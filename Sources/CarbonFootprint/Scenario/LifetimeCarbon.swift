public import CLIPFiles
public import CLIPUnits

/// A design's carbon over its life in a scenario, with all choices that decide it; made by ``Scenario/carbon(of:)``.
public struct LifetimeCarbon: Equatable, Sendable {
  /// The design.
  public let design: DesignFigures
  /// Where and how it is made and used.
  public let scenario: Scenario
  /// Of making one device, all of it.
  public let embodied: EmbodiedCarbon
  /// The part of the embodied carbon that this use answers for.
  public let embodiedShare: Double
  /// Of one inference, from its end to the deadline.
  public let idleEnergy: Joules
  /// Of all inferences, idle energy included, before PUE.
  public let lifetimeEnergy: Joules
  /// Of the rest of the device in its life, with what is lost on the way to it and to the chip; nil where no device is named,
  /// or only a number of inferences is known.
  public let deviceEnergy: Joules?
  /// Of all inferences on the chip, PUE included.
  public let chipOperational: KilogramsCO2e
  /// Of ``deviceEnergy``.
  public let deviceOperational: KilogramsCO2e?

  /// What is counted.
  public var boundary: Boundary { scenario.boundary }
  /// Of use, as far as the scenario's boundary counts it.
  public var operational: KilogramsCO2e { operational(in: boundary) ?? chipOperational }
  /// Of use in a boundary; nil where it is not known of the device.
  public func operational(in boundary: Boundary) -> KilogramsCO2e? {
    boundary == .device ? deviceOperational.map { chipOperational + $0 } : chipOperational
  }
  /// A device's share of what searching and training the model has emitted.
  public var modelShare: KilogramsCO2e { scenario.modelCarbon / scenario.devices }
  /// The total in a boundary; nil where no device is named.
  public func total(in boundary: Boundary) -> KilogramsCO2e? {
    operational(in: boundary).map { $0 + embodied.total(in: boundary) * embodiedShare + modelShare }
  }
  /// The Software Carbon Intensity of 1,000 inferences: `(E * I + M) / R`, with the share of the device's time and of its
  /// resources in M. Source: ISO/IEC 21031:2024.
  public var perThousand: KilogramsCO2e { total * (1000 / scenario.lifetime.inferences) }

  /// When a design that emits more to be made has made up for it: `(M - M') / (use' - use)` as a part of the life, in years;
  /// nil where one of both emits no less in either.
  ///
  /// Source: Kline et al., "GreenChip", 2019: the indifference point of two designs.
  public func breakEven(with other: LifetimeCarbon) -> Double? {
    guard let years = scenario.lifetime.span.map({ $0 / Lifetime.year }) else { return nil }
    let making = embodied.total * embodiedShare - other.embodied.total * other.embodiedShare
    let using = other.operational - operational
    let part = making / using
    guard making.value * using.value > 0, part.isFinite else { return nil }
    return part * years
  }

  /// From how many devices on a model that emitted ``Scenario/modelCarbon`` to be found has repaid that against another;
  /// nil where it saves nothing.
  public func devicesToRepay(against other: LifetimeCarbon) -> Double? {
    let saved = (other.total - other.modelShare) - (total - modelShare)
    guard saved > .zero, scenario.modelCarbon > .zero else { return nil }
    return max(1, (scenario.modelCarbon / saved).rounded(.up))
  }

  /// From the moment an image is there until it is answered: where images share a fetch of weights, the first waits for
  /// the last.
  public var answerTime: Seconds { design.latency + scenario.collecting }

  /// `operational + embodiedShare * embodied`, and the model's share, in the scenario's boundary.
  public var total: KilogramsCO2e {
    let total = operational + embodied.total * embodiedShare
    return scenario.modelCarbon > .zero ? total + modelShare : total
  }
  /// The total, had the chip no DRAM, which spares its package too.
  public var totalWithoutMemory: KilogramsCO2e {
    let manufacture = embodied.manufacture
    let packages = embodied.memories?.packages ?? (manufacture.memory == nil ? 0 : 1)
    guard let packaging = manufacture.packaging, packages > 0, boundary != .die else {
      return total - embodied.memory * embodiedShare
    }
    let spared = packaging.carbon(memories: packages) - packaging.carbon(memories: 0)
    return total - (embodied.memory + spared) * embodiedShare
  }

  /// What the reader of the figures should know.
  public var notes: [String] {
    var notes = embodied.notes
    if scenario.grid.isAssumed { notes.append("the grid of use is assumed") }
    if let rate = scenario.lifetime.rate, design.latency.value * rate.value > Double(design.images) {
      let run = design.images == 1 ? "an inference" : "a run of \(design.images) images"
      notes.append("too slow for \(rate): \(run) takes \(design.latency), so the device cannot do them all")
    }
    if let deadline = scenario.deadline, answerTime > deadline {
      notes.append("misses the deadline of \(deadline): \(answerTime)")
    }
    let memory = embodied.memoryCapacity
    if let bytes = design.modelBytes, design.memories == nil, memory > .zero, memory < Gigabytes(bytes: bytes) {
      notes.append("the DRAM of \(memory) is smaller than the model's weights, \(Gigabytes(bytes: bytes))")
    }
    if scenario.deadline == nil, design.idlePower > .zero { notes.append("idle power is not counted: no deadline") }
    return notes
  }

  /// One line for people.
  public var summary: String {
    "\(design.name), \(boundary.summary): \(total) = \(operational) in use (\(scenario.lifetime.summary)) + \(embodied.total * embodiedShare) "
      + "embodied (chip \(embodied.chip * embodiedShare), DRAM \(embodied.memory * embodiedShare): "
      + "\(embodied.memorySummary), packaging \((boundary == .die ? .zero : embodied.packaging) * embodiedShare))"
  }

  /// All of it as plain data; names carry their units.
  public var json: JSONObject {
    var use: JSONObject = [
      "inferences": .number(scenario.lifetime.inferences), "energy_per_inference_j": .number(design.energy.value),
      "idle_energy_per_inference_j": .number(idleEnergy.value),
      "lifetime_energy_kwh": .number(KilowattHours(lifetimeEnergy).value), "pue": .number(scenario.pue),
      "grid": .object(scenario.grid.json), "carbon_kgco2e": .number(operational.value),
    ]
    if let span = scenario.lifetime.span { use["years"] = .number(span / Lifetime.year) }
    if let rate = scenario.lifetime.rate { use["inferences_per_s"] = .number(rate.value) }
    if let hours = scenario.lifetime.hoursPerDay { use["hours_per_day"] = .number(hours) }
    if let deadline = scenario.deadline { use["deadline_s"] = .number(deadline.value) }
    if scenario.lifetime.activity < 1 { use["activity"] = .number(scenario.lifetime.activity) }
    var object: JSONObject = [
      "design": .string(design.name), "scenario": .string(scenario.name),
      "total_kgco2e": .number(total.value), "total_without_dram_kgco2e": .number(totalWithoutMemory.value),
      "operational_kgco2e": .number(operational.value),
      "embodied_kgco2e": .number((embodied.total * embodiedShare).value),
      "embodied_share": .number(embodiedShare), "latency_s": .number(answerTime.value),
      "operational": .object(use), "embodied": .object(embodied.json), "boundary": .string(boundary.rawValue),
      "boundaries": .object(
        Boundary.allCases.reduce(into: JSONObject()) { $0[$1.rawValue] = json(in: $1) }),
      "gco2e_per_1000_inferences": .number(perThousand.grams), "notes": .array(notes.map { .string($0) }),
    ]
    if let device = scenario.manufacture.device { object["device"] = .object(device.json) }
    if scenario.modelCarbon > .zero {
      object["model"] = [
        "carbon_kgco2e": .number(scenario.modelCarbon.value), "devices": .number(scenario.devices),
        "share_kgco2e": .number(modelShare.value),
      ]
    }
    return object
  }

  /// One boundary's figures; null where no device is named.
  private func json(in boundary: Boundary) -> JSONValue {
    guard boundary != .device || scenario.manufacture.device != nil, let total = total(in: boundary),
      let use = operational(in: boundary)
    else { return .null }
    return [
      "total_kgco2e": .number(total.value), "operational_kgco2e": .number(use.value),
      "embodied_kgco2e": .number((embodied.total(in: boundary) * embodiedShare).value),
      "gco2e_per_1000_inferences": .number(total.grams * 1000 / scenario.lifetime.inferences),
    ]
  }
}

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
  /// Of all inferences, PUE included.
  public let operational: KilogramsCO2e

  /// From the moment an image is there until it is answered: where images share a fetch of weights, the first waits for
  /// the last.
  public var answerTime: Seconds { design.latency + scenario.collecting }

  /// `operational + embodiedShare * embodied`.
  public var total: KilogramsCO2e { operational + embodied.total * embodiedShare }
  /// The total, had the chip no DRAM.
  public var totalWithoutMemory: KilogramsCO2e { total - embodied.memory * embodiedShare }

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
    if let bytes = design.modelBytes, memory > .zero, memory < Gigabytes(bytes: bytes) {
      notes.append("the DRAM of \(memory) is smaller than the model's weights, \(Gigabytes(bytes: bytes))")
    }
    if scenario.deadline == nil, design.idlePower > .zero { notes.append("idle power is not counted: no deadline") }
    return notes
  }

  /// One line for people.
  public var summary: String {
    "\(design.name): \(total) = \(operational) in use (\(scenario.lifetime.summary)) + \(embodied.total * embodiedShare) "
      + "embodied (chip \(embodied.chip * embodiedShare), DRAM \(embodied.memory * embodiedShare): "
      + "\(embodied.memorySummary), packaging \(embodied.packaging * embodiedShare))"
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
    return [
      "design": .string(design.name), "scenario": .string(scenario.name),
      "total_kgco2e": .number(total.value), "total_without_dram_kgco2e": .number(totalWithoutMemory.value),
      "operational_kgco2e": .number(operational.value),
      "embodied_kgco2e": .number((embodied.total * embodiedShare).value),
      "embodied_share": .number(embodiedShare), "latency_s": .number(answerTime.value),
      "operational": .object(use), "embodied": .object(embodied.json), "notes": .array(notes.map { .string($0) }),
    ]
  }
}

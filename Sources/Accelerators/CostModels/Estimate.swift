public import CLIPFiles
public import CLIPUnits

/// What a model costs on a design, in one run of a use: for one image and one text where nothing else is said.
///
/// Times are of a run; energies are for each of its images.
public struct Estimate: Equatable, Sendable {
  /// An operation with the cost of one run.
  public struct Line: Equatable, Sendable {
    /// What is done, and how often.
    public let operation: Operation
    /// One run.
    public let cost: OperationCost

    /// Cycles of all runs.
    public var cycles: Double { cost.cycles * Double(operation.count) }
    /// Energy of all runs.
    public var energy: Joules { cost.energy * Double(operation.count) }
  }

  /// Time and energy of some of the work.
  public struct Share: Equatable, Sendable {
    /// How long it takes.
    public let latency: Seconds
    /// What it uses for each image, DRAM included.
    public let energy: Joules
  }

  /// Which cost model says so.
  public let costModel: String
  /// The design.
  public let design: AcceleratorDesign
  /// Every operation.
  public let lines: [Line]
  /// The chip.
  public let area: ChipArea
  /// Images of a run, which share every fetch of weights.
  public var images = 1
  /// Energy of the whole by component for each image, where the cost model tells.
  public var energyByComponent: EnergyBreakdown? = nil
  /// What of the energy is an image's share of work done once, such as encoding prompts whose features are kept, and of what
  /// each start of the device takes.
  public var preparationEnergy = Joules.zero
  /// What of the energy is used after an inference, waiting for the next: leakage and DRAM's background.
  public var waitingEnergy = Joules.zero
  /// The memories that the design names; nil where the scenario's DRAM is priced by the gigabyte.
  public var memories: MemoryBill? = nil
  /// Bytes of weights that stay on the chip from one inference to the next; 0 where they are fetched each time.
  public var keptWeights = 0.0

  /// All work, done one after another.
  public var total: Share { share { _ in true } }
  /// How long an inference takes.
  public var latency: Seconds { total.latency }
  /// What an inference uses, waiting for the next and its share of work done once included.
  public var energy: Joules { total.energy + preparationEnergy }
  /// Whether every operation fits the design.
  public var isPossible: Bool { preparationEnergy.isFinite && lines.allSatisfy(\.cost.cycles.isFinite) }

  /// Multiply-adds of all operations on arrays.
  public var multiplyAdds: Double { lines.reduce(0) { $0 + Double($1.operation.multiplyAdds) } }
  /// Share of the arrays' peak that is used on average.
  public var utilization: Double { multiplyAdds * 2 / (design.peakTOPS * 1e12 * latency.value) }
  /// Mean power while the work lasts, DRAM included.
  public var power: Watts { (total.energy - waitingEnergy) * Double(images) / latency }

  /// The work of a tower.
  public func share(of tower: Operation.Tower) -> Share { share { $0.tower == tower } }
  /// The work of a part of both towers.
  public func share(of part: Operation.Part) -> Share { share { $0.part == part } }

  private func share(_ belongs: (Operation) -> Bool) -> Share {
    var cycles = 0.0, energy = Joules.zero
    for line in lines where belongs(line.operation) {
      cycles += line.cycles
      energy = energy + line.energy
    }
    return Share(latency: Seconds(cycles / design.clock), energy: images == 1 ? energy : energy * (1 / Double(images)))
  }

  /// For `--json`; what is infinite is null.
  public var json: JSONValue {
    var byTower = JSONObject(), byPart = JSONObject(), components = JSONObject()
    for tower in Operation.Tower.allCases { byTower[tower.rawValue] = .object(share(of: tower).json) }
    for part in Operation.Part.allCases { byPart[part.rawValue] = .object(share(of: part).json) }
    for component in area.components where area.isKnown {
      components["\(component.name)_mm2"] = .number(component.area.value)
    }
    let operations = lines.map { line -> JSONValue in
      [
        "name": .string(line.operation.name), "tower": .string(line.operation.tower.rawValue),
        "part": .string(line.operation.part.rawValue), "count": .integer(line.operation.count),
        "cycles": .number(line.cost.cycles), "energy_j": .number(line.cost.energy.value / Double(images)),
      ]
    }
    var object: JSONObject = [
      "cost_model": .string(costModel), "tops": .number(design.peakTOPS),
      "latency_s": .number(latency.value), "energy_j": .number(energy.value),
      "images": .integer(images), "preparation_energy_j": .number(preparationEnergy.value),
      "waiting_energy_j": .number(waitingEnergy.value), "power_w": .number(power.value),
      "area_mm2": .number(area.total.value), "kept_weights_bytes": .number(keptWeights),
      "by_tower": .object(byTower), "by_part": .object(byPart), "area": .object(components),
    ]
    if let energyByComponent { object["energy"] = energyByComponent.json }
    if let memories { object["memories"] = memories.json }
    object["operations"] = .array(operations)
    return .object(object)
  }
}

extension Estimate.Share {
  fileprivate var json: JSONObject { ["latency_s": .number(latency.value), "energy_j": .number(energy.value)] }
}

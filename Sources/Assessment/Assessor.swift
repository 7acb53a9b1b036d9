public import CLIPAccelerators
public import CLIPCarbonFootprint
internal import CLIPCompute
import CLIPFiles
internal import CLIPModelShapes
import CLIPSystem
public import CLIPUnits

/// Prices models on designs in a scenario: from a shape to time, energy, area and carbon.
public struct Assessor: Sendable {
  /// Which cost model prices.
  public enum Choice: String, CaseIterable, Sendable {
    /// The one to trust; see ``PhysicalCostModel``.
    case physical
    /// CATransformers' estimator, defects included; see ``ReferenceCostModel``.
    case reference
  }

  private enum Pricer { case toolkit(Choice), own(any CostModel) }

  private let pricer: Pricer
  /// Where and how the chip is made and used.
  public let scenario: Scenario
  /// What the physical cost model chooses mappings for.
  public let mapping: MappingObjective
  let technology: Technology
  private let models: KnownModels
  private let processes = KnownProcesses()
  /// What making DRAM emits, by kind; nil where the user's own cost model prices.
  private let dram: MemoryTable

  /// Which of the toolkit's cost models prices; nil for a user's own.
  public var choice: Choice? {
    if case .toolkit(let choice) = pricer { choice } else { nil }
  }

  /// What reports call the cost model.
  public var costModelName: String {
    switch pricer {
    case .toolkit(let choice): choice.rawValue
    case .own(let model): model.name
    }
  }

  /// - Parameters:
  ///   - mapping: what the physical cost model chooses mappings for
  ///   - figures: files with the user's own figures of memories and components; see `Technology`
  /// - Throws: `InputError` where figures cannot be read, or a mapping is asked of the reference cost model.
  public init(
    _ choice: Choice = .physical, in scenario: Scenario, mapping: MappingObjective? = nil, figures: [String] = []
  ) throws {
    guard mapping == nil || choice == .physical else {
      throw InputError("mapping belongs to the physical cost model; the reference has its own")
    }
    pricer = .toolkit(choice)
    self.scenario = scenario
    self.mapping = mapping ?? .latency
    technology = try Technology(figures: figures)
    dram = try MemoryTable()
    models = KnownModels()
  }

  /// Prices with a user's own cost model.
  /// - Throws: `InputError` where the toolkit's figures cannot be read.
  public init(costModel: any CostModel, in scenario: Scenario) throws {
    pricer = .own(costModel)
    self.scenario = scenario
    mapping = .latency
    technology = try Technology()
    dram = try MemoryTable()
    models = KnownModels()
  }

  /// Prices by what a device took.
  ///
  /// The whole device is counted: what making it emits is the table's, or the scenario's device's.
  /// - Throws: `InputError` where neither says what making the device emits, or the toolkit's figures cannot be read.
  public init(measured costs: MeasuredCosts, in scenario: Scenario) throws {
    var scenario = scenario
    if let carbon = costs.embodied {
      scenario.manufacture.device = .measured(costs.device, carbon: carbon, source: costs.file)
    }
    guard scenario.manufacture.device != nil else {
      throw InputError(
        "no column embodied_kgco2e, and the scenario names no device: nobody knows what making the device emits",
        file: costs.file, advice: "add the column, or name a device: carbonclip list devices")
    }
    scenario.boundary = .device
    try self.init(costModel: MeasuredCostModel(costs), in: scenario)
  }

  /// What a device took, where that prices; nil for imagined chips.
  public var measured: MeasuredCosts? {
    if case .own(let model) = pricer { (model as? MeasuredCostModel)?.costs } else { nil }
  }

  private init(_ other: Assessor, in scenario: Scenario) {
    pricer = other.pricer
    self.scenario = scenario
    mapping = other.mapping
    technology = other.technology
    dram = other.dram
    models = other.models
    numberBits = other.numberBits
    shouldStop = other.shouldStop
  }

  /// The same in another scenario. What the cost models remember is shared, as far as the scenarios want the same of them.
  public func moved(to scenario: Scenario) -> Assessor { Assessor(self, in: scenario) }

  /// Asked while many designs are looked through, which may take minutes: then `CancellationError` ends it.
  public var shouldStop: @Sendable () -> Bool = { false }

  /// Bits of a number, of weights and activations, in ``Metric/size`` and ``Metric/activationMemory``.
  public var numberBits = 8

  /// What a model is by itself.
  public func figures(of model: any Workload) -> ModelFigures { ModelFigures(model, bits: numberBits) }

  /// Bytes of a model's weights as the accelerator holds them: one each.
  public static func bytes(of model: any Workload) -> Int { max(1, model.parameterCount) }

  /// The work that the scenario's use makes of a model: a CLIP model's images and texts; any other model's as it is.
  /// - Throws: `InputError` for a use that the model cannot be put to.
  public func work(of model: any Workload) throws -> any Workload {
    guard let clip = model as? CLIPConfiguration else {
      guard scenario.use.imagesPerFetch == 1 || model is UsedModel else {
        throw InputError("images-per-fetch belongs to CLIP models", advice: "leave it out, or make it 1")
      }
      return model
    }
    return try UsedModel(clip, in: scenario.use, inferences: scenario.lifetime.inferences)
  }

  /// The cost model for a model: the physical one counts the background power of a DRAM that holds it, until the scenario's
  /// deadline or the next inference.
  /// - Throws: `InputError` where figures cannot be read or the DRAM has no size for the model.
  public func costModel(for model: any Workload) throws -> any CostModel {
    var wanted = KnownModels.Wanted()
    switch pricer {
    case .own(let model): return model
    // A cost model remembers mappings, so that the next model of like size is priced faster.
    case .toolkit(.reference): return try models.model(wanted) { try ReferenceCostModel(technology: technology) }
    case .toolkit(.physical):
      let bytes = try Self.bytes(of: work(of: model))
      wanted.memory = try scenario.manufacture.memory?.capacity(forModelOf: bytes).value ?? 0
      wanted.temperature = scenario.temperature
      wanted.period = scenario.waitingPeriod?.value
      wanted.node = scenario.manufacture.process.node.value
      wanted.keepsWeights = scenario.keepsWeights
      wanted.mapping = mapping
      let known = try models.model(wanted) {
        var settings = PhysicalCostModel.Settings()
        settings.objective = mapping
        settings.period = scenario.waitingPeriod
        settings.node = wanted.node
        settings.memoryGigabytes = wanted.memory
        settings.keepsWeights = wanted.keepsWeights
        settings.temperature = wanted.temperature
        return try PhysicalCostModel(settings, technology: technology)
      }
      let starts = scenario.lifetime.starts / scenario.lifetime.inferences
      return (known as? PhysicalCostModel)?.serving(bytes: Double(bytes), startsPerInference: starts) ?? known
    }
  }

  /// Limits with what the scenario adds: a design that is slower than inferences come cannot do them.
  public func limits(_ stated: [Limit]) -> [Limit] {
    guard let pace = Limit.pace(of: scenario.lifetime, images: scenario.use.imagesPerFetch),
      !stated.contains(where: { $0.metric == .latency && $0.most <= pace.most })
    else { return stated }
    return stated.filter { $0.metric != .latency } + [pace]
  }

  /// One model on one design.
  /// - Throws: `InputError` for what cannot be priced.
  public func assess(_ model: any Workload, on design: AcceleratorDesign, named name: String) throws -> Assessment {
    let work = try work(of: model)
    return try assessment(of: costModel(for: work).estimate(work, on: design), work, named: name)
  }

  /// The carbon of an estimate of ``work(of:)``.
  /// - Throws: `InputError` where the model does not fit the design.
  public func assessment(of estimate: Estimate, _ model: any Workload, named name: String) throws -> Assessment {
    guard estimate.isPossible else {
      throw InputError("the model does not fit design \(name.quoted())", advice: "take a design with a larger L2")
    }
    return Assessment(
      design: name, estimate: estimate,
      carbon: try carbon(of: SweepPoint(number: 0, estimate), model, named: name), model: figures(of: model))
  }

  /// The scenario as it is for a design: a node of the design's own is the fab's, too.
  /// - Throws: `InputError` for a node that the fab's figures do not cover.
  public func scenario(for design: AcceleratorDesign) throws -> Scenario {
    let node = design.silicon.node
    guard !design.isMeasured, node != ChipSilicon.scenarioNode, node != scenario.manufacture.process.node.value else {
      return scenario
    }
    var moved = scenario
    moved.manufacture.process = try processes.process(node) { try scenario.manufacture.process(at: Nanometers(node)) }
    return moved
  }

  /// What a priced design means for the climate.
  func carbon(of point: SweepPoint, _ model: any Workload, named name: String? = nil) throws -> LifetimeCarbon {
    try carbon(of: point, modelBytes: Self.bytes(of: work(of: model)), named: name)
  }

  /// The same of a model whose weights take so many bytes.
  func carbon(of point: SweepPoint, modelBytes: Int, named name: String? = nil) throws -> LifetimeCarbon {
    var figures = DesignFigures(
      name: name ?? point.design.description, area: point.area, latency: point.latency, energy: point.energy,
      modelBytes: modelBytes, images: point.images,
      memories: try point.memories.map { try memories($0) })
    if point.design.isMeasured {
      figures.isOfDevice = true
      figures.area = .zero
      figures.idlePower = measured?.idle ?? .zero
    }
    return try scenario(for: point.design).carbon(of: figures)
  }

  /// What the memories that a design names emit to be made: capacity by its kind's carbon a GB, yield as the scenario's DRAM.
  func memories(_ bill: MemoryBill) throws -> DesignMemories {
    let chips = try bill.chips.map { chip in
      let capacity = Gigabytes(chip.megabytes * Double(chip.count) / 1024)
      let carbon: KilogramsCO2e
      if let kind = chip.embodiedKind {
        let yield = scenario.manufacture.memory?.yield ?? MemoryPlan.standardYield
        carbon = try dram.type(kind).carbonPerGigabyte * capacity / yield
      } else {
        carbon = KilogramsCO2e((chip.grams ?? 0) * Double(chip.count) / 1000)
      }
      return DesignMemories.Chip(
        name: chip.name, capacity: capacity, count: chip.count, carbon: carbon, isVerified: chip.isEmbodiedVerified)
    }
    return DesignMemories(
      chips: chips, waferShare: bill.waferShare, energy: bill.energy, isEnergyVerified: bill.isEnergyVerified,
      unverified: bill.unverified)
  }
}

/// Fabs' processes by node.
private final class KnownProcesses: Sendable {
  private let known = Lock<[Double: FabProcess]>([:])

  func process(_ node: Double, _ make: () throws -> FabProcess) rethrows -> FabProcess {
    if let process = known.withLock({ $0[node] }) { return process }
    let process = try make()
    known.withLock { $0[node] = process }
    return process
  }
}

/// Cost models by what the physical one takes from the scenario and the model.
private final class KnownModels: Sendable {
  struct Wanted: Hashable {
    /// Capacity of the DRAM in GB.
    var memory = 0.0
    /// In seconds, from one inference to the next.
    var period: Double?
    /// In nanometers.
    var node = 0.0
    /// Of memories, in degrees C.
    var temperature = 0.0
    /// Whether weights may stay on the chip.
    var keepsWeights = true
    /// What mappings are chosen for.
    var mapping = MappingObjective.latency
  }

  private let known = Lock<[Wanted: any CostModel]>([:])

  func model(_ wanted: Wanted, _ make: () throws -> any CostModel) rethrows -> any CostModel {
    if let model = known.withLock({ $0[wanted] }) { return model }
    let model = try make()
    known.withLock { $0[wanted] = model }
    return model
  }
}

/// What a model on a design costs in a scenario, operation by operation.
public struct Assessment: Sendable {
  /// The design's name.
  public let design: String
  /// Time, energy and area.
  public let estimate: Estimate
  /// Carbon over the device's life.
  public let carbon: LifetimeCarbon
  /// What the model is by itself.
  public let model: ModelFigures

  /// How long an answer takes.
  public var latency: Seconds { carbon.answerTime }
  /// What an inference uses, waiting for the next included.
  public var energy: Joules { estimate.energy }
  /// The chip.
  public var area: SquareMillimeters { estimate.area.total }
  /// Carbon of use and of making.
  public var totalCarbon: KilogramsCO2e { carbon.total }

  /// The same without the operations, as a design of that number.
  public func priced(as number: Int = 0) -> AssessedDesign {
    AssessedDesign(point: SweepPoint(number: number, estimate), carbon: carbon, model: model)
  }

  /// A metric, in the unit of ``Metric/column``.
  public func value(of metric: Metric) -> Double { priced().value(of: metric) }
}

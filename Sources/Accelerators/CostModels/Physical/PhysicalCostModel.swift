internal import CLIPFiles
internal import CLIPModelShapes
public import CLIPUnits

/// What a model costs on a chip, from the bytes that move and the figures of the parts that move them: the cost model to
/// trust, where ``ReferenceCostModel`` is the one to compare with.
///
/// Formulas, sources and limits: `docs/estimator.md`. Figures are read once; mappings and chips are remembered.
public struct PhysicalCostModel: CostModel {
  /// What a user may choose.
  public struct Settings: Equatable, Sendable {
    /// What mappings are chosen for.
    public var objective: MappingObjective
    /// Time from one inference to the next: what is left of it after an inference, the chip leaks and DRAM refreshes
    /// itself. Nil counts an inference alone.
    public var period: Seconds?
    /// DRAM's capacity in GB, for its background power.
    public var memoryGigabytes: Double
    /// Feature size in nm, 12 to 90; SRAM's figures are for 22 and scaled from there.
    public var node: Double
    /// Whether weights that fit the buffer stay there from one inference to the next, as in a chip that serves one model.
    public var keepsWeights: Bool
    /// Bytes of the model, for which memories that designs name are sized; nil takes what its operations read.
    public var modelBytes: Double?
    /// How often the device is switched on for each inference: what a start takes is shared among them.
    public var startsPerInference = 0.0
    /// Of memories, in degrees C.
    public var temperature = 45.0

    /// The standard settings, but for what is said.
    public init(
      objective: MappingObjective = .latency, period: Seconds? = nil, memoryGigabytes: Double = 1, node: Double = 22,
      keepsWeights: Bool = true
    ) {
      self.objective = objective
      self.period = period
      self.memoryGigabytes = memoryGigabytes
      self.node = node
      self.keepsWeights = keepsWeights
    }
  }

  /// The settings.
  public private(set) var settings: Settings
  let technology: Technology
  let figures: PhysicalFigures
  let cache = PhysicalCache()

  /// `physical`, on the command line and in reports.
  public var name: String { "physical" }

  /// The model on the toolkit's own figures, or on others.
  /// - Parameters:
  ///   - technology: nil reads the toolkit's
  /// - Throws: `InputError` where figures cannot be read, or a setting is out of range.
  public init(_ settings: Settings = Settings(), technology: Technology? = nil) throws {
    guard (0...1024).contains(settings.memoryGigabytes) else {
      throw InputError("DRAM: expected 0 to 1024 GB, found \(settings.memoryGigabytes)")
    }
    if let period = settings.period, !(period.value > 0 && period.value <= 1e9) {
      throw InputError("period: expected more than 0 and up to 1e9 s, found \(period.value)")
    }
    guard Self.temperatures.contains(settings.temperature) else {
      throw InputError("temperature: expected 0 to 105 C, found \(settings.temperature)")
    }
    self.settings = settings
    let technology = try technology ?? Technology()
    self.technology = technology
    figures = try PhysicalFigures(technology.physical, node: settings.node)
  }

  /// Temperatures that are accepted, in degrees C.
  public static let temperatures: ClosedRange<Double> = 0...105

  /// The same for a model of so many bytes on a device that is switched on so often; mappings that are known stay known.
  public func serving(bytes: Double, startsPerInference: Double = 0) -> PhysicalCostModel {
    var model = self
    model.settings.modelBytes = bytes
    model.settings.startsPerInference = startsPerInference
    return model
  }

  /// What the model truly computes, in integers; layers may differ.
  public func operations(of model: any Workload) throws -> OperationList { model.integerOperations }

  /// One run of an operation by itself: nothing is fetched before it begins, nothing goes on beside it.
  /// - Throws: `InputError` for sizes out of range, or a memory that the table of SRAM does not cover.
  public func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost {
    let chip = try self.chip(for: design)
    guard let priced = try price(operation, on: chip) else { return .impossible }
    let cycles = max(priced.cycles, chip.transferCycles(of: priced.plan))
    let seconds = cycles / design.clock
    var energy = priced.energy + background(seconds: seconds, chip)
    if let memories = chip.memories {
      energy = energy + memories.background(of: priced.plan, work: seconds, wait: 0, clock: design.clock).all
    }
    return OperationCost(cycles: cycles, energy: energy.total)
  }

  /// The chip's area: lanes, registers, vector cores, memories, control and what connects them.
  /// - Throws: `InputError` for a memory that the table of SRAM does not cover.
  public func area(of design: AcceleratorDesign) throws -> ChipArea { try chip(for: design).area }

  /// The memories that a design names, for a model of ``Settings/modelBytes``, without what they use; nil where the scenario's
  /// DRAM is priced by the gigabyte.
  /// - Throws: `InputError` for an unknown memory, and for sizes that the table of SRAM does not cover.
  public func memories(of design: AcceleratorDesign) throws -> MemoryBill? {
    design.isPricedByGigabyte ? nil : try chip(for: design).memories?.bill(kept: 0)
  }

  /// The chip without the memories that a design may name.
  func plainChip(for design: AcceleratorDesign) throws -> PhysicalChip {
    try cache.chip(design) { try PhysicalChip(design.checked(), technology, figures) }
  }

  func chip(for design: AcceleratorDesign) throws -> PhysicalChip {
    let plain = try plainChip(for: design)
    guard !design.isPricedByGigabyte else { return plain }
    let bytes = settings.modelBytes ?? 0
    return try cache.chip(design, bytes: bytes + 1) {
      let memories = try MemorySystem(
        design, bytes: bytes, temperature: settings.temperature, node: settings.node, technology)
      return plain.equipped(with: memories, technology.memoryFigures.pads)
    }
  }

  /// An operation's run before overlap: cycles on the chip, DRAM's bytes and all energy that does not depend on time.
  struct Priced: Sendable {
    var cycles: Double
    var plan: MemoryPlan
    var energy: EnergyBreakdown
    /// The product, where it is one, and how it is done.
    var product: Contraction?
    var nest: TileNest?
    var cost: NestCost?
    var vector: VectorUnit.Cost?
  }

  /// - Returns: nil where no tile fits.
  func price(
    _ operation: Operation, on chip: PhysicalChip, isFused: Bool = false, _ residency: WeightResidency = .none
  ) throws -> Priced? {
    switch operation.work {
    case .matrixProduct(let product):
      return try price(Contraction(product), isImage: false, on: chip, residency)
    case .patchConvolution(let convolution):
      return try price(Contraction(convolution), isImage: true, on: chip, residency)
    case .vector(let work):
      let cost = try VectorUnit(chip: chip).cost(of: work, isFused: isFused)
      // Positions, and the tokens' embeddings, are parameters.
      let isEmbedding = operation.part == .embeddings && work.kind == .add
      let plan = MemoryPlan(
        cost, isEmbedding: isEmbedding && !residency.holdsEmbeddings,
        parameters: operation.tower == .text ? cost.input : Double(work.smallerOperand ?? 0),
        space: residency.activationSpace(of: chip))
      var energy = EnergyBreakdown()
      let lane = figures.vectorEnergy + PhysicalChip.vectorLaneBits * figures.registerEnergy
      energy.vector = picojoules(cost.steps * lane)
      energy.clock = energy.vector * figures.clockShare
      energy.l2 = picojoules(cost.l2Energy)
      energy.buffer = picojoules(cost.bufferEnergy)
      guard chip.takes(plan) else { return nil }
      addTransfers(of: plan, to: &energy, chip)
      return Priced(cycles: cost.cycles, plan: plan, energy: energy, vector: cost)
    }
  }

  private func price(
    _ product: Contraction, isImage: Bool, on chip: PhysicalChip, _ residency: WeightResidency
  ) throws -> Priced? {
    // A sum's 32 bits are written with every multiply-add, and each operand moves on by one register.
    let macs = product.multiplyAdds
    let arithmetic = macs * figures.macEnergy, registers = macs * 48 * figures.registerEnergy
    let found = cache.mapping(of: product, on: chip.mapper) {
      PhysicalMapper(
        product, on: chip.mapper, objective: settings.objective,
        fixedEnergy: (arithmetic + registers) * (1 + figures.clockShare)
      ).best()
    }
    guard let found else { return nil }
    var plan = MemoryPlan(product, isImage: isImage, space: residency.activationSpace(of: chip))
    var buffer = found.cost.bufferEnergy
    if residency.keeps {
      // Nothing is fetched, and nothing written to where it would go.
      buffer -= plan.weights * chip.mapper.bufferWrite
      plan.weights = 0
    }
    var energy = EnergyBreakdown()
    energy.multiplyAdds = picojoules(arithmetic)
    energy.registers = picojoules(registers)
    energy.clock = (energy.multiplyAdds + energy.registers) * figures.clockShare
    energy.l2 = picojoules(found.cost.l2Energy)
    energy.buffer = picojoules(buffer)
    guard chip.takes(plan) else { return nil }
    addTransfers(of: plan, to: &energy, chip)
    return Priced(
      cycles: found.cost.cycles, plan: plan, energy: energy, product: product, nest: found.nest, cost: found.cost)
  }

  /// Every byte over the chip's edge.
  private func addTransfers(of plan: MemoryPlan, to energy: inout EnergyBreakdown, _ chip: PhysicalChip) {
    guard let memories = chip.memories else {
      energy.memory = picojoules(plan.bytes * figures.memoryEnergy)
      return
    }
    let moved = memories.energy(of: plan)
    energy.memory = picojoules(moved.dram)
    energy.weightMemory = picojoules(moved.weights)
    energy.host = picojoules(moved.host)
  }

  /// Leakage and DRAM's standby while the chip works; memories that the design names are counted for a whole run.
  func background(seconds: Double, _ chip: PhysicalChip) -> EnergyBreakdown {
    var energy = EnergyBreakdown()
    energy.leakage = Joules(chip.leakage * seconds)
    guard chip.memories == nil else { return energy }
    energy.memoryBackground = Joules(figures.memoryActive * settings.memoryGigabytes * seconds)
    return energy
  }

  private func picojoules(_ value: Double) -> Joules { Joules(value * 1e-12) }
}

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
    /// Feature size in nm of designs that name none, 12 to 90; SRAM's figures are for 22 and scaled from there.
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

  /// Whether another prices every model as this does: it has the same settings, and remembers the same mappings.
  package func pricesAlike(_ other: PhysicalCostModel) -> Bool { cache === other.cache && settings == other.settings }

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
      energy = energy + memories.rates.background(of: priced.plan, work: seconds, wait: 0).all
    }
    return OperationCost(cycles: cycles, energy: energy.total)
  }

  /// The chip's area: lanes, registers, vector cores, memories, control and what connects them.
  /// - Throws: `InputError` for a memory that the table of SRAM does not cover.
  public func area(of design: AcceleratorDesign) throws -> ChipArea { try chip(for: design).area }

  /// A design's L2, as it must be built; nil where it has none.
  /// - Throws: `InputError` for a size that the table of SRAM does not cover.
  func l2(of design: AcceleratorDesign) throws -> PhysicalMemory? {
    guard design.l2Kilobytes > 0 else { return nil }
    return try memory(
      "l2", kilobytes: design.l2Kilobytes, bytesPerCycle: design.l2BytesPerCycle, ports: design.l2Ports, design)
  }

  /// A design's buffer, as it must be built.
  /// - Throws: `InputError` for a size that the table of SRAM does not cover.
  func buffer(of design: AcceleratorDesign) throws -> PhysicalMemory {
    try memory(
      "buffer", kilobytes: design.bufferKilobytes, bytesPerCycle: design.bufferBytesPerCycle,
      ports: design.bufferPorts, design)
  }

  private func memory(
    _ name: String, kilobytes: Int, bytesPerCycle: Int, ports: Int, _ design: AcceleratorDesign
  ) throws -> PhysicalMemory {
    let silicon = design.silicon
    let key = PhysicalCache.MemoryKey(
      kilobytes: kilobytes, bytesPerCycle: bytesPerCycle, ports: ports, clock: design.clock, edition: silicon.edition,
      node: silicon.node, voltage: silicon.voltage)
    return try cache.memory(key) {
      try PhysicalMemory(
        name, kilobytes: kilobytes, bytesPerCycle: bytesPerCycle, ports: ports, clock: design.clock, technology,
        figures(for: design))
    }
  }

  /// What of a product goes over DRAM's interface.
  func plan(_ product: Contraction, isImage: Bool, space: Double) -> MemoryPlan {
    cache.plan(product, isImage: isImage, space: space)
  }

  /// The figures at a design's own node and voltage; the scenario's node where it names none.
  func figures(for design: AcceleratorDesign) throws -> PhysicalFigures {
    let silicon = design.silicon
    let node = silicon.node == ChipSilicon.scenarioNode ? settings.node : silicon.node
    if silicon.edition == 1 {
      return node == settings.node ? figures : try PhysicalFigures(technology.physical, node: node)
    }
    return try cache.figures(node: node, voltage: silicon.voltage, clock: design.clock) {
      try PhysicalFigures(technology.physical, technology.nodes, node: node, silicon.supply, clock: design.clock)
    }
  }

  /// Whether the voltage of a design of edition 2 carries its clock at its node.
  /// - Throws: `InputError` for a node that is not covered.
  public func carriesClock(of design: AcceleratorDesign) throws -> Bool {
    let silicon = design.silicon
    guard silicon.edition > 1 else { return true }
    let size = silicon.node == ChipSilicon.scenarioNode ? settings.node : silicon.node
    return Rails.carries(
      design.clock, silicon.supply, node: try technology.nodes.node(size), try VoltageFigures(technology))
  }

  /// The memories that a design names, for a model of ``Settings/modelBytes``, without what they use; nil where the scenario's
  /// DRAM is priced by the gigabyte.
  /// - Throws: `InputError` for an unknown memory, and for sizes that the table of SRAM does not cover.
  public func memories(of design: AcceleratorDesign) throws -> MemoryBill? {
    design.isPricedByGigabyte ? nil : try chip(for: design).memories?.bill(kept: 0)
  }

  /// The chip without the memories that a design may name.
  func plainChip(for design: AcceleratorDesign) throws -> PhysicalChip {
    try cache.chip(design) {
      let design = try design.checked()
      return try PhysicalChip(
        design, l2: l2(of: design), buffer: buffer(of: design), figures(for: design))
    }
  }

  func chip(for design: AcceleratorDesign) throws -> PhysicalChip {
    let plain = try plainChip(for: design)
    guard !design.isPricedByGigabyte else { return plain }
    let bytes = (settings.modelBytes ?? 0) * (plain.arithmetic?.storedBytes ?? 1)
    return try cache.chip(design, bytes: bytes + 1) {
      guard let memories = try memorySystem(of: design, bytes: bytes) else { return plain }
      return plain.equipped(with: memories, technology.memoryFigures.pads)
    }
  }

  /// The memories that a design names, for a model of so many bytes; nil where DRAM is priced by the gigabyte.
  func memorySystem(of design: AcceleratorDesign, bytes: Double) throws -> MemorySystem? {
    guard !design.isPricedByGigabyte else { return nil }
    return try MemorySystem(
      design, bytes: bytes, temperature: settings.temperature, node: settings.node, technology)
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
      return price(try Contraction(product), operation, isImage: false, on: chip, residency)
    case .patchConvolution(let convolution):
      return price(try Contraction(convolution), operation, isImage: true, on: chip, residency)
    case .vector(let work):
      let bytes = chip.arithmetic?.bytes(of: operation, work) ?? .bytes
      let cost = try VectorUnit(chip: chip).cost(of: work, isFused: isFused, bytes)
      // Positions, and the tokens' embeddings, are parameters.
      let isEmbedding = operation.part == .embeddings && work.kind == .add
      var plan = MemoryPlan(
        cost, isEmbedding: isEmbedding && !residency.holdsEmbeddings,
        parameters: operation.tower == .text ? cost.input : Double(work.smallerOperand ?? 0) * bytes.second,
        space: residency.activationSpace(of: chip))
      if !residency.keeps { plan.weights += operation.parameterBytes(in: chip.arithmetic) }
      var energy = EnergyBreakdown()
      let figures = chip.figures
      let step = chip.arithmetic.map { figures.macEnergy * $0.stepPrice(of: work, operation) } ?? figures.vectorEnergy
      let lane = step + PhysicalChip.vectorLaneBits * figures.registerEnergy
      energy.vector = picojoules(cost.steps * lane)
      energy.clock = energy.vector * figures.clockShare
      energy.l2 = picojoules(cost.l2Energy)
      energy.buffer = picojoules(cost.bufferEnergy)
      energy.addOverhead(figures.energyOverhead)
      guard chip.takes(plan) else { return nil }
      addTransfers(of: plan, to: &energy, chip)
      return Priced(cycles: cost.cycles, plan: plan, energy: energy, vector: cost)
    }
  }

  private func price(
    _ contraction: Contraction, _ operation: Operation, isImage: Bool, on chip: PhysicalChip,
    _ residency: WeightResidency
  ) -> Priced? {
    var product = contraction
    if let arithmetic = chip.arithmetic {
      product.bytes = arithmetic.bytes(of: operation, hasWeights: product.hasWeights, reduced: product.reduced)
    }
    let figures = chip.figures
    var lanes = LaneEnergy(product, operation, on: chip)
    let fixed = (lanes.arithmetic + lanes.registers) * (1 + figures.clockShare)
    let found = cache.mapping(of: product, on: chip) {
      switch chip.dataflow {
      case .outputStationary:
        PhysicalMapper(product, on: chip.mapper, objective: settings.objective, fixedEnergy: fixed).best()
      case .weightStationary:
        WeightStationaryMapper(
          product, on: chip.mapper, held: chip.weightsHeld, objective: settings.objective, fixedEnergy: fixed
        ).best()
      }
    }
    guard let found else { return nil }
    var plan = plan(product, isImage: isImage, space: residency.activationSpace(of: chip))
    var buffer = found.cost.bufferEnergy
    if residency.keeps {
      // Nothing is fetched, and nothing written to where it would go.
      buffer -= plan.weights * chip.mapper.bufferWrite
      plan.weights = 0
    }
    var energy = EnergyBreakdown()
    energy.multiplyAdds = picojoules(lanes.arithmetic)
    energy.registers = picojoules(lanes.registers)
    energy.clock = (energy.multiplyAdds + energy.registers) * figures.clockShare
    lanes.addIdle(cycles: found.cost.cycles, product, on: chip)
    energy.registers = picojoules(lanes.registers)
    energy.clock = energy.clock + picojoules(lanes.idleClock)
    energy.l2 = picojoules(found.cost.l2Energy)
    energy.buffer = picojoules(buffer)
    energy.addOverhead(figures.energyOverhead)
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
    let moved = memories.rates.energy(of: plan)
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

internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPUnits

/// The hardware estimator of CATransformers (arXiv:2505.01386), reproduced with its defects, so that published results
/// can be checked and improvements measured.
///
/// Everything is done one after another; products run on the arrays by the mapping of least energy-delay product, other
/// work on the vector cores. Figures are read once and mappings remembered.
public struct ReferenceCostModel: CostModel {
  /// Words of an array lane's register file.
  static let registerWords = 32

  let technology: Technology
  let carbon: ReferenceCarbonFigures
  private let mappings = MappingCache()

  /// `reference`, on the command line and in reports.
  public var name: String { "reference" }

  /// The model on the toolkit's own figures, or on others.
  /// - Throws: `InputError` where the figures cannot be read.
  public init(technology: Technology? = nil) throws {
    self.technology = try technology ?? Technology()
    carbon = try ReferenceCarbonFigures()
  }

  /// What the reference counts of a CLIP model, not what it truly computes; of other models what they do.
  /// - Throws: `InputError` for towers whose layers differ.
  public func operations(of model: any Workload) throws -> OperationList { try model.referenceOperations() }

  /// One run of an operation.
  /// - Throws: `InputError` where a memory's size is not in the table, or a product is too large.
  public func cost(of operation: Operation, on design: AcceleratorDesign) throws -> OperationCost {
    var cost: OperationCost
    switch operation.work {
    case .matrixProduct(let product):
      cost = try self.cost(of: Extents(product), on: design)
    case .patchConvolution(let convolution):
      cost = try self.cost(of: Extents(convolution), on: design)
    case .vector(let work): cost = try VectorCore(design, technology).cost(of: work)
    }
    cost.cycles += Double(operation.extraCycles)
    return cost
  }

  private func cost(of extents: Extents, on design: AcceleratorDesign) throws -> OperationCost {
    guard let result = try mapping(of: extents, on: design) else { return .impossible }
    return OperationCost(cycles: result.cycles, energy: Joules(result.energy * 1e-12))
  }

  /// How the arrays do a product; nil where no mapping fits the design's memories.
  package func mapping(of extents: Extents, on design: AcceleratorDesign) throws -> ContractionMapper.Result? {
    try mappings.result(of: extents, on: chip(of: design))
  }

  /// - Throws: `InputError` for what the reference has no notion of.
  static func checkKnown(_ design: AcceleratorDesign) throws {
    try checkKnown(design.silicon)
    guard design.l2Ports == 2, design.bufferPorts == 2 else {
      throw InputError(
        "the reference cost model knows memories of two ports only", advice: "take the physical cost model")
    }
    guard design.isPricedByGigabyte, design.l2Kilobytes > 0 else {
      throw InputError(
        "the reference cost model knows designs with L2 and the scenario's DRAM only",
        advice: "take the physical cost model")
    }
  }

  /// - Throws: `InputError` for a voltage, numbers, a node, or lanes that the reference has no notion of.
  private static func checkKnown(_ silicon: ChipSilicon) throws {
    var known = ChipSilicon()
    known.edition = silicon.edition
    guard silicon == known else {
      throw InputError(
        "the reference cost model knows one node, one voltage, bytes and sums that stay",
        advice: "take the physical cost model")
    }
  }

  private func chip(of design: AcceleratorDesign) throws -> ContractionMapper.Chip {
    try Self.checkKnown(design)
    let l2 = Self.tensorL2(design), mesh = design.mesh
    return ContractionMapper.Chip(
      levels: MappingCost.Levels(
        multiplyAdd: technology.mapperMAC, register: technology.tensorRegister.read,
        l2: try technology.referenceAccess(kilobytes: l2).read,
        buffer: try technology.referenceAccess(kilobytes: design.bufferKilobytes).read,
        memory: (technology.memoryRead + technology.memoryWrite) / 2, l2Bandwidth: Double(design.l2BytesPerCycle),
        bufferBandwidth: Double(design.bufferBytesPerCycle), memoryBandwidth: Double(design.memoryBytesPerCycle)),
      width: design.width, depth: design.depth, meshColumns: mesh.columns, meshRows: mesh.rows,
      registerWords: Self.registerWords, l2Words: l2 * 1024, bufferWords: design.bufferKilobytes << 10)
  }
}

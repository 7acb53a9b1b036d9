internal import CLIPFiles

/// Work of the vector cores: their time, L2's and the buffer's, and traffic.
///
/// Each cluster has as many lanes as its array has columns. A lane does one step a cycle: a multiply into a 32-bit sum, an
/// addition, a comparison. Rows are spread over the clusters; short rows share the lanes.
struct VectorUnit {
  /// What one run takes, DRAM aside.
  struct Cost: Equatable, Sendable {
    /// Cycles of the lanes.
    var laneCycles: Double
    var l2Cycles: Double, bufferCycles: Double
    /// Steps of all lanes.
    var steps: Double
    /// pJ.
    var l2Energy: Double, bufferEnergy: Double
    /// Bytes read and written.
    var l2Bytes: Double, bufferBytes: Double
    /// Bytes that would come from DRAM, and go there, if nothing stayed on the chip.
    var input: Double, output: Double
    var cycles: Double { max(laneCycles, max(l2Cycles, bufferCycles)) }
  }

  /// Steps for an element, passes over the row that read L2, and steps for a row.
  private struct Recipe {
    var steps: Double
    var passes = 1.0
    var rowSteps = 0.0
  }

  let chip: PhysicalChip

  /// Steps by kind. Source: I-BERT's integer polynomials (arXiv:2101.01321); counts are ours.
  ///
  /// - layer norm: sum and sum of squares (2), then subtract, multiply, add (3), in two passes
  /// - softmax: maximum (1), subtract and exponential (5), sum (1), multiply (1), in three passes
  /// - GELU, exact or quick, and sigmoid: a polynomial of second order with its sign and range (6)
  private static func recipe(_ kind: VectorWork.Kind) -> Recipe {
    switch kind {
    case .add, .subtract, .multiply, .relu: Recipe(steps: 1)
    case .fill, .dropout: Recipe(steps: 0)
    case .divide, .squareRoot, .power: Recipe(steps: 10)
    case .sigmoid, .gelu: Recipe(steps: 6)
    case .layerNorm: Recipe(steps: 5, passes: 2, rowSteps: 12)
    case .softmax: Recipe(steps: 8, passes: 3, rowSteps: 12)
    case .euclideanNorm: Recipe(steps: 1, rowSteps: 12)
    }
  }

  /// Cycles of the lanes, and steps of all of them; sizes are checked by ``cost(of:isFused:_:)``.
  static func lanes(_ work: VectorWork, clusters: Int, width: Int) -> (cycles: Double, steps: Double) {
    let recipe = recipe(work.kind)
    let clusters = Double(clusters), width = Double(width)
    let elements = Double(work.elements), row = Double(work.rowLength)
    var steps = elements * recipe.steps
    guard recipe.rowSteps > 0 else { return ((elements / (clusters * width)).rounded(.up) * recipe.steps, steps) }
    let rows = (elements / row).rounded(.up)
    let together = max(1, (width / row).rounded(.down))
    let rounds = ((rows / clusters).rounded(.up) / together).rounded(.up)
    // A tree of additions over the lanes, one level a cycle, then the row's own steps; rows follow one another closely.
    let levels = Double(Int(min(row, width)).bitWidth - (Int(min(row, width)) - 1).leadingZeroBitCount)
    steps += rows * (recipe.rowSteps + min(row, width))
    return (rounds * ((row / width).rounded(.up) * recipe.steps + 2) + levels + recipe.rowSteps, steps)
  }

  /// - Parameters:
  ///   - isFused: whether the first operand comes from the product before it, straight into L2
  ///   - bytes: of a number of each operand and of the result
  /// - Throws: `InputError` for sizes that are zero, negative or absurd.
  func cost(of work: VectorWork, isFused: Bool = false, _ bytes: OperandBytes = .bytes) throws -> Cost {
    let sizes = [work.elements, work.rowLength, work.smallerOperand ?? 1]
    guard sizes.allSatisfy({ (1...(1 << 50)).contains($0) }), work.rowLength <= work.elements else {
      throw InputError("vector work: expected 1 to 2^50 elements in whole rows, found \(sizes)")
    }
    let recipe = Self.recipe(work.kind)
    let design = chip.design
    let clusters = Double(design.clusters)
    let elements = Double(work.elements), row = Double(work.rowLength)
    // Nothing is done for dropout when a model is used, and a fill only writes.
    let reads = work.kind == .fill || work.kind == .dropout ? 0 : elements * bytes.first
    let second = Double(work.smallerOperand ?? 0) * bytes.second
    let fetched = reads / bytes.first * bytes.firstStored
    let writes: Double =
      switch work.kind {
      case .dropout: 0
      case .euclideanNorm: (elements / row).rounded(.up)
      default: elements
      }
    let written = writes * bytes.result

    let (lanes, steps) = Self.lanes(work, clusters: design.clusters, width: design.width)
    let mapper = chip.mapper
    var l2Reads = reads * recipe.passes + second, l2Writes = written + (isFused ? 0 : fetched) + second
    // What stays in L2 between passes is fetched from the buffer once.
    var bufferReads = (isFused ? 0 : fetched) + second, bufferWrites = isFused ? 0 : written
    if !mapper.hasL2 {
      (bufferReads, bufferWrites) = (l2Reads, written)
      (l2Reads, l2Writes) = (0, 0)
    }
    return Cost(
      laneCycles: lanes, l2Cycles: mapper.l2Cycles(reads: l2Reads, writes: l2Writes) / clusters,
      bufferCycles: mapper.bufferCycles(reads: bufferReads, writes: bufferWrites), steps: steps,
      l2Energy: l2Reads * mapper.l2Read + l2Writes * mapper.l2Write,
      bufferEnergy: bufferReads * mapper.bufferRead + bufferWrites * mapper.bufferWrite, l2Bytes: l2Reads + l2Writes,
      bufferBytes: bufferReads + bufferWrites, input: fetched + second,
      output: written)
  }
}

extension VectorWork {
  /// Whether it may begin on a part of a product's result while the rest is computed.
  func follows(_ product: Contraction) -> Bool {
    switch kind {
    case .add, .subtract, .multiply, .relu, .sigmoid, .gelu, .fill, .dropout: true
    // A head's scores are complete while the next head's are computed.
    case .softmax: product.batches > 1
    case .layerNorm, .divide, .squareRoot, .power, .euclideanNorm: false
    }
  }
}

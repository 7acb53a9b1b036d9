public import CLIPCompute
import CLIPModelShapes
public import CLIPTensors

/// Self-attention with packed projections; `heads * headWidth` need not equal the width.
///
/// Source: arXiv:1706.03762, section 3.2.2. Names and layout are PyTorch's `nn.MultiheadAttention`: the rows of
/// `in_proj_weight` are all queries, then all keys, then all values, head by head.
public struct MultiHeadAttention: Sendable {
  /// `[1, width]`: the row that asks in place of the tokens, or nil
  public var latent: Tensor?
  /// `[3 * heads * headWidth, width]`
  public var inputWeight: Tensor { didSet { (packedInput, packedQueries) = (nil, nil) } }
  /// `[3 * heads * headWidth]`
  public var inputBias: Tensor
  /// By which queries and keys are turned, or nil.
  public let rotary: RotaryTable?
  /// Over the heads' outputs, or nil.
  public var innerNorm: LayerNorm?
  /// `[width, heads * headWidth]`
  public var output: Linear
  /// How many heads this block has.
  public let heads: Int
  /// Channels of one head's queries, keys or values.
  public let headWidth: Int
  /// Whether a token sees only itself and those before it.
  public let isCausal: Bool
  /// The input weight laid out for products, where it has been: all of it, or keys and values where queries stand apart.
  private var packedInput: PackedMatrix?
  /// The queries' part, where not all tokens ask.
  private var packedQueries: PackedMatrix?
  /// The biases of queries, keys and values that are not trained and stay as they are, zero.
  let heldBiases: Range<Int>

  /// - Parameter path: of the block whose attention it is
  init(_ shape: BlockShape, from source: some ParameterSource, at path: String) throws {
    let inner = shape.inner, place = "\(path).\(BlockPart.attention.rawValue)"
    latent = shape.hasLearnedQuery ? try source.parameter("\(path).latent", [1, shape.width]) : nil
    inputWeight = try source.parameter("\(place).in_proj_weight", [3 * inner, shape.width])
    inputBias = try source.parameter("\(place).in_proj_bias", [3 * inner])
    rotary = shape.rotary.map { RotaryTable($0, headWidth: shape.headWidth) }
    innerNorm =
      shape.hasInnerNorms
      ? try LayerNorm(
        width: inner, epsilon: shape.epsilon, from: source, at: "\(path).\(BlockPart.attendedNorm.rawValue)") : nil
    output = try Linear(inputs: inner, outputs: shape.width, from: source, at: "\(path).\(BlockPart.output.rawValue)")
    heads = shape.heads
    headWidth = shape.headWidth
    isCausal = shape.isCausal
    heldBiases = shape.heldBiases
  }

  /// Lays the weights out for products.
  /// - Parameter asksApart: whether not all tokens ask, so that queries are a product of their own
  package mutating func pack(in arithmetic: ProductArithmetic, asksApart: Bool) {
    packedQueries = asksApart ? PackedMatrix(weightRows(0..<inner), in: arithmetic) : nil
    packedInput = PackedMatrix(weightRows((asksApart ? inner : 0)..<3 * inner), in: arithmetic)
    output.pack(in: arithmetic)
  }

  /// Lets a list lay the weights out, for all tokens asking.
  mutating func pack(_ list: inout PackingList) {
    packedQueries = nil
    packedInput = list.add(inputWeight, transposed: true)
    output.pack(&list)
  }

  /// `[1, inner]`: what a learned row asks, its bias added; nil where tokens ask.
  package var learnedQuery: Tensor? {
    guard let latent else { return nil }
    let query = FreshTensor([1, inner])
    LinearOperator.forward(
      latent, weight: weightRows(0..<inner), bias: inputBias, into: query.matrix, lanes: .single)
    return query.tensor()
  }

  /// `heads * headWidth`
  public var inner: Int { heads * headWidth }

  /// Where the heads' work lies.
  package struct Memory {
    /// `[asking, inner]` where not all tokens ask, else nil; the bias not yet added.
    var queries: MatrixView?
    /// `[rows, 3 * inner]`, or keys and values only, `[rows, 2 * inner]`, when there are `queries`; biases not yet added,
    /// but to what is turned.
    var projected: MatrixView
    /// `[asking, inner]`: the heads' outputs.
    var attended: MatrixView
  }

  /// The heads' outputs, before the output projection.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, normalized
  ///   - asking: `[asking, width]`, the rows that ask where not all do
  ///   - memory: written
  func attend(
    _ x: some Matrix, asking: MatrixView?, _ extent: SequenceExtent, _ memory: Memory, _ workspace: Workspace
  ) {
    let lanes = workspace.lanes, shape = headExtent(extent), tokens = extent.tokens
    if let asking, let queries = memory.queries {
      let rest = packedQueries == nil ? nil : packedInput
      LinearOperator.forward(
        asking, weight: weightRows(0..<inner), packed: packedQueries, into: queries, lanes: lanes)
      LinearOperator.forward(
        x, weight: weightRows(inner..<3 * inner), packed: rest, into: memory.projected, lanes: lanes)
      let positions = extent.positions
      turn(queries, part: 0) { positions[$0] }
      turn(memory.projected.columns(0..<inner), part: 1) { $0 % tokens }
      AttentionOperator.forwardPooled(
        queries: queries, keysAndValues: memory.projected, bias: remainingBias(workspace), positions: positions, shape,
        into: memory.attended, lanes: lanes, scratch: workspace.workers)
    } else {
      let whole = packedQueries == nil ? packedInput : nil
      LinearOperator.forward(
        x, weight: weightRows(0..<3 * inner), packed: whole, into: memory.projected, lanes: lanes)
      for part in 0..<2 {
        turn(memory.projected.columns(part * inner..<(part + 1) * inner), part: part) { $0 % tokens }
      }
      AttentionOperator.forward(
        memory.projected, bias: remainingBias(workspace), shape, into: memory.attended, lanes: lanes,
        scratch: workspace.workers)
    }
  }

  /// Adds their bias to queries (part 0) or keys (part 1) and turns them, where tokens are turned.
  private func turn(_ x: MatrixView, part: Int, position: (Int) -> Int) {
    guard let rotary else { return }
    RotaryOperator.forward(
      x, bias: inputBias.reading.columns(part * inner..<(part + 1) * inner), rotary, position: position)
  }

  /// Queries, keys and values as the projection gave them, of what the heads took in.
  /// - Parameters:
  ///   - projected: `[rows, 3 * inner]`, changed in place
  ///   - position: the token that a row is
  package func turnBack(_ projected: MatrixView, position: (_ row: Int) -> Int) {
    guard let rotary else { return }
    for part in 0..<2 {
      let columns = projected.columns(part * inner..<(part + 1) * inner)
      RotaryOperator.backward(columns, rotary, position: position)
      inputBias.withUnsafeElements { bias in
        for row in 0..<columns.rows {
          for column in 0..<inner { columns.start[row * columns.stride + column] -= bias[part * inner + column] }
        }
      }
    }
  }

  /// The bias that the operator has still to add: all, or that of values where the others have been added.
  func remainingBias(_ workspace: Workspace) -> ReadOnlyMatrix {
    guard rotary != nil else { return inputBias.reading }
    let bias = workspace.matrix(.keys, rows: 1, columns: 3 * inner)
    bias.set(inputBias)
    bias.columns(0..<2 * inner).start.update(repeating: 0, count: 2 * inner)
    return bias.reading
  }

  /// Some outputs of the packed projection: queries, keys and values take `inner` rows each.
  package func weightRows(_ range: Range<Int>) -> ReadOnlyMatrix { inputWeight.reading.rows(range) }

  func headExtent(_ extent: SequenceExtent) -> AttentionOperator.Extent {
    .init(
      sequences: extent.sequences, tokens: extent.tokens, heads: heads, headWidth: headWidth,
      isCausal: extent.isCausal)
  }

  /// Every token asks.
  /// - Parameter x: `[sequences, tokens, width]`
  /// - Returns: `[sequences, tokens, width]`, through the output projection; `[sequences, 1, width]` where a learned row
  ///   asks
  /// - Throws: ``ShapeError`` when `x` has another shape.
  public func callAsFunction(_ x: Tensor, on pool: ThreadPool) throws -> Tensor {
    let extent = try SequenceExtent(x, width: inputWeight.shape[1], "attention", asksLearned: latent != nil, isCausal)
    let workspace = Workspace(lanes: .pooled(pool)), floats = InferenceArithmetic(workspace, extent)
    let rows = extent.sequences * extent.tokens
    // Nothing is added to the stream here, so that it need not hold anything.
    var stream = InferenceArithmetic.Stream(rows: workspace.matrix(.residual, rows: rows, columns: x.shape[2]))
    var heads = floats.attend(x.reshaped(to: [rows, x.shape[2]]), self, &stream)
    if let innerNorm { heads = floats.norm(heads, innerNorm, at: .attendedNorm) }
    let result = FreshTensor([heads.rows, output.bias.count])
    LinearOperator.forward(
      heads, weight: output.weight, packed: output.packed, bias: output.bias, into: result.matrix, lanes: .pooled(pool))
    return result.tensor().reshaped(to: [x.shape[0], heads.rows / max(1, x.shape[0]), output.bias.count])
  }
}

extension SequenceExtent {
  /// The sequences of a tensor `[sequences, tokens, width]`.
  init(_ x: Tensor, width: Int, _ layer: String, asksLearned: Bool, _ isCausal: Bool) throws {
    guard x.shape.rank == 3, x.shape[2] == width else {
      throw ShapeError(layer, expected: "[sequences, tokens, \(width)]", found: x.shape)
    }
    self.init(
      sequences: x.shape[0], tokens: x.shape[1], isCausal: isCausal, asking: asksLearned ? .learned : .all)
  }
}

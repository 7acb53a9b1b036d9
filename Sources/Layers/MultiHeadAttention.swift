package import CLIPCompute
public import CLIPTensors

/// Self-attention with packed projections; `heads * headWidth` need not equal the width.
///
/// Source: arXiv:1706.03762, section 3.2.2. Names and layout are PyTorch's `nn.MultiheadAttention`: the rows of
/// `in_proj_weight` are all queries, then all keys, then all values, head by head.
public struct MultiHeadAttention: Sendable {
  /// `[3 * heads * headWidth, width]`
  public var inputWeight: Tensor
  /// `[3 * heads * headWidth]`
  public var inputBias: Tensor
  /// `[width, heads * headWidth]`
  public var output: Linear
  public let heads: Int
  public let headWidth: Int

  /// - Parameter path: the parameters are `path.in_proj_weight`, `path.in_proj_bias`, `path.out_proj.weight`, `.bias`
  public init(width: Int, heads: Int, headWidth: Int, from source: some ParameterSource, at path: String) throws {
    let inner = heads * headWidth
    inputWeight = try source.parameter("\(path).in_proj_weight", [3 * inner, width])
    inputBias = try source.parameter("\(path).in_proj_bias", [3 * inner])
    output = try Linear(inputs: inner, outputs: width, from: source, at: "\(path).out_proj")
    self.heads = heads
    self.headWidth = headWidth
  }

  /// `heads * headWidth`
  public var inner: Int { heads * headWidth }

  /// The heads' outputs for every token, before the output projection.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, normalized
  ///   - attended: `[sequences * tokens, inner]`
  package func attend(
    _ x: MatrixView, sequences: Int, isCausal: Bool, into attended: MatrixView, workspace: Workspace
  ) {
    let projected = workspace.matrix(.projected, rows: x.rows, columns: 3 * inner)
    LinearOperator.forward(x, weight: inputView, into: projected, lanes: workspace.lanes)
    AttentionOperator.forward(
      projected, bias: inputBias.pointer, extent(sequences, x.rows, isCausal), into: attended,
      lanes: workspace.lanes, scratch: workspace.workers)
  }

  /// The heads' outputs for one token of each sequence.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`, normalized
  ///   - asking: `[sequences, width]`, the rows of `x` at `positions`
  ///   - attended: `[sequences, inner]`
  package func attendPooled(
    _ x: MatrixView, asking: MatrixView, positions: [Int], isCausal: Bool, into attended: MatrixView,
    workspace: Workspace
  ) {
    let queries = workspace.matrix(.hidden, rows: asking.rows, columns: inner)
    let keysAndValues = workspace.matrix(.projected, rows: x.rows, columns: 2 * inner)
    LinearOperator.forward(asking, weight: inputView.rows(0..<inner), into: queries, lanes: workspace.lanes)
    LinearOperator.forward(x, weight: inputView.rows(inner..<3 * inner), into: keysAndValues, lanes: workspace.lanes)
    AttentionOperator.forwardPooled(
      queries: queries, keysAndValues: keysAndValues, bias: inputBias.pointer, positions: positions,
      extent(asking.rows, x.rows, isCausal), into: attended, lanes: workspace.lanes, scratch: workspace.workers)
  }

  private var inputView: MatrixView { MatrixView(inputWeight.pointer, rows: 3 * inner, columns: inputWeight.shape[1]) }

  /// Some outputs of the packed projection: queries, keys and values take `inner` rows each.
  package func weightRows(_ range: Range<Int>) -> MatrixView { inputView.rows(range) }

  private func extent(_ sequences: Int, _ rows: Int, _ isCausal: Bool) -> AttentionOperator.Extent {
    .init(sequences: sequences, tokens: rows / sequences, heads: heads, headWidth: headWidth, isCausal: isCausal)
  }
}

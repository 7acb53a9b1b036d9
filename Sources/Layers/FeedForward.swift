package import CLIPCompute
public import CLIPTensors

/// Two linear layers with an activation between them.
public struct FeedForward: Sendable {
  /// `[hidden, width]`
  public var expansion: Linear
  /// `[width, hidden]`
  public var contraction: Linear
  public let activation: Activation

  /// - Parameter path: the layers are `path.c_fc` and `path.c_proj`
  public init(
    width: Int, hidden: Int, activation: Activation, from source: some ParameterSource, at path: String
  ) throws {
    expansion = try Linear(inputs: width, outputs: hidden, from: source, at: "\(path).c_fc")
    contraction = try Linear(inputs: hidden, outputs: width, from: source, at: "\(path).c_proj")
    self.activation = activation
  }

  /// Hidden rows worked on at a time on one lane: a block of them stays in the second-level cache between the two
  /// products.
  private static let blockElements = 192 << 10

  /// Writes the layer's output, without the last bias, into `y`, or adds it to what stands there.
  package func apply(_ x: MatrixView, into y: MatrixView, accumulating: Bool, workspace: Workspace) {
    let hiddenWidth = expansion.weight.shape[0]
    let blocks = max(1, workspace.lanes.isPooled ? 1 : x.rows * hiddenWidth / Self.blockElements)
    let rowsPerBlock = max((x.rows + blocks - 1) / blocks, min(x.rows, 128))
    var first = 0
    while first < x.rows {
      let rows = first..<min(first + rowsPerBlock, x.rows)
      let hidden = workspace.matrix(.hidden, rows: rows.count, columns: hiddenWidth)
      LinearOperator.forward(
        x.rows(rows), weight: expansion.weightView, bias: expansion.bias.pointer, activation: activation,
        into: hidden, lanes: workspace.lanes)
      LinearOperator.forward(
        hidden, weight: contraction.weightView, into: y.rows(rows), accumulating: accumulating, lanes: workspace.lanes)
      first = rows.upperBound
    }
  }
}

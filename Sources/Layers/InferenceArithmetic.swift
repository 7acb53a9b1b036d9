package import CLIPCompute
package import CLIPModelShapes
package import CLIPTensors

/// Floats that are forgotten: the stream is changed in place, and the bias of a branch waits for the next layer norm,
/// which reads the stream anyway.
package struct InferenceArithmetic: BlockArithmetic {
  package struct Stream {
    /// `[rows, width]`
    package var rows: MatrixView
    /// `[width]`, not yet added to `rows`
    package var pending: Tensor?

    package init(rows: MatrixView, pending: Tensor? = nil) {
      self.rows = rows
      self.pending = pending
    }

    /// Adds what waits.
    package mutating func settle() {
      if let pending { RowOperator.addBias(pending, to: rows) }
      pending = nil
    }
  }

  private let workspace: Workspace
  private let extent: SequenceExtent

  package init(_ workspace: Workspace, _ extent: SequenceExtent) {
    self.workspace = workspace
    self.extent = extent
  }

  package func norm(_ stream: inout Stream, _ norm: LayerNorm, at part: BlockPart) -> MatrixView {
    let rows = stream.rows, normalized = workspace.matrix(.normalized, rows: rows.rows, columns: rows.columns)
    guard let bias = stream.pending else {
      norm.apply(rows, into: normalized, lanes: workspace.lanes)
      return normalized
    }
    LayerNormOperator.forward(
      adding: bias, to: rows, weight: norm.weight, bias: norm.bias, epsilon: norm.epsilon, into: normalized,
      lanes: workspace.lanes)
    stream.pending = nil
    return normalized
  }

  package func norm(_ rows: MatrixView, _ norm: LayerNorm, at part: BlockPart) -> MatrixView {
    norm.apply(rows, into: rows, lanes: workspace.lanes)
    return rows
  }

  package func attend(_ x: some Matrix, _ attention: MultiHeadAttention, _ stream: inout Stream) -> MatrixView {
    let inner = attention.inner, asking = attention.asking(x, stream.rows, extent, workspace)
    if let asking { stream.rows = asking.stream }
    let memory = MultiHeadAttention.Memory(
      queries: asking.map { workspace.matrix(.hidden, rows: $0.rows.rows, columns: inner) },
      projected: workspace.matrix(.projected, rows: x.rows, columns: (asking == nil ? 3 : 2) * inner),
      attended: workspace.matrix(.attended, rows: stream.rows.rows, columns: inner))
    attention.attend(x, asking: asking?.rows, extent, memory, workspace)
    return memory.attended
  }

  package func expand(_ x: some Matrix, _ layer: FeedForward) -> MatrixView {
    let columns = layer.expansion.bias.count, lanes = workspace.lanes
    let hidden = workspace.matrix(.hidden, rows: x.rows, columns: columns)
    guard let gate = layer.gate else {
      LinearOperator.forward(
        x, weight: layer.expansion.weight, packed: layer.expansion.packed, bias: layer.expansion.bias,
        activation: layer.activation, into: hidden, lanes: lanes)
      return hidden
    }
    let open = workspace.matrix(.values, rows: x.rows, columns: columns)
    LinearOperator.forward(x, weight: gate.weight, packed: gate.packed, into: open, lanes: lanes)
    LinearOperator.forward(
      x, weight: layer.expansion.weight, packed: layer.expansion.packed, into: hidden, lanes: lanes)
    lanes.forRanges(of: x.rows, per: 64, minimum: 16) { rows in
      GateOperator.forward(
        gate: open.rows(rows), gateBias: gate.bias, sum: hidden.rows(rows), bias: layer.expansion.bias,
        into: hidden.rows(rows))
    }
    return hidden
  }

  package func add(
    _ x: some Matrix, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout Stream
  ) {
    guard let scale else {
      LinearOperator.forward(
        x, weight: layer.weight, packed: layer.packed, into: stream.rows, accumulating: true, lanes: workspace.lanes)
      stream.pending = layer.bias
      return
    }
    let rows = stream.rows, branch = workspace.matrix(.branch, rows: rows.rows, columns: rows.columns)
    LinearOperator.forward(x, weight: layer.weight, packed: layer.packed, into: branch, lanes: workspace.lanes)
    RowOperator.addScaled(branch, bias: layer.bias, scale: scale, to: rows)
  }

  /// Hidden rows worked on at a time on one lane: a block of them stays in the second-level cache between the two
  /// products.
  private static let blockElements = 192 << 10

  package func inParts(
    _ rows: MatrixView, _ stream: inout Stream, channels: Int, _ body: (MatrixView, inout Stream) -> Void
  ) {
    let blocks = max(1, workspace.lanes.isPooled ? 1 : rows.rows * channels / Self.blockElements)
    let rowsPerBlock = max((rows.rows + blocks - 1) / blocks, min(rows.rows, 128))
    let whole = stream.rows
    var first = 0
    while first < rows.rows {
      let range = first..<min(first + rowsPerBlock, rows.rows)
      var part = Stream(rows: whole.rows(range))
      body(rows.rows(range), &part)
      stream.pending = part.pending
      first = range.upperBound
    }
  }
}

extension MultiHeadAttention {
  /// The rows that ask, `[asking, width]`, and the stream as it is for them; nil where all tokens ask.
  func asking(
    _ x: some Matrix, _ stream: MatrixView, _ extent: SequenceExtent, _ workspace: Workspace
  ) -> (rows: MatrixView, stream: MatrixView)? {
    if case .all = extent.asking { return nil }
    let own = workspace.matrix(.branch, rows: extent.sequences, columns: x.columns)
    let pooled = workspace.matrix(.pooled, rows: extent.sequences, columns: x.columns)
    if case .learned = extent.asking {
      repeatLatent(into: own)
      pooled.fill(0)
    } else {
      let rows = extent.askingRows
      RowOperator.gather(x, rows: rows, into: own)
      RowOperator.gather(stream, rows: rows, into: pooled)
    }
    return (own, pooled)
  }

  /// The learned row, once for each row of `x`.
  func repeatLatent(into x: MatrixView) {
    guard let latent else { preconditionFailure("no row has been learned to ask") }
    for row in 0..<x.rows { x.rows(row..<row + 1).set(latent) }
  }
}

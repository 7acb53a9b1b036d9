package import CLIPCompute
package import CLIPModelShapes
package import CLIPTensors

/// Floats that are kept for the way back, one group of sequences at a time on the calling thread: each step writes into
/// its place of a ``BlockRecord``, and the stream after a branch is another matrix than before it.
package struct RecordingArithmetic: BlockArithmetic {
  private let record: BlockRecord
  private let output: MatrixView
  private let extent: SequenceExtent
  private let workspace: Workspace

  /// - Parameters:
  ///   - record: written, but for its `input`, which the stream is before the block
  ///   - output: `[asking, width]`, written: the stream after the block
  package init(_ record: BlockRecord, output: MatrixView, _ extent: SequenceExtent, _ workspace: Workspace) {
    self.record = record
    self.output = output
    self.extent = extent
    self.workspace = workspace
  }

  package func norm(_ stream: inout MatrixView, _ norm: LayerNorm, at part: BlockPart) -> ReadOnlyMatrix {
    let normalized = workspace.matrix(.normalized, rows: stream.rows, columns: stream.columns)
    norm.apply(stream, into: normalized, lanes: .single)
    return normalized.reading
  }

  package func norm(_ rows: ReadOnlyMatrix, _ norm: LayerNorm, at part: BlockPart) -> ReadOnlyMatrix {
    // Not in place: the backward pass needs the rows as they were.
    let normalized = workspace.matrix(.attended, rows: rows.rows, columns: rows.columns)
    norm.apply(rows, into: normalized, lanes: .single)
    return normalized.reading
  }

  package func attend(_ x: ReadOnlyMatrix, _ attention: MultiHeadAttention, _ stream: inout MatrixView)
    -> ReadOnlyMatrix
  {
    let x = workspace.operand(x, .input), asking = attention.asking(x, stream, extent, workspace)
    attention.attend(
      x, asking: asking?.rows, extent,
      .init(queries: record.queries, projected: record.projected, attended: record.attended), workspace)
    if let asking { stream = asking.stream }
    return record.attended.reading
  }

  package func expand(_ x: ReadOnlyMatrix, _ layer: FeedForward) -> ReadOnlyMatrix {
    let x = workspace.operand(x, .expansion)
    let lanes = workspace.lanes
    LinearOperator.forward(
      x, weight: layer.expansion.weight, packed: layer.expansion.packed, into: record.sum, lanes: lanes)
    let hidden = workspace.matrix(.hidden, rows: x.rows, columns: record.sum.columns)
    if let gate = layer.gate, let open = record.gate {
      LinearOperator.forward(x, weight: gate.weight, packed: gate.packed, into: open, lanes: lanes)
    }
    layer.activate(record, into: hidden)
    return hidden.reading
  }

  package func add(
    _ x: ReadOnlyMatrix, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout MatrixView
  ) {
    let target = part == .output ? record.middle : output
    let x = workspace.operand(x, part == .output ? .output : .contraction)
    LinearOperator.forward(x, weight: layer.weight, packed: layer.packed, into: target, lanes: workspace.lanes)
    if let scale {
      RowOperator.addResidual(stream, bias: layer.bias, scale: scale, to: target)
    } else {
      RowOperator.addResidual(stream, bias: layer.bias, to: target)
    }
    stream = target
  }
}

extension FeedForward {
  /// The hidden layer, before its norm, from what a block keeps.
  package func activate(_ record: BlockRecord, into hidden: MatrixView) {
    if let gate, let open = record.gate {
      GateOperator.forward(
        gate: open, gateBias: gate.bias, sum: record.sum, bias: expansion.bias, into: hidden)
    } else {
      LinearOperator.activate(record.sum, bias: expansion.bias, activation, into: hidden)
    }
  }
}

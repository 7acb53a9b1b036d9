package import CLIPCompute
import CLIPTensors

/// A group of sequences of equal length whose rows lie one after another.
package struct SequenceExtent {
  package var sequences: Int
  package var tokens: Int
  package var isCausal: Bool
  /// The token that asks in each sequence, or nil where all do.
  package var positions: [Int]?

  package init(sequences: Int, tokens: Int, isCausal: Bool, positions: [Int]?) {
    self.sequences = sequences
    self.tokens = tokens
    self.isCausal = isCausal
    self.positions = positions
  }

  /// The rows that ask, where not all do.
  package var askingRows: [Int]? { positions?.enumerated().map { $0.offset * tokens + $0.element } }
}

// One group of sequences at a time, on the calling thread; the weights' gradients come afterwards, from the rows of
// many groups at once (``weightParts(_:_:dOutput:gradients:)``).
extension ResidualBlock {
  /// Runs the block, keeping what its backward pass needs.
  ///
  /// - Parameters:
  ///   - record: `input` is set; the rest is written
  ///   - output: `[asking, width]`
  package func forward(
    _ record: BlockRecord, _ extent: SequenceExtent, into output: MatrixView, workspace: Workspace
  ) {
    let x = record.input, inner = attention.inner
    let normalized = workspace.matrix(.normalized, rows: x.rows, columns: x.columns)
    attentionNorm.apply(x, into: normalized, lanes: .single)
    let shape = attentionExtent(extent)
    if let queries = record.queries, let positions = extent.positions, let rows = extent.askingRows {
      let asking = workspace.matrix(.branch, rows: rows.count, columns: x.columns)
      RowOperator.gather(normalized, rows: rows, into: asking)
      multiply(asking, attention.weightRows(0..<inner), transposingB: true, into: queries)
      multiply(normalized, attention.weightRows(inner..<3 * inner), transposingB: true, into: record.projected)
      AttentionOperator.forwardPooled(
        queries: queries, keysAndValues: record.projected, bias: attention.inputBias.pointer, positions: positions,
        shape, into: record.attended, lanes: .single, scratch: workspace.workers)
      RowOperator.gather(x, rows: rows, into: asking)
      finishForward(record, stream: asking, into: output, workspace)
    } else {
      multiply(normalized, attention.weightRows(0..<3 * inner), transposingB: true, into: record.projected)
      AttentionOperator.forward(
        record.projected, bias: attention.inputBias.pointer, shape, into: record.attended, lanes: .single,
        scratch: workspace.workers)
      finishForward(record, stream: x, into: output, workspace)
    }
  }

  private func finishForward(
    _ record: BlockRecord, stream: MatrixView, into output: MatrixView, _ workspace: Workspace
  ) {
    multiply(record.attended, attention.output.weightView, transposingB: true, into: record.middle)
    addBranch(attention.output.bias, attentionScale, stream, record.middle)
    let normalized = workspace.matrix(.normalized, rows: output.rows, columns: output.columns)
    feedForwardNorm.apply(record.middle, into: normalized, lanes: .single)
    multiply(normalized, feedForward.expansion.weightView, transposingB: true, into: record.sum)
    let hidden = workspace.matrix(.hidden, rows: output.rows, columns: record.sum.columns)
    LinearOperator.activate(record.sum, bias: feedForward.expansion.bias.pointer, feedForward.activation, into: hidden)
    multiply(hidden, feedForward.contraction.weightView, transposingB: true, into: output)
    addBranch(feedForward.contraction.bias, feedForwardScale, record.middle, output)
  }

  private func addBranch(_ bias: Tensor, _ scale: Tensor?, _ stream: MatrixView, _ branch: MatrixView) {
    if let scale {
      RowOperator.addResidual(stream, bias: bias.pointer, scale: scale.pointer, to: branch)
    } else {
      RowOperator.addResidual(stream, bias: bias.pointer, to: branch)
    }
  }

  /// Floats in which a group sums the gradients of its biases and layer norms: see ``SmallGradients``.
  package var smallGradientCount: Int {
    3 * attention.inner + 6 * attentionNorm.weight.count + feedForward.expansion.bias.count
  }

  /// The row-wise part of the vector-Jacobian product.
  ///
  /// - Parameters:
  ///   - record: as the forward pass left it
  ///   - work: written
  ///   - dOutput: `[asking, width]`
  ///   - dInput: `[rows, width]`, written
  ///   - small: ``smallGradientCount`` floats, added to
  package func backward(
    _ record: BlockRecord, _ work: BlockGradientRecord, _ extent: SequenceExtent, dOutput: MatrixView,
    dInput: MatrixView, small: UnsafeMutablePointer<Float>, workspace: Workspace
  ) {
    let width = dInput.columns, inner = attention.inner
    let sums = SmallGradients(self, at: small)
    // Feed-forward branch.
    feedForwardNorm.apply(record.middle, into: work.normalizedMiddle, lanes: .single)
    multiply(scaled(dOutput, feedForwardScale, workspace), feedForward.contraction.weightView, into: work.dSum)
    LinearOperator.deactivate(
      record.sum, bias: feedForward.expansion.bias.pointer, feedForward.activation, gradient: work.dSum,
      hidden: work.hidden, dBias: sums.expansionBias)
    RowOperator.addColumnSums(of: dOutput, to: sums.contractionBias)
    let branch = workspace.matrix(.branch, rows: record.input.rows, columns: width)
    let asking = branch.rows(0..<dOutput.rows)
    multiply(work.dSum, feedForward.expansion.weightView, into: asking)
    LayerNormOperator.backward(
      asking, x: record.middle, weight: feedForwardNorm.weight.pointer, epsilon: feedForwardNorm.epsilon,
      residual: dOutput, dx: work.dMiddle, dWeight: sums.feedForwardNormWeight, dBias: sums.feedForwardNormBias)
    // Attention branch.
    RowOperator.addColumnSums(of: work.dMiddle, to: sums.outputBias)
    let dAttended = workspace.matrix(.attended, rows: dOutput.rows, columns: inner)
    multiply(scaled(work.dMiddle, attentionScale, workspace), attention.output.weightView, into: dAttended)
    attentionNorm.apply(record.input, into: work.normalizedInput, lanes: .single)
    var residual = work.dMiddle
    let shape = attentionExtent(extent)
    if let queries = record.queries, let positions = extent.positions, let rows = extent.askingRows {
      AttentionOperator.backwardPooled(
        dAttended, queries: queries, keysAndValues: record.projected, bias: attention.inputBias.pointer,
        positions: positions, shape, dQueries: work.dQueries, dKeysAndValues: work.dProjected, dBias: sums.inputBias,
        scratch: workspace.workers[0])
      RowOperator.gather(work.normalizedInput, rows: rows, into: work.askingInput)
      multiply(work.dProjected, attention.weightRows(inner..<3 * inner), into: branch)
      let dAsking = workspace.matrix(.pooled, rows: rows.count, columns: width)
      multiply(work.dQueries, attention.weightRows(0..<inner), into: dAsking)
      residual = workspace.matrix(.normalized, rows: record.input.rows, columns: width)
      residual.start.update(repeating: 0, count: residual.rows * width)
      for (index, row) in rows.enumerated() {
        RowOperator.add(dAsking.start + index * width, to: branch.start + row * width, count: width)
        (residual.start + row * width).update(from: work.dMiddle.start + index * width, count: width)
      }
    } else {
      AttentionOperator.backward(
        dAttended, projected: record.projected, bias: attention.inputBias.pointer, shape,
        dProjected: work.dProjected, dBias: sums.inputBias, lanes: .single, scratch: workspace.workers)
      multiply(work.dProjected, attention.weightRows(0..<3 * inner), into: branch)
    }
    LayerNormOperator.backward(
      branch, x: record.input, weight: attentionNorm.weight.pointer, epsilon: attentionNorm.epsilon,
      residual: residual, dx: dInput, dWeight: sums.attentionNormWeight, dBias: sums.attentionNormBias)
  }

  /// A branch's share of the stream's gradient: all of it, or by its layer scale.
  private func scaled(_ gradient: MatrixView, _ scale: Tensor?, _ workspace: Workspace) -> MatrixView {
    guard let scale else { return gradient }
    let copy = workspace.matrix(.residual, rows: gradient.rows, columns: gradient.columns)
    copy.start.update(from: gradient.start, count: gradient.rows * gradient.columns)
    RowOperator.scaleColumns(of: copy, by: scale.pointer)
    return copy
  }

  private func attentionExtent(_ extent: SequenceExtent) -> AttentionOperator.Extent {
    .init(
      sequences: extent.sequences, tokens: extent.tokens, heads: attention.heads, headWidth: attention.headWidth,
      isCausal: extent.isCausal)
  }
}

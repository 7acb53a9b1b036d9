package import CLIPCompute
import CLIPTensors

// One group of sequences at a time, on the calling thread; the weights' gradients come afterwards, from the rows of
// many groups at once (``weightParts(_:_:dOutput:gradients:in:packing:)``).
extension ResidualBlock {
  /// The row-wise part of the vector-Jacobian product, step by step backwards.
  ///
  /// - Parameters:
  ///   - record: as the forward pass left it
  ///   - work: written
  ///   - dOutput: `[asking, width]`
  ///   - dInput: `[rows, width]`, written
  ///   - small: ``smallGradientCount`` floats, added to
  ///   - weights: this block's, where they have been laid out; then all rows ask
  package func backward(
    _ record: BlockRecord, _ work: BlockGradientRecord, _ extent: SequenceExtent, dOutput: MatrixView,
    dInput: MatrixView, small: UnsafeMutablePointer<Float>, weights: BackwardWeights? = nil, workspace: Workspace
  ) {
    let width = dInput.columns, sums = SmallGradients(self, at: small), products = workspace.lanes.products
    let rounding = workspace.lanes.rounding
    let branch = workspace.matrix(.branch, rows: record.input.rows, columns: width)
    if hasFeedForward {
      backwardFeedForward(
        record, work, dOutput, branch: branch.rows(0..<dOutput.rows), sums, weights: weights, workspace)
    } else {
      work.dMiddle.set(dOutput)
    }
    // Attention branch.
    RowOperator.addColumnSums(of: work.dMiddle, to: sums.outputBias)
    var dAttended = workspace.matrix(.attended, rows: dOutput.rows, columns: attention.inner)
    multiply(
      scaled(work.dMiddle, attentionScale, workspace), attention.output.weight, weights?.output, into: dAttended,
      in: products)
    if let norm = attention.innerNorm, let normalized = work.normalizedAttended {
      norm.apply(record.attended, into: normalized, lanes: .single)
      rounding?.backward(dAttended, through: normalized, .output)
      let dHeads = workspace.matrix(.queries, rows: dAttended.rows, columns: dAttended.columns)
      LayerNormOperator.backward(
        dAttended, x: record.attended, weight: norm.weight, epsilon: norm.epsilon, residual: nil, dx: dHeads,
        dWeight: sums.attendedNormWeight, dBias: sums.attendedNormBias)
      dAttended = dHeads
    } else {
      rounding?.backward(dAttended, through: record.attended, .output)
    }
    attentionNorm.apply(record.input, into: work.normalizedInput, lanes: .single)
    let residual = backwardHeads(
      dAttended, record, work, extent, branch: branch, sums, packedInput: weights?.input, workspace)
    rounding?.backward(branch, through: work.normalizedInput, .input)
    if case .tokens = extent.asking { rounding?.round(work.askingInput, .input) }
    LayerNormOperator.backward(
      branch, x: record.input, weight: attentionNorm.weight, epsilon: attentionNorm.epsilon,
      residual: residual, dx: dInput, dWeight: sums.attentionNormWeight, dBias: sums.attentionNormBias)
  }

  /// From the gradient after the feed-forward branch to that before it, in `work.dMiddle`.
  /// - Parameter branch: `[asking, width]`, written
  private func backwardFeedForward(
    _ record: BlockRecord, _ work: BlockGradientRecord, _ dOutput: MatrixView, branch: MatrixView,
    _ sums: SmallGradients, weights: BackwardWeights?, _ workspace: Workspace
  ) {
    let products = workspace.lanes.products, rounding = workspace.lanes.rounding
    feedForwardNorm.apply(record.middle, into: work.normalizedMiddle, lanes: .single)
    multiply(
      scaled(dOutput, feedForwardScale, workspace), feedForward.contraction.weight, weights?.contraction,
      into: work.dSum, in: products)
    cutHidden(record, work.dSum, workspace)
    backwardHidden(record, work, sums, workspace)
    rounding?.round(work.hidden, .contraction)
    RowOperator.addColumnSums(of: dOutput, to: sums.contractionBias)
    multiply(work.dSum, feedForward.expansion.weight, weights?.expansion, into: branch, in: products)
    if let gate = feedForward.gate, let dGate = work.dGate {
      multiply(dGate, gate.weight, weights?.gate, into: branch, beta: 1, in: products)
    }
    rounding?.backward(branch, through: work.normalizedMiddle, .expansion)
    LayerNormOperator.backward(
      branch, x: record.middle, weight: feedForwardNorm.weight, epsilon: feedForwardNorm.epsilon,
      residual: dOutput, dx: work.dMiddle, dWeight: sums.feedForwardNormWeight, dBias: sums.feedForwardNormBias)
  }

  /// A gradient's product with a weight, which may have been laid out.
  private func multiply(
    _ gradient: MatrixView, _ weight: some Matrix, _ packed: PackedMatrix?, into target: MatrixView, beta: Float = 0,
    in products: ProductArithmetic
  ) {
    if let packed {
      packed.multiply(gradient.reading, columns: 0..<packed.outputs, into: target, beta: beta)
    } else {
      CLIPCompute.multiply(gradient, weight, into: target, beta: beta, in: products)
    }
  }

  /// Cuts the gradient of what the contraction reads, which is computed again, where that is rounded.
  private func cutHidden(_ record: BlockRecord, _ gradient: MatrixView, _ workspace: Workspace) {
    guard let rounding = workspace.lanes.rounding else { return }
    let hidden = workspace.matrix(.rounded, rows: gradient.rows, columns: gradient.columns)
    feedForward.activate(record, into: hidden)
    feedForward.innerNorm?.apply(hidden, into: hidden, lanes: .single)
    rounding.cut(gradient, of: hidden, .contraction)
  }

  /// From the gradient of what the contraction reads, in `work.dSum`, to that of the hidden layer's sums.
  private func backwardHidden(
    _ record: BlockRecord, _ work: BlockGradientRecord, _ sums: SmallGradients, _ workspace: Workspace
  ) {
    var hidden = work.hidden
    if let norm = feedForward.innerNorm {
      let plain = workspace.matrix(.hidden, rows: record.sum.rows, columns: record.sum.columns)
      let dNormalized = workspace.matrix(.scores, rows: plain.rows, columns: plain.columns)
      feedForward.activate(record, into: plain)
      norm.apply(plain, into: work.hidden, lanes: .single)
      dNormalized.set(work.dSum)
      LayerNormOperator.backward(
        dNormalized, x: plain, weight: norm.weight, epsilon: norm.epsilon, residual: nil, dx: work.dSum,
        dWeight: sums.hiddenNormWeight, dBias: sums.hiddenNormBias)
      hidden = plain
    }
    if let gate = feedForward.gate, let open = record.gate, let dGate = work.dGate {
      GateOperator.backward(
        gate: open, gateBias: gate.bias, sum: record.sum, bias: feedForward.expansion.bias,
        gradient: work.dSum, dGate: dGate, hidden: hidden, dGateBias: sums.gateBias, dBias: sums.expansionBias)
    } else {
      LinearOperator.deactivate(
        record.sum, bias: feedForward.expansion.bias, feedForward.activation, gradient: work.dSum,
        hidden: hidden, dBias: sums.expansionBias)
    }
  }

  /// From the gradient of the heads' outputs to that of the normalized input, in `branch`.
  ///
  /// - Returns: the gradient that reaches the stream around the branch, `[rows, width]`; nil for none
  private func backwardHeads(
    _ dAttended: MatrixView, _ record: BlockRecord, _ work: BlockGradientRecord, _ extent: SequenceExtent,
    branch: MatrixView, _ sums: SmallGradients, packedInput: PackedMatrix?, _ workspace: Workspace
  ) -> MatrixView? {
    let inner = attention.inner, width = branch.columns, shape = attention.headExtent(extent)
    let bias = attention.remainingBias(workspace), products = workspace.lanes.products
    guard let queries = record.queries else {
      AttentionOperator.backward(
        dAttended, projected: record.projected, bias: bias, shape, dProjected: work.dProjected,
        dBias: inputSums(sums, workspace), lanes: workspace.lanes, scratch: workspace.workers)
      turnBack(nil, work.dProjected, extent, sums)
      multiply(work.dProjected, attention.weightRows(0..<3 * inner), packedInput, into: branch, in: products)
      return work.dMiddle
    }
    AttentionOperator.backwardPooled(
      dAttended, queries: queries, keysAndValues: record.projected, bias: bias, positions: extent.positions, shape,
      dQueries: work.dQueries, dKeysAndValues: work.dProjected, dBias: inputSums(sums, workspace),
      scratch: workspace.workers[0], rounding: workspace.lanes.rounding)
    turnBack(work.dQueries, work.dProjected, extent, sums)
    CLIPCompute.multiply(work.dProjected, attention.weightRows(inner..<3 * inner), into: branch, in: products)
    let dAsking = workspace.matrix(.pooled, rows: queries.rows, columns: width)
    CLIPCompute.multiply(work.dQueries, attention.weightRows(0..<inner), into: dAsking, in: products)
    if case .learned = extent.asking {
      attention.repeatLatent(into: work.askingInput)
      RowOperator.addColumnSums(of: dAsking, to: sums.latent)
      return nil
    }
    let rows = extent.askingRows
    RowOperator.gather(work.normalizedInput, rows: rows, into: work.askingInput)
    let residual = workspace.matrix(.normalized, rows: record.input.rows, columns: width)
    residual.fill(0)
    for (index, row) in rows.enumerated() {
      RowOperator.add(dAsking.rows(index..<index + 1), to: branch.rows(row..<row + 1))
      residual.rows(row..<row + 1).set(work.dMiddle.rows(index..<index + 1))
    }
    return residual
  }

  /// Where the operator sums the gradients of biases: in their place, or aside where its gradients are of what was turned.
  private func inputSums(_ sums: SmallGradients, _ workspace: Workspace) -> UnsafeMutablePointer<Float> {
    guard attention.rotary != nil else { return sums.inputBias }
    return workspace.matrix(.patches, rows: 1, columns: 3 * attention.inner).start
  }

  /// Turns the gradients of queries and keys back and sums those of the biases, where tokens are turned.
  private func turnBack(
    _ dQueries: MatrixView?, _ dProjected: MatrixView, _ extent: SequenceExtent, _ sums: SmallGradients
  ) {
    guard let rotary = attention.rotary else { return }
    let inner = attention.inner, tokens = extent.tokens, positions = extent.positions
    if let dQueries {
      RotaryOperator.backward(dQueries, rotary) { positions[$0] }
      RowOperator.addColumnSums(of: dQueries, to: sums.inputBias)
    } else {
      RotaryOperator.backward(dProjected.columns(0..<inner), rotary) { $0 % tokens }
      RowOperator.addColumnSums(of: dProjected.columns(0..<inner), to: sums.inputBias)
    }
    let keys = dQueries == nil ? inner : 0
    RotaryOperator.backward(dProjected.columns(keys..<keys + inner), rotary) { $0 % tokens }
    RowOperator.addColumnSums(of: dProjected.columns(keys..<keys + inner), to: sums.inputBias + inner)
    RowOperator.addColumnSums(
      of: dProjected.columns(keys + inner..<keys + 2 * inner), to: sums.inputBias + 2 * inner)
  }

  /// A branch's share of the stream's gradient: all of it, or by its layer scale.
  private func scaled(_ gradient: MatrixView, _ scale: Tensor?, _ workspace: Workspace) -> MatrixView {
    guard let scale else { return gradient }
    let copy = workspace.matrix(.residual, rows: gradient.rows, columns: gradient.columns)
    copy.set(gradient)
    RowOperator.scaleColumns(of: copy, by: scale)
    return copy
  }
}

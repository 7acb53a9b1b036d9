import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// Brings a pruned tower's weights back to what the dense tower does, block by block over the calibration set.
///
/// Two streams run side by side. The dense one says what should be; the pruned one carries what the blocks before, already
/// corrected, really give. So errors do not pile up: each fit sees its true inputs.
///
/// The pruned tower's weights are written in place.
struct TowerCompensation<Tower: TrainableTower> {
  let dense: Tower
  let pruned: Tower
  /// What the pruned tower reads.
  let weights: ParameterBlock
  let plan: TowerPlan
  let options: CompensationOptions
  /// From the dense stream to the narrowed one.
  let map: StreamMap
  /// From the dense features to the shorter ones.
  let embedding: StreamMap
  /// Over the samples of all ranks.
  let sums: RowSums

  private var pool: ThreadPool { sums.pool }

  /// What a fit gives beside the weights.
  struct Outcome {
    /// For each block that stays.
    var errors: [BlockError]
    /// The fitted tower's features of the input that is here, `[sequences, embed]`, not normalized.
    var features: Tensor
  }

  /// Whether the tower gives what the dense one does as it is.
  private var keepsAll: Bool {
    guard case .all = embedding.kind else { return false }
    let blocks = dense.transformer.blocks
    return plan.layers.count == blocks.count && plan.channels.count == dense.transformer.width
      && zip(plan.heads, blocks).allSatisfy { $0.count == $1.attention.heads }
      && zip(plan.units, blocks).allSatisfy { $0.count == $1.feedForward.expansion.bias.count }
  }

  /// - Parameter trace: of the dense tower on the same input
  /// - Throws: what `progress` and ranks throw.
  func run(_ input: Tower.Input, _ trace: DenseTrace<Tower>, progress: (Int) throws -> Void) throws -> Outcome {
    guard !keepsAll else {
      try progress(plan.layers.count)
      return Outcome(
        errors: plan.layers.map { BlockError(layer: $0, relative: 0) }, features: trace.ending().features)
    }
    try fitFirstNorm(input, trace)
    let stream = TowerStream(pruned, input, trace.layout, in: trace.products, on: pool)
    var isExact = plan.channels.count == dense.transformer.width && plan.layers.first == 0
    var errors: [BlockError] = []
    for (number, layer) in plan.layers.enumerated() {
      let end = number + 1 < plan.layers.count ? plan.layers[number + 1] : dense.transformer.blocks.count
      let block = pruned.transformer.blocks[number], source = dense.transformer.blocks[layer]
      let isWhole =
        block.attention.heads == source.attention.heads
        && plan.units[number].count == source.feedForward.expansion.bias.count && end == layer + 1
      if isExact, isWhole {
        stream.run(block)
        errors.append(BlockError(layer: layer, relative: 0))
      } else {
        isExact = false
        errors.append(try fit(number, layer, end, trace, stream))
      }
      try progress(number + 1)
    }
    if !isExact { try fitOutput(trace, stream) }
    return Outcome(errors: errors, features: stream.features(pruned))
  }

  /// What a block's output still lacks after the fit: the share of the dense stream's variance.
  struct BlockError {
    var layer: Int
    var relative: Double
  }

  /// Gain and bias of a norm before the first block: what it gives *is* the stream.
  private func fitFirstNorm(_ input: Tower.Input, _ trace: DenseTrace<Tower>) throws {
    guard options.refitsLayerNorms, plan.channels.count != dense.transformer.width, let norm = pruned.firstNorm
    else { return }
    let width = plan.channels.count
    write([Float](repeating: 1, count: width), to: norm.weight)
    write([Float](repeating: 0, count: width), to: norm.bias)
    let plain = TowerStream(pruned, input, trace.layout, in: trace.products, on: pool).sample()
    let fitted = try LeastSquares.gains(plain, target: map(trace.input(0)), by: sums)
    write(fitted.gain, to: norm.weight)
    write(fitted.bias, to: norm.bias)
  }

  /// What rows that nobody reads weigh in the last block's fits: enough to keep the fit determined.
  private static var otherRows: Float { 0.01 }

  private func fit(
    _ number: Int, _ layer: Int, _ end: Int, _ trace: DenseTrace<Tower>, _ stream: TowerStream<Tower>
  ) throws -> BlockError {
    let block = pruned.transformer.blocks[number], source = dense.transformer.blocks[layer]
    let denseInput = trace.input(layer), denseMiddle = trace.middle(layer), denseOutput = trace.input(end)

    let isLast = number == plan.layers.count - 1
    let shares = isLast && dense.readsOneToken ? stream.layout.readWeights(others: Self.otherRows) : nil

    // Attention: the norm, what reads it, what writes the branch.
    let input = stream.sample()
    let attentionInputs = normalized(source.attentionNorm, denseInput)
    try refit(block.attentionNorm, over: input, like: attentionInputs)
    if let fit = try readerFit(block.attentionNorm, input, like: attentionInputs) {
      let outputs = HeadPruning.projectionRows(
        plan.heads[number], of: source.attention.heads, width: source.attention.headWidth)
      refitReader(
        fit, block.attention.inputWeight, block.attention.inputBias, like: source.attention.inputWeight,
        source.attention.inputBias, outputs)
    }
    let attended = stream.attended(block)
    let sampledHeads = Slice("", rows: stream.layout.sampled)(
      attended, [stream.layout.sampled.count, block.attention.inner])
    // Where attention is all that stays, it is fitted to what the whole block gives.
    try refitWriter(
      block.attention.output, block.attentionScale,
      inputs: block.attention.innerNorm.map { normalized($0, sampledHeads) } ?? sampledHeads,
      before: input, after: block.hasFeedForward ? denseMiddle : denseOutput, denseBefore: denseInput, shares: shares)
    stream.addAttention(attended, block)
    guard block.hasFeedForward else {
      return BlockError(layer: layer, relative: try relativeError(stream.sample(), map(denseOutput)))
    }

    // The feed-forward layer likewise; its target takes in what the layers left out after it would have added.
    let middle = stream.sample()
    let feedForwardInputs = normalized(source.feedForwardNorm, denseMiddle)
    try refit(block.feedForwardNorm, over: middle, like: feedForwardInputs)
    if let fit = try readerFit(block.feedForwardNorm, middle, like: feedForwardInputs) {
      refitReader(
        fit, block.feedForward.expansion.weight, block.feedForward.expansion.bias,
        like: source.feedForward.expansion.weight, source.feedForward.expansion.bias, plan.units[number])
      if let gate = block.feedForward.gate, let denseGate = source.feedForward.gate {
        refitReader(fit, gate.weight, gate.bias, like: denseGate.weight, denseGate.bias, plan.units[number])
      }
    }
    let hidden = stream.hidden(block, middle)
    try refitWriter(
      block.feedForward.contraction, block.feedForwardScale, inputs: hidden,
      before: middle, after: denseOutput, denseBefore: denseMiddle, shares: shares)
    stream.addFeedForward(block, hidden: hidden)
    return BlockError(layer: layer, relative: try relativeError(stream.sample(), map(denseOutput)))
  }

  /// Gain and bias of a norm whose channels became fewer.
  private func refit(_ norm: LayerNorm, over x: Tensor, like target: Tensor) throws {
    guard options.refitsLayerNorms, plan.channels.count != dense.transformer.width else { return }
    let plain = FreshTensor(x.shape), width = x.shape[1]
    LayerNormOperator.forward(
      x, weight: Tensor(repeating: 1, [width]), bias: Tensor(zeros: [width]), epsilon: norm.epsilon,
      into: plain.matrix, lanes: .pooled(pool))
    let fitted = try LeastSquares.gains(plain.tensor(), target: map(target), by: sums)
    write(fitted.gain, to: norm.weight)
    write(fitted.bias, to: norm.bias)
  }

  /// What fits the matrices that read the stream through a norm: where the stream is narrower, and where it is not, so that
  /// what the blocks before got wrong is not read as if it were right. Nil where there is nothing to fit.
  private func readerFit(_ norm: LayerNorm, _ x: Tensor, like target: Tensor) throws -> ReaderFit? {
    guard options.refitsMatrices || options.foldsMean else { return nil }
    return try ReaderFit(normalized(norm, x), like: target, channels: plan.channels, options, by: sums)
  }

  /// - Parameter outputs: the dense outputs that stay
  private func refitReader(
    _ fit: ReaderFit, _ weight: Tensor, _ bias: Tensor, like dense: Tensor, _ denseBias: Tensor, _ outputs: [Int]
  ) {
    let correction = fit.correction(
      weight, bias, like: Slice("", rows: outputs)(dense, [outputs.count, dense.shape[1]]),
      Slice("", rows: outputs)(denseBias, [outputs.count]))
    if let change = correction.weight { add(change.elements, to: weight) }
    add(correction.bias, to: bias)
  }

  /// A matrix that writes a branch into the stream.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, inputs]`, what the pruned model gives
  ///   - before: the pruned stream before the branch
  ///   - after, denseBefore: the dense stream after and before it
  private func refitWriter(
    _ layer: Linear, _ scale: Tensor?, inputs: Tensor, before: Tensor, after: Tensor, denseBefore: Tensor,
    shares: [Float]?
  ) throws {
    guard options.refitsMatrices || options.foldsMean else { return }
    var errors = map(after)
    subtract(options.correctsStream ? before : map(denseBefore), from: &errors)
    if let scale { divide(&errors, by: scale) }
    subtractOutputs(inputs, layer.weight, layer.bias, from: &errors)
    try apply(inputs, errors, to: layer.weight, layer.bias, shares: shares)
  }

  private func apply(
    _ inputs: Tensor, _ errors: Tensor, to weight: Tensor, _ bias: Tensor, shares: [Float]? = nil
  ) throws {
    if options.refitsMatrices {
      let correction = try LeastSquares.correction(
        inputs: inputs, errors: errors, weights: shares, ridge: options.ridge, by: sums)
      if let change = correction.weight { add(change.elements, to: weight) }
      add(correction.bias, to: bias)
    } else if options.foldsMean {
      add(try sums.mean(errors, weights: shares), to: bias)
    }
  }

  /// The last norm and the projection.
  private func fitOutput(_ trace: DenseTrace<Tower>, _ stream: TowerStream<Tower>) throws {
    if let rows = trace.ending().readRows {
      try refit(pruned.lastNorm, over: stream.readRows(), like: normalized(dense.lastNorm, rows))
    }
    guard options.refitsMatrices, let projection = pruned.projectionMatrix else { return }
    let inputs = stream.pooled(pruned)
    var errors = embedding(trace.ending().features)
    subtract(stream.features(pruned), from: &errors)
    let correction = try LeastSquares.correction(
      inputs: inputs, errors: errors, ridge: options.ridge, hasBias: projection.bias != nil, by: sums)
    guard let change = correction.weight else { return }
    add((projection.isTransposed ? change.transposed : change).elements, to: projection.weight)
    if let bias = projection.bias { add(correction.bias, to: bias) }
  }

  private func normalized(_ norm: LayerNorm, _ x: Tensor) -> Tensor {
    let result = FreshTensor(x.shape)
    norm.apply(x, into: result.matrix, lanes: .pooled(pool))
    return result.tensor()
  }

  /// `errors -= inputs Wᵀ + b`.
  private func subtractOutputs(_ inputs: Tensor, _ weight: Tensor, _ bias: Tensor, from errors: inout Tensor) {
    let packed = PackedMatrix(weight, in: .float32), inputs = inputs.reading, part = 512
    let workspaces = (0..<pool.threads).map { _ in Workspace(lanes: .single) }
    errors.withMutableMatrix { errors in
      pool.forEach((errors.rows + part - 1) / part) { index, worker in
        let rows = index * part..<min((index + 1) * part, errors.rows)
        let outputs = workspaces[worker].matrix(.branch, rows: rows.count, columns: errors.columns)
        LinearOperator.forward(
          inputs.rows(rows), weight: weight, packed: packed, bias: bias, into: outputs, lanes: .single)
        let target = errors.rows(rows).start
        for index in 0..<rows.count * errors.columns { target[index] -= outputs.start[index] }
      }
    }
  }

  /// A layer scale stands between a writer and the stream; channels that it all but closes are left alone.
  private func divide(_ errors: inout Tensor, by scale: Tensor) {
    let factors = scale.elements
    errors.withUnsafeMutableElements { errors in
      for index in errors.indices {
        let factor = factors[index % factors.count]
        errors[index] = abs(factor) > 1e-6 ? errors[index] / factor : 0
      }
    }
  }

  private func subtract(_ x: Tensor, from y: inout Tensor) {
    y.withUnsafeMutableElements { y in
      x.withUnsafeElements { x in
        // Each part writes its own elements.
        nonisolated(unsafe) let (x, y) = (x, y)
        let parts = 64
        pool.forEach(parts) { part in
          for index in y.count * part / parts..<y.count * (part + 1) / parts { y[index] -= x[index] }
        }
      }
    }
  }

  private func add(_ change: [Double], to parameter: Tensor) {
    let memory = weights.memory(of: parameter).start
    for (index, value) in change.enumerated() { memory[index] = Float(Double(memory[index]) + value) }
  }

  private func write(_ values: [Float], to parameter: Tensor) {
    weights.memory(of: parameter).start.update(from: values, count: values.count)
  }

  /// `Σ|x - y|² / Σ|y - mean y|²`
  private func relativeError(_ x: Tensor, _ y: Tensor) throws -> Double {
    let x = x.reading, y = y.reading, mean = try sums.mean(y)
    // Of each range of columns the error and the variance.
    let parts = RowStatistics.inColumns(y.columns, on: pool) { columns in
      var error = 0.0, variance = 0.0
      mean.withUnsafeBufferPointer { mean in
        for row in 0..<y.rows {
          let a = x.start + row * x.stride, b = y.start + row * y.stride
          for column in columns {
            let difference = Double(a[column]) - Double(b[column]), spread = Double(b[column]) - mean[column]
            error += difference * difference
            variance += spread * spread
          }
        }
      }
      return [error, variance]
    }
    let all = try sums(
      [0, 1].map { first in stride(from: first, to: parts.count, by: 2).reduce(0) { $0 + parts[$1] } })
    return all[1] > 0 ? all[0] / all[1] : 0
  }
}

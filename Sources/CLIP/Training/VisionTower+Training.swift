package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

extension VisionTower: TrainableTower {
  package var embedDimension: Int { projection.shape[1] }
  package var readsOneToken: Bool { configuration.poolType == .tok }
  package var keepsEmbedded: Bool { preNorm != nil }
  package var firstNorm: LayerNorm? { preNorm }
  package var lastNorm: LayerNorm { postNorm }

  /// - Parameter input: `[batch, 3, imageSize, imageSize]`
  package func lengths(of input: Tensor) -> [Int] { Array(repeating: configuration.tokens, count: input.shape[0]) }

  /// The class token.
  package func position(of sequence: Int, in input: Tensor) -> Int { 0 }

  package func embed(
    _ input: Tensor, _ group: TrainingPlan.Group, embedded: MatrixView?, into x: MatrixView, _ workspace: Workspace
  ) {
    let target = embedded ?? x
    embedPatches(input, group.sequences, into: target, workspace)
    if embedded != nil { preNorm?.apply(target, into: x, lanes: .single) }
  }

  package func embedBackward(
    _ input: Tensor, _ chunk: TrainingPlan.Chunk, embedded: MatrixView?, dx: MatrixView, spare: MatrixView,
    gradients: VisionTower, on pool: ThreadPool
  ) {
    var gradient = dx
    if let embedded, let preNorm, let dNorm = gradients.preNorm {
      LayerNormOperator.backward(
        dx, x: embedded, weight: preNorm.weight.pointer, epsilon: preNorm.epsilon, dx: spare,
        dWeight: dNorm.weight.mutablePointer, dBias: dNorm.bias.mutablePointer, lanes: .pooled(pool))
      gradient = spare
    }
    let size = configuration.imageSize, side = configuration.patchSize, width = configuration.width
    let tokens = configuration.tokens, columns = 3 * side * side
    // One product over all rows: the class token's stand against patches of zeros.
    let memory = MatrixMemory()
    let patches = memory.matrix(chunk.rows, columns)
    let sequences = chunk.groups.flatMap(\.sequences)
    pool.forEach(sequences.count) { index in
      let rows = patches.rows(index * tokens..<(index + 1) * tokens)
      rows.start.update(repeating: 0, count: columns)
      PatchOperator.forward(
        input.pointer + sequences[index] * 3 * size * size, size: size, side: side, into: rows.rows(1..<tokens))
    }
    let weight = MatrixView(gradients.patchWeight.pointer, rows: width, columns: columns)
    let parts = WeightGradientPart.parts(gradient, patches, into: weight)
    pool.forEach(parts.count + 1) { index in
      if index < parts.count { return parts[index].run() }
      for sequence in sequences.indices {
        let rows = gradient.start + sequence * tokens * width
        RowOperator.add(rows, to: gradients.positionalEmbedding.mutablePointer, count: tokens * width)
        RowOperator.add(rows, to: gradients.classEmbedding.mutablePointer, count: width)
      }
    }
    withExtendedLifetime(memory) {}
  }

  package func read(_ output: MatrixView, tokens: Int, into features: MatrixView, _ workspace: Workspace) {
    let pooled = pooled(output, sequences: features.rows, workspace)
    multiply(pooled, MatrixView(projection.pointer, rows: output.columns, columns: features.columns), into: features)
  }

  package func pooled(_ output: MatrixView, sequences: Int, _ workspace: Workspace) -> MatrixView {
    let width = output.columns, tokens = output.rows / sequences
    let pooled = workspace.matrix(.pooled, rows: sequences, columns: width)
    if readsOneToken {
      postNorm.apply(output, into: pooled, lanes: .single)
      return pooled
    }
    let normalizesFirst = !configuration.finalLayerNormAfterPool
    var rows = output
    if normalizesFirst {
      rows = workspace.matrix(.normalized, rows: output.rows, columns: width)
      postNorm.apply(output, into: rows, lanes: .single)
    }
    for sequence in 0..<sequences {
      RowOperator.mean(
        rows.rows(sequence * tokens + 1..<(sequence + 1) * tokens), into: pooled.start + sequence * width)
    }
    if !normalizesFirst { postNorm.apply(pooled, into: pooled, lanes: .single) }
    return pooled
  }

  package func readBackward(
    _ output: MatrixView, _ chunk: TrainingPlan.Chunk, dFeatures: MatrixView, into dOutput: MatrixView,
    gradients: VisionTower, _ workspace: Workspace
  ) {
    let sequences = dFeatures.rows, width = output.columns, tokens = output.rows / sequences
    let pooled = pooled(output, sequences: sequences, workspace)
    multiply(
      pooled, transposingA: true, dFeatures,
      into: MatrixView(gradients.projection.pointer, rows: width, columns: dFeatures.columns), beta: 1)
    let dPooled = workspace.matrix(.branch, rows: sequences, columns: width)
    multiply(
      dFeatures, MatrixView(projection.pointer, rows: width, columns: dFeatures.columns), transposingB: true,
      into: dPooled)
    func throughNorm(_ dy: MatrixView, _ x: MatrixView, into dx: MatrixView) {
      LayerNormOperator.backward(
        dy, x: x, weight: postNorm.weight.pointer, epsilon: postNorm.epsilon, residual: nil, dx: dx,
        dWeight: gradients.postNorm.weight.mutablePointer, dBias: gradients.postNorm.bias.mutablePointer)
    }
    if readsOneToken { return throughNorm(dPooled, output, into: dOutput) }
    if configuration.finalLayerNormAfterPool {
      let means = workspace.matrix(.attended, rows: sequences, columns: width)
      for sequence in 0..<sequences {
        RowOperator.mean(
          output.rows(sequence * tokens + 1..<(sequence + 1) * tokens), into: means.start + sequence * width)
      }
      let dMeans = workspace.matrix(.queries, rows: sequences, columns: width)
      throughNorm(dPooled, means, into: dMeans)
      spread(dMeans, tokens: tokens, into: dOutput)
    } else {
      let dNormalized = workspace.matrix(.normalized, rows: output.rows, columns: width)
      spread(dPooled, tokens: tokens, into: dNormalized)
      throughNorm(dNormalized, output, into: dOutput)
    }
  }

  /// The vector-Jacobian product of the mean over all tokens but the class token.
  private func spread(_ dMeans: MatrixView, tokens: Int, into rows: MatrixView) {
    let share = 1 / Float(tokens - 1), width = rows.columns
    for row in 0..<rows.rows {
      let target = rows.start + row * width, source = dMeans.start + row / tokens * width
      for column in 0..<width { target[column] = row % tokens == 0 ? 0 : source[column] * share }
    }
  }
}

package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

extension VisionTower: TrainableTower {
  package var keepsEmbedded: Bool { preNorm != nil }
  package var firstNorm: LayerNorm? { preNorm }

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
    // One product over all rows: a class token's stand against patches of zeros.
    let memory = MatrixMemory()
    let patches = memory.matrix(chunk.rows, columns)
    let sequences = chunk.groups.flatMap(\.sequences)
    pool.forEach(sequences.count) { index in
      let rows = patches.rows(index * tokens..<(index + 1) * tokens)
      rows.start.update(repeating: 0, count: prefix * columns)
      PatchOperator.forward(
        input.pointer + sequences[index] * 3 * size * size, size: size, side: side, into: rows.rows(prefix..<tokens))
    }
    let weight = MatrixView(gradients.patchWeight.pointer, rows: width, columns: columns)
    let parts = WeightGradientPart.parts(gradient, patches, into: weight)
    pool.forEach(parts.count + 1) { index in
      if index < parts.count { return parts[index].run() }
      for sequence in sequences.indices {
        let rows = gradient.start + sequence * tokens * width
        RowOperator.add(rows, to: gradients.positionalEmbedding.mutablePointer, count: tokens * width)
        if let sum = gradients.classEmbedding { RowOperator.add(rows, to: sum.mutablePointer, count: width) }
        if let sum = gradients.patchBias {
          RowOperator.addColumnSums(
            of: MatrixView(rows + prefix * width, rows: tokens - prefix, columns: width), to: sum.mutablePointer)
        }
      }
    }
    withExtendedLifetime(memory) {}
  }
}

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
    gradients: ParameterBlock, in products: ProductArithmetic, on pool: ThreadPool
  ) {
    var gradient = dx
    if let embedded, let preNorm {
      LayerNormOperator.backward(
        dx, x: embedded, weight: preNorm.weight, epsilon: preNorm.epsilon, dx: spare,
        dWeight: gradients.memory(of: preNorm.weight).start, dBias: gradients.memory(of: preNorm.bias).start,
        lanes: .pooled(pool))
      gradient = spare
    }
    let size = configuration.imageSize, side = configuration.patchSize, tokens = configuration.tokens
    let sequences = chunk.groups.flatMap(\.sequences), images = input.reading
    // One product over all rows: a class token's stand against patches of zeros.
    MatrixMemory.lend { memory in
      let patches = memory.matrix(chunk.rows, 3 * side * side)
      pool.forEach(sequences.count) { index in
        let rows = patches.rows(index * tokens..<(index + 1) * tokens), image = sequences[index]
        rows.rows(0..<prefix).fill(0)
        PatchOperator.forward(
          images.rows(image..<image + 1), size: size, side: side, into: rows.rows(prefix..<tokens))
      }
      let parts = WeightGradientPart.parts(gradient, patches, into: gradients.memory(of: patchWeight), in: products)
      pool.forEach(parts.count + 1) { index in
        if index < parts.count { return parts[index].run() }
        for sequence in sequences.indices {
          let rows = gradient.rows(sequence * tokens..<(sequence + 1) * tokens)
          RowOperator.add(rows, to: gradients.memory(of: positionalEmbedding))
          if let classEmbedding { RowOperator.add(rows, to: gradients.memory(of: classEmbedding)) }
          if let patchBias {
            RowOperator.addColumnSums(of: rows.rows(prefix..<tokens), to: gradients.memory(of: patchBias).start)
          }
        }
      }
    }
  }
}

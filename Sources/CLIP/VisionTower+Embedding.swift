package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

extension VisionTower: TrainableTower {
  package var firstNorm: LayerNorm? { preNorm }
  package static var normNames: (first: String?, last: String) { ("ln_pre", "ln_post") }

  /// - Parameter input: `[batch, 3, imageSize, imageSize]`
  package func lengths(of input: Tensor) -> [Int] { Array(repeating: configuration.tokens, count: input.shape[0]) }

  /// The class token.
  package func position(of sequence: Int, in input: Tensor) -> Int { 0 }

  /// Patches, class token and positions.
  package func embed(
    _ input: Tensor, _ sequences: some Collection<Int>, tokens: Int, into x: MatrixView, _ workspace: Workspace
  ) {
    let side = configuration.patchSize, images = input.reading
    let patches = workspace.matrix(.patches, rows: configuration.patches, columns: 3 * side * side)
    for (index, image) in sequences.enumerated() {
      let rows = x.rows(index * tokens..<(index + 1) * tokens), placed = rows.rows(prefix..<tokens)
      PatchOperator.forward(
        images.rows(image..<image + 1), size: configuration.imageSize, side: side, into: patches)
      workspace.lanes.rounding?.round(patches, .patches)
      rows.set(positionalEmbedding)
      if let classEmbedding { RowOperator.add(classEmbedding, to: rows.rows(0..<1)) }
      if let patchBias { RowOperator.addBias(patchBias, to: placed) }
      LinearOperator.forward(
        patches, weight: patchWeight, packed: packedPatches, into: placed, accumulating: true, lanes: workspace.lanes)
    }
  }

  package func embedBackward(
    _ input: Tensor, _ chunk: TrainingPlan.Chunk, dx: MatrixView, gradients: ParameterBlock,
    in lanes: Lanes, on pool: ThreadPool
  ) {
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
        lanes.rounding?.round(rows.rows(prefix..<tokens), .patches)
      }
      let parts = WeightGradientPart.parts(dx, patches, into: gradients.memory(of: patchWeight), in: lanes.products)
      pool.forEach(parts.count + 1) { index in
        if index < parts.count { return parts[index].run() }
        for sequence in sequences.indices {
          let rows = dx.rows(sequence * tokens..<(sequence + 1) * tokens)
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

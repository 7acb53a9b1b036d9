package import CLIPCompute
package import CLIPLayers
package import CLIPTensors

/// Token ids of a batch of texts, ready for the tower: checked, and with the position that is read of each.
package struct TextBatch: Sendable {
  /// `[batch, contextLength]`, row by row.
  package let ids: [Int32]
  package let positions: [Int]
}

extension TextTower: TrainableTower {
  /// - Parameter ids: `[batch, contextLength]`, row by row
  /// - Throws: ``ShapeError`` when the ids do not fill whole texts; ``TokenRangeError`` for an id outside the vocabulary.
  package func batch(_ ids: [Int32]) throws -> TextBatch { TextBatch(ids: ids, positions: try pooledPositions(ids)) }

  package var firstNorm: LayerNorm? { nil }
  package static var normNames: (first: String?, last: String) { (nil, "ln_final") }

  package func lengths(of input: TextBatch) -> [Int] {
    configuration.noCausalMask
      ? Array(repeating: configuration.contextLength, count: input.positions.count) : input.positions.map { $0 + 1 }
  }

  package func position(of sequence: Int, in input: TextBatch) -> Int { input.positions[sequence] }

  package func embed(
    _ input: TextBatch, _ sequences: some Collection<Int>, tokens: Int, into x: MatrixView, _ workspace: Workspace
  ) {
    for (index, text) in sequences.enumerated() {
      TokenEmbeddingOperator.forward(
        ids(input, text, tokens), table: tokenEmbedding, positions: positionalEmbedding,
        into: x.rows(index * tokens..<(index + 1) * tokens))
    }
  }

  package func embedBackward(
    _ input: TextBatch, _ chunk: TrainingPlan.Chunk, dx: MatrixView, gradients: ParameterBlock,
    in lanes: Lanes, on pool: ThreadPool
  ) {
    for group in chunk.groups {
      TokenEmbeddingOperator.backward(
        dx.rows(group.rows), ids: group.sequences.flatMap { ids(input, $0, group.tokens) }, tokens: group.tokens,
        dTable: gradients.memory(of: tokenEmbedding), dPositions: gradients.memory(of: positionalEmbedding))
    }
  }

  /// A text's first tokens.
  private func ids(_ input: TextBatch, _ text: Int, _ tokens: Int) -> ArraySlice<Int32> {
    let first = text * configuration.contextLength
    return input.ids[first..<first + tokens]
  }
}

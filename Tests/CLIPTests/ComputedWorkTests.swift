import CLIPCompute
import CLIPLayers
import CLIPModelShapes
import CLIPModels
import CLIPTensors
import Testing

/// Counts a block's multiply-adds by the rows that reach each step, as the runtime hands them on.
private final class CountingArithmetic: BlockArithmetic {
  let extent: SequenceExtent
  private(set) var multiplyAdds = 0

  init(_ extent: SequenceExtent) { self.extent = extent }

  func norm(_ stream: inout Int, _ norm: LayerNorm, at part: BlockPart) -> Int { stream }
  func norm(_ rows: Int, _ norm: LayerNorm, at part: BlockPart) -> Int { rows }

  func attend(_ rows: Int, _ attention: MultiHeadAttention, _ stream: inout Int) -> Int {
    let width = attention.inputWeight.shape[1], inner = attention.inner
    let asking: Int, projected: Int
    switch extent.asking {
    case .all: (asking, projected) = (rows, 3 * rows)
    case .tokens: (asking, projected) = (extent.askingRows.count, 2 * rows + extent.askingRows.count)
    case .learned: (asking, projected) = (extent.sequences, 2 * rows)
    }
    multiplyAdds += projected * width * inner + 2 * asking * extent.tokens * inner
    stream = asking
    return asking
  }

  func expand(_ rows: Int, _ layer: FeedForward) -> Int {
    let matrices = layer.gate == nil ? 1 : 2
    multiplyAdds += matrices * rows * layer.expansion.weight.count
    return rows
  }

  func add(_ rows: Int, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout Int) {
    multiplyAdds += rows * layer.weight.count
    #expect(rows == stream)
  }
}

@Suite("What is computed is what is priced")
struct ComputedWorkTests {
  private static func blocks(_ transformer: Transformer, tokens: Int) -> Int {
    var stream = tokens, sum = 0
    for (number, block) in transformer.chain.enumerated() {
      let counting = CountingArithmetic(
        transformer.extent(number, sequences: 1, tokens: stream, positions: [tokens - 1]))
      block.run(&stream, in: counting)
      sum += counting.multiplyAdds
    }
    return sum
  }

  @Test(
    "the rows that the runtime's own extents hand from step to step are the use's multiply-adds",
    arguments: [
      ("class", VisionConfiguration.Pooling.tok, nil as Int?, false), ("class, short text", .tok, 7, false),
      ("mean", .avg, nil, false), ("gated", .tok, nil, true),
    ])
  func counted(name: String, pool: VisionConfiguration.Pooling, textTokens: Int?, isGated: Bool) throws {
    var model = CLIPConfiguration(
      embedDimension: 24,
      vision: VisionConfiguration(
        imageSize: 32, patchSize: 8, width: 32, layers: 3, heads: 2, headWidth: 16, mlpWidth: 48),
      text: TextConfiguration(contextLength: 12, vocabularySize: 40, width: 16, layers: 2, heads: 2, mlpWidth: 40))
    model.vision.poolType = pool
    model.vision.headsPerLayer = [2, 1, 2]
    model.vision.tower.isGated = isGated
    let built = try CLIPModel(model, from: InitialParameters(model, seed: 1, pool: ThreadPool(threads: 1)))
    let use = ModelUse(textTokens: textTokens, lastBlock: .pooledToken), expected = model.multiplyAdds(in: use)
    let vision = model.vision
    let patches = vision.patches * 3 * vision.patchSize * vision.patchSize * vision.width
    #expect(
      Self.blocks(built.vision.transformer, tokens: vision.tokens) + patches + vision.width * 24 == expected.image)
    #expect(
      Self.blocks(built.text.transformer, tokens: textTokens ?? 12) + model.text.width * 24 == expected.text)
  }
}

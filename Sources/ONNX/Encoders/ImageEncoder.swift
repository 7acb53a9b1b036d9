import CLIPModels
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// An image tower's nodes; the same steps as ``VisionTower``.
struct ImageEncoder<Arithmetic: EncoderArithmetic> {
  private let tower: VisionTower
  private let arithmetic: Arithmetic

  init(_ tower: VisionTower, _ arithmetic: Arithmetic) {
    self.tower = tower
    self.arithmetic = arithmetic
  }

  private var shape: VisionConfiguration { tower.configuration }

  /// Adds everything from pixels to features of unit length.
  ///
  /// - Parameters:
  ///   - pixels: `[batch, 3, imageSize, imageSize]`
  ///   - name: of the result, `[batch, embed]`
  func add(_ pixels: GraphValue, named name: String, in graph: inout GraphBuilder) {
    let tokens = shape.tokens, readsClassToken = shape.poolType == .tok
    var x = embed(pixels, in: &graph)
    let blocks = tower.transformer.blocks
    for (number, block) in blocks.enumerated() {
      let isLast = number == blocks.count - 1
      x = BlockGraph(
        block: block, path: "visual.transformer.resblocks.\(number)", tokens: tokens, mask: nil, arithmetic: arithmetic
      ).add(x, reading: isLast && readsClassToken ? .fixed(0) : nil, in: &graph)
    }
    let endsInNorm = readsClassToken || shape.finalLayerNormAfterPool
    if readsClassToken {
      x = norm(x, before: "visual.proj", in: &graph)
    } else if endsInNorm {
      x = norm(mean(x, in: &graph), before: "visual.proj", in: &graph)
    } else {
      x = mean(norm(x, before: nil, in: &graph), in: &graph)
    }
    x = arithmetic.input(
      x, at: "visual.proj", isNormalized: endsInNorm, named: "visual.proj_input", in: &graph)
    x = arithmetic.linear(
      x, LinearPart(projection: "visual.proj", named: "visual.features", tower.projection), in: &graph)
    graph.finish(x, width: tower.projection.shape[1], named: name)
  }

  /// Class token and patches with their positions, `[batch, tokens, width]`.
  private func embed(_ pixels: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    let width = shape.width
    let grid = arithmetic.patches(pixels, tower.patchWeight, in: &graph)
    let columns = graph.reshape(grid, [0, width, shape.patches], named: "visual.patches_of_channels")
    let patches = graph.transpose(columns, [0, 2, 1], named: "visual.patches")  // [batch, patches, width]
    let row = arithmetic.rows(
      tower.classEmbedding.reshaped(to: [1, width]), named: "visual.class_embedding", in: &graph)
    let batch = graph.add(.shape, [pixels], [.whole("end", 1)], named: "visual.batch")
    let extent = graph.add(
      .concat, [batch, graph.integers([1, width])], [.whole("axis", 0)], named: "visual.class_tokens_shape")
    let classTokens = graph.add(.expand, [row, extent], named: "visual.class_tokens")  // [batch, 1, width]
    let tokens = graph.add(.concat, [classTokens, patches], [.whole("axis", 1)], named: "visual.tokens")
    let positions = arithmetic.rows(
      tower.positionalEmbedding, named: "visual.positional_embedding", in: &graph)
    let placed = graph.add(.add, [tokens, positions], named: "visual.placed_tokens")
    guard let preNorm = tower.preNorm else { return placed }
    return arithmetic.norm(placed, preNorm, at: "visual.ln_pre", before: nil, in: &graph)
  }

  private func norm(_ x: GraphValue, before place: String?, in graph: inout GraphBuilder) -> GraphValue {
    arithmetic.norm(x, tower.postNorm, at: "visual.ln_post", before: place, in: &graph)
  }

  /// The mean over all tokens but the class token, `[batch, 1, width]`.
  private func mean(_ x: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    let patches = graph.add(
      .slice, [x, graph.integers([1]), graph.integers([shape.tokens]), graph.integers([1])],
      named: "visual.encoded_patches")
    return graph.add(
      .reduceMean, [patches], [.list("axes", [1]), .whole("keepdims", 1)], named: "visual.mean")
  }
}

extension GraphBuilder {
  /// A tower's result, `[batch, width]` of `[batch, 1, width]`: each row over its length, or over 1e-12 where it is
  /// shorter; see ``NormalizeOperator``.
  mutating func finish(_ x: GraphValue, width: Int, named name: String) {
    let rows = reshape(x, [-1, width], named: "unscaled_features")
    let length = add(.reduceL2, [rows], [.list("axes", [-1]), .whole("keepdims", 1)], named: "length")
    let divisor = add(.max, [length, number(1e-12)], named: "divisor")
    _ = add(.div, [rows, divisor], named: name)
  }
}

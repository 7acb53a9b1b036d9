import CLIPModels
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// An image tower's nodes.
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
    let x = embed(pixels, in: &graph)
    TowerGraph(
      tower: tower, arithmetic: arithmetic, lastNormPath: shape.lastNormPath, projectionPath: "visual.proj",
      prefix: "visual."
    ).add(x, reading: .fixed(0), mask: nil, named: name, in: &graph)
  }

  /// Class token and patches with their positions, `[batch, tokens, width]`.
  private func embed(_ pixels: GraphValue, in graph: inout GraphBuilder) -> GraphValue {
    let width = shape.width
    let grid = arithmetic.patches(pixels, tower.patchWeight, in: &graph)
    let columns = graph.reshape(grid, [0, width, shape.patches], named: "visual.patches_of_channels")
    var tokens = graph.transpose(columns, [0, 2, 1], named: "visual.patches")  // [batch, patches, width]
    if let bias = tower.patchBias {
      tokens = graph.add(.add, [tokens, graph.parameter("visual.conv1.bias", bias)], named: "visual.biased_patches")
    }
    if let classEmbedding = tower.classEmbedding {
      let row = arithmetic.rows(classEmbedding.reshaped(to: [1, width]), named: "visual.class_embedding", in: &graph)
      let batch = graph.add(.shape, [pixels], [.whole("end", 1)], named: "visual.batch")
      let extent = graph.add(
        .concat, [batch, graph.integers([1, width])], [.whole("axis", 0)], named: "visual.class_tokens_shape")
      let classTokens = graph.add(.expand, [row, extent], named: "visual.class_tokens")  // [batch, 1, width]
      tokens = graph.add(.concat, [classTokens, tokens], [.whole("axis", 1)], named: "visual.tokens")
    }
    let positions = arithmetic.rows(
      tower.positionalEmbedding, named: "visual.positional_embedding", in: &graph)
    let placed = graph.add(.add, [tokens, positions], named: "visual.placed_tokens")
    guard let preNorm = tower.preNorm else { return placed }
    return arithmetic.norm(placed, preNorm, at: "visual.ln_pre", before: nil, in: &graph)
  }
}

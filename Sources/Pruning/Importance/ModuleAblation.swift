import CLIPModels
import CLIPCompute
import CLIPEvaluation
import CLIPLayers
import CLIPModelShapes
import CLIPTensors

/// What the accuracy loses when one module is left out: MoPE's score (arXiv:2403.07839, equation 2).
///
/// The stream up to the module's layer is computed once for all modules of the layer.
struct ModuleAblation {
  private let data: CalibrationSet
  private let image: Tensor
  private let text: Tensor
  private let accuracy: Double

  init(_ context: RankingContext) throws {
    data = try context.requiredCalibration()
    image = try data.gathered(try context.model.imageFeatures(data.images, on: context.pool), context.ranks)
    text = try data.gathered(try context.model.textFeatures(data.ids, on: context.pool), context.ranks)
    accuracy = try Self.accuracy(image, text, context.pool)
  }

  func vision(_ context: RankingContext) throws -> TowerImportance {
    try scores("vision", context.model.vision, context.configuration.vision, data.images, context) {
      try Self.accuracy(try data.gathered($0.normalizedRows(), context.ranks), text, context.pool)
    }
  }

  func text(_ context: RankingContext) throws -> TowerImportance {
    let tower = context.model.text
    return try scores("text", tower, context.configuration.text, try tower.batch(data.ids), context) {
      try Self.accuracy(image, try data.gathered($0.normalizedRows(), context.ranks), context.pool)
    }
  }

  /// Mean recall@1 of the pairs.
  private static func accuracy(_ image: Tensor, _ text: Tensor, _ pool: ThreadPool) throws -> Double {
    try RetrievalMetrics(image: image, text: text, owner: Array(0..<image.shape[0]), on: pool).meanRecallAt1
  }

  private func scores<Tower: TrainableTower>(
    _ name: String, _ tower: Tower, _ shape: some TowerConfiguration, _ input: Tower.Input, _ context: RankingContext,
    accuracy measure: (Tensor) throws -> Double
  ) throws -> TowerImportance {
    var scores = TowerImportance(zerosFor: shape)
    let blocks = tower.transformer.blocks
    let layout = try TokenLayout(tower, input, seed: context.seed, context.ranks)
    let stream = TowerStream(tower, input, layout, in: .float32, on: context.pool)
    let total = blocks.reduce(0) { $0 + $1.attention.heads + ReferenceImportance.parts }
    var done = 0
    for (layer, block) in blocks.enumerated() {
      func lost(_ kind: String, _ number: Int, _ changed: () -> ResidualBlock) throws -> Double {
        defer { done += 1 }
        return try context.scores("mope.\(name).\(layer).\(kind).\(number)", count: 1) {
          try context.checkStop()
          let way = stream.copy()
          way.run(changed())
          for later in blocks.dropFirst(layer + 1) { way.run(later) }
          context.progress("modules of the \(name) tower", done + 1, total)
          return [accuracy - (try measure(way.features(tower)))]
        }[0]
      }
      for head in 0..<block.attention.heads {
        let width = shape.headWidth
        scores.heads[layer][head] = try lost("head", head) {
          var copy = block
          copy.attention.output.weight = Self.clearing(
            head * width..<(head + 1) * width, of: block.attention.output.weight)
          return copy
        }
      }
      let hidden = shape.mlpWidth[layer], parts = ReferenceImportance.parts
      for part in 0..<parts {
        let units = hidden * part / parts..<hidden * (part + 1) / parts
        let score = try lost("eighth", part) {
          var copy = block
          copy.feedForward.contraction.weight = Self.clearing(units, of: block.feedForward.contraction.weight)
          return copy
        }
        for unit in units { scores.units[layer][unit] = score }
      }
      stream.run(block)
    }
    return scores
  }

  /// A matrix with some columns set to zero.
  private static func clearing(_ columns: Range<Int>, of weight: Tensor) -> Tensor {
    var copy = weight
    let width = weight.shape[1]
    copy.withUnsafeMutableElements { target in
      for row in 0..<weight.shape[0] { for column in columns { target[row * width + column] = 0 } }
    }
    return copy
  }
}

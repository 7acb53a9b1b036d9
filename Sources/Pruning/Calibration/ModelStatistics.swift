import CLIPModels
import CLIPCompute
import CLIPTensors

/// What a calibration set shows of both towers.
struct ModelStatistics {
  let vision: TowerStatistics
  let text: TowerStatistics
  /// Unit-length features, `[pairs, embed]`.
  let image: Tensor
  let caption: Tensor

  /// - Throws: `CancellationError` when asked to stop.
  init(_ context: RankingContext) throws {
    let data = try context.requiredCalibration(), model = context.model
    let layers = (vision: model.configuration.vision.layers, text: model.configuration.text.layers)
    let total = layers.vision + layers.text
    let ids = try model.text.batch(data.ids)
    vision = try TowerStatistics(model.vision, context.memory.freshVisionTrace(data), on: context.pool) {
      try context.checkStop()
      context.progress("activations", $0, total)
    }
    text = try TowerStatistics(model.text, context.memory.freshTextTrace(ids), on: context.pool) {
      try context.checkStop()
      context.progress("activations", layers.vision + $0, total)
    }
    image = vision.features.normalizedRows()
    caption = text.features.normalizedRows()
  }

  /// The variance of each dimension of the unit-length features, over images plus over texts.
  var embeddingVariance: [Double] {
    func variance(_ x: Tensor) -> [Double] {
      let mean = RowStatistics.mean(x)
      var sums = [Double](repeating: 0, count: mean.count)
      for (index, value) in x.elements.enumerated() {
        let difference = Double(value) - mean[index % mean.count]
        sums[index % mean.count] += difference * difference
      }
      return sums.map { $0 / Double(max(x.shape[0], 1)) }
    }
    return zip(variance(image), variance(caption)).map { $0 + $1 }
  }
}

extension TokenLayout {
  /// The tokens of an input to a tower.
  init<Tower: TrainableTower>(_ tower: Tower, _ input: Tower.Input, seed: UInt64) {
    let lengths = tower.lengths(of: input)
    self.init(
      lengths: lengths,
      positions: tower.readsOneToken ? lengths.indices.map { tower.position(of: $0, in: input) } : nil,
      width: tower.transformer.width, seed: seed)
  }
}

import CLIPModels
import CLIPCompute
import CLIPRanks
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
    vision = try TowerStatistics(model.vision, context.memory.freshVisionTrace(data), by: context.sums) {
      try context.checkStop()
      context.progress("activations", $0, total)
    }
    text = try TowerStatistics(model.text, context.memory.freshTextTrace(ids), by: context.sums) {
      try context.checkStop()
      context.progress("activations", layers.vision + $0, total)
    }
    image = try data.gathered(vision.features.normalizedRows(), context.ranks)
    caption = try data.gathered(text.features.normalizedRows(), context.ranks)
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
  /// The tokens of an input to a tower. Ranks take as many rows together as one process does, each in proportion to its own.
  /// - Throws: what ranks throw.
  init<Tower: TrainableTower>(
    _ tower: Tower, _ input: Tower.Input, seed: UInt64, _ ranks: (any RankGroup)?
  ) throws {
    let lengths = tower.lengths(of: input), own = lengths.reduce(0, +)
    let all = try ranks?.gather(own).reduce(0, +) ?? own
    self.init(
      lengths: lengths,
      positions: tower.readsOneToken ? lengths.indices.map { tower.position(of: $0, in: input) } : nil,
      width: tower.transformer.width, samples: Self.maximumSamples * own / max(all, 1), seed: seed, rank: ranks?.rank)
  }
}

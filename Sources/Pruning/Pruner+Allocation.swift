public import CLIPModels
import CLIPFiles
import CLIPModelShapes
import CLIPLayers
import CLIPTensors

extension Pruner {
  /// Pairs for what takes a pass for each thing measured: fewer for a model whose every pass takes long.
  static func fewPairs(for model: CLIPConfiguration) -> Int {
    min(256, max(64, 200_000_000_000 / max(model.imageMultiplyAdds, 1)))
  }

  /// Measures what each axis of both towers costs in agreement with the whole model.
  func measureSensitivity(_ importance: Importance, _ context: RankingContext) throws -> ModelSensitivity {
    let data = try context.requiredCalibration().prefix(Self.fewPairs(for: model.configuration))
    let (image, text) = try context.memory.forOtherPairs().features(data)
    let agreement = Agreement(image: image, text: text, scale: model.scale, pool: pool)
    let statistics = try context.statistics()
    let dense = PruningPlan(keepingAllOf: model.configuration)
    let vision = try SensitivityMeasurement(
      name: "vision", tower: model.vision, statistics: statistics.vision, importance: importance.vision,
      options: compensation, context: context,
      divergence: { agreement.imageDivergence(try data.gathered($0, context.ranks)) }
    ).run(data.images) { channels in
      var plan = dense
      plan.vision.channels = channels
      let (model, weights) = try cut(plan)
      return (model.vision, weights)
    }
    let sensitivity = try SensitivityMeasurement(
      name: "text", tower: model.text, statistics: statistics.text, importance: importance.text,
      options: compensation, context: context,
      divergence: { agreement.textDivergence(try data.gathered($0, context.ranks)) }
    ).run(try model.text.batch(data.ids)) { channels in
      var plan = dense
      plan.text.channels = channels
      let (model, weights) = try cut(plan)
      return (model.text, weights)
    }
    return ModelSensitivity(vision: vision, text: sensitivity)
  }

  /// How far a pruned model's affinities between pictures and texts are from the whole model's: the mean Kullback-Leibler
  /// divergence over pictures plus that over texts, zero for the whole model.
  /// - Throws: ``ShapeError`` for pairs of another size.
  public func divergence(of pruned: CLIPModel, on calibration: CalibrationSet) throws -> Double {
    let data = calibration.prefix(256)
    func features(_ model: CLIPModel) throws -> (image: Tensor, text: Tensor) {
      (
        try data.gathered(try model.imageFeatures(data.images, on: pool), group),
        try data.gathered(try model.textFeatures(data.ids, on: pool), group)
      )
    }
    let whole = try features(model), own = try features(pruned)
    return Agreement(image: whole.image, text: whole.text, scale: model.scale, pool: pool)
      .divergence(image: own.image, text: own.text)
  }

  /// The model cut as a plan says and nothing else, and the memory of its own that it reads.
  func cut(_ plan: PruningPlan) throws -> (model: CLIPModel, weights: ParameterBlock) {
    let weights = try ParameterBlock(
      ParameterList(plan.configuration).parameters, from: PrunedParameters(AnyParameters(parameters), plan))
    return (try CLIPModel(plan.configuration, from: weights), weights)
  }
}

extension TowerSensitivity {
  /// The curves of the layers that stay.
  func keeping(_ layers: [Int]) -> TowerSensitivity {
    TowerSensitivity(width: width, heads: layers.map { heads[$0] }, units: layers.map { units[$0] })
  }
}

import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPTensors

extension Pruner {
  /// Pairs that the logit scale is searched on.
  private static let scalePairs = 512

  /// Corrects the weights that stay, in place.
  ///
  /// - Parameters:
  ///   - weights: what the pruned model reads
  ///   - memory: what cuts before have shown of the pairs
  /// - Returns: what each block's output still lacks; empty where nothing is looked at
  func compensate(
    _ pruned: CLIPModel, _ weights: ParameterBlock, _ plan: PruningPlan, _ calibration: CalibrationSet?,
    _ memory: PruningMemory
  ) throws -> (vision: [Double], text: [Double]) {
    guard compensation.needsData, !plan.keepsAll else { return ([], []) }
    guard let calibration else { throw CalibrationMissing.error }
    let (image, text) = try memory.features(self, calibration)
    let embedding = embeddingMap(pruned, weights, plan, image, text)
    let total = plan.vision.layers.count + plan.text.layers.count
    let visionErrors = try TowerCompensation(
      dense: model.vision, pruned: pruned.vision, weights: weights, plan: plan.vision, options: compensation,
      map: Self.map(plan.vision.channels, of: model.vision.configuration.width), embedding: embedding, pool: pool
    ).run(calibration.images, memory.visionTrace(self, calibration)) {
      try step("compensation", $0, total)
    }
    let ids = try model.text.batch(calibration.ids)
    let textErrors = try TowerCompensation(
      dense: model.text, pruned: pruned.text, weights: weights, plan: plan.text, options: compensation,
      map: Self.map(plan.text.channels, of: model.text.configuration.width), embedding: embedding, pool: pool
    ).run(ids, memory.textTrace(self, ids)) {
      try step("compensation", plan.vision.layers.count + $0, total)
    }
    if compensation.fitsLogitScale, model.logitBias == nil {
      let few = calibration.prefix(Self.scalePairs), rows = 0..<few.count
      weights.memory(of: pruned.logitScale).start.pointee = LogitScaleSearch.best(
        teacher: (image.rows(rows), text.rows(rows)), scale: model.scale,
        student: (
          try pruned.imageFeatures(few.images, on: pool), try pruned.textFeatures(few.ids, on: pool)
        ), on: pool)
    }
    return (visionErrors.map(\.relative), textErrors.map(\.relative))
  }

  private func step(_ stage: String, _ done: Int, _ total: Int) throws {
    if shouldStop() { throw CancellationError() }
    progress(stage, done, total)
  }

  private static func map(_ kept: [Int], of count: Int) -> StreamMap {
    kept.count == count ? .identity : StreamMap(kind: .channels(kept))
  }

  /// From the dense features to the shorter ones; with a rotation the projections are turned too.
  private func embeddingMap(
    _ pruned: CLIPModel, _ weights: ParameterBlock, _ plan: PruningPlan, _ image: Tensor, _ text: Tensor
  ) -> StreamMap {
    let length = plan.embedding.count
    guard compensation.rotates, length < plan.dense.embedDimension,
      let basis = EmbeddingBasis.directions(image, text, length: length, on: pool)
    else { return Self.map(plan.embedding, of: plan.dense.embedDimension) }
    let pairs = [
      (pruned.vision.projectionMatrix, model.vision.projectionMatrix, plan.vision.channels),
      (pruned.text.projectionMatrix, model.text.projectionMatrix, plan.text.channels),
    ]
    for case (let target?, let source?, let channels) in pairs {
      EmbeddingBasis.apply(basis, to: target, in: weights, from: source, channels: channels)
    }
    return StreamMap(kind: .basis(basis))
  }
}

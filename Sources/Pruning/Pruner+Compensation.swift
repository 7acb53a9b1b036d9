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
    let ids = try model.text.batch(calibration.ids)
    let embedding = try embeddingMap(pruned, weights, plan, calibration, memory)
    let total = plan.vision.layers.count + plan.text.layers.count
    let visionTrace = try memory.visionTrace(calibration), sums = RowSums(on: pool, ranks: group)
    let vision = try TowerCompensation(
      dense: model.vision, pruned: pruned.vision, weights: weights, plan: plan.vision, options: compensation,
      map: Self.map(plan.vision.channels, of: model.vision.configuration.width), embedding: embedding, sums: sums
    ).run(calibration.images, visionTrace) {
      try step("compensation", $0, total)
    }
    let textTrace = try memory.textTrace(ids)
    let text = try TowerCompensation(
      dense: model.text, pruned: pruned.text, weights: weights, plan: plan.text, options: compensation,
      map: Self.map(plan.text.channels, of: model.text.configuration.width), embedding: embedding, sums: sums
    ).run(ids, textTrace) {
      try step("compensation", plan.vision.layers.count + $0, total)
    }
    if compensation.fitsLogitScale, model.logitBias == nil {
      let few = min(calibration.count, Self.scalePairs)
      func unit(_ features: Tensor) throws -> Tensor {
        try calibration.gathered(features, group).rows(0..<few).normalizedRows()
      }
      weights.memory(of: pruned.logitScale).start.pointee = LogitScaleSearch.best(
        teacher: (try unit(visionTrace.ending().features), try unit(textTrace.ending().features)), scale: model.scale,
        student: (try unit(vision.features), try unit(text.features)), on: pool)
    }
    // All have the same weights, even where their processors round differently.
    try group?.broadcast(UnsafeMutableRawBufferPointer(weights.memory(of: 0..<weights.entries.count)))
    return (vision.errors.map(\.relative), text.errors.map(\.relative))
  }

  private func step(_ stage: String, _ done: Int, _ total: Int) throws {
    if try group?.any(shouldStop()) ?? shouldStop() { throw CancellationError() }
    progress(stage, done, total)
  }

  private static func map(_ kept: [Int], of count: Int) -> StreamMap {
    kept.count == count ? .identity : StreamMap(kind: .channels(kept))
  }

  /// From the dense features to the shorter ones; with a rotation the projections are turned too.
  private func embeddingMap(
    _ pruned: CLIPModel, _ weights: ParameterBlock, _ plan: PruningPlan, _ pairs: CalibrationSet,
    _ memory: PruningMemory
  ) throws -> StreamMap {
    let length = plan.embedding.count
    let few = Self.map(plan.embedding, of: plan.dense.embedDimension)
    guard compensation.rotates, length < plan.dense.embedDimension else { return few }
    let (image, text) = try memory.features(pairs)
    guard let basis = EmbeddingBasis.directions(image, text, length: length, on: pool) else { return few }
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

import CLIPModelShapes

extension PruningPlan {
  /// The plan that keeps the most important parts that a shape has room for.
  ///
  /// - Parameter target: a shape that the dense model can be cut to; see ``ShapeRequest``
  init(_ importance: Importance, target: CLIPConfiguration, of dense: CLIPConfiguration) {
    self.init(keepingAllOf: dense)
    vision = Self.select(importance.vision, target.vision)
    text = Self.select(importance.text, target.text)
    embedding = importance.embedding.largest(target.embedDimension)
  }

  private static func select(_ scores: TowerImportance, _ target: some TowerConfiguration) -> TowerPlan {
    let layers = scores.layers.largest(target.layers)
    return TowerPlan(
      layers: layers, channels: scores.channels.largest(target.width),
      heads: layers.enumerated().map { scores.heads[$1].largest(target.headsPerLayer[$0]) },
      units: layers.enumerated().map { scores.units[$1].largest(target.mlpWidth[$0]) })
  }
}

package import CLIPAssessment

extension TrialRecord {
  /// A measured model on all accelerators.
  /// - Parameters:
  ///   - everything: the model on the designs of the space that matter
  ///   - chosen: the number of the design that the optimizer named, where it does
  package init(
    _ measurement: CandidateMeasurement, on everything: SpaceAssessment, _ recipe: SearchRecipe, chosen number: Int?
  ) {
    var chosen: Chosen?
    if let number, let one = everything.design(number), one.point.isPossible {
      chosen = Chosen(
        values: recipe.metrics.map { one.value(of: $0) },
        violations: recipe.limits.map { (one.value(of: $0.metric) - $0.most) / max($0.most, .leastNormalMagnitude) })
    }
    self.init(
      measurement,
      placements: everything.front(of: recipe.metrics).map { one in
        Placement(design: one.number, values: recipe.metrics.map { one.value(of: $0) })
      },
      extremes: Extreme.metrics.compactMap { metric in
        everything.least(metric).map { one in
          Extreme(metric: metric, design: one.number, values: Extreme.metrics.map { one.value(of: $0) })
        }
      }, chosen: chosen)
  }
}

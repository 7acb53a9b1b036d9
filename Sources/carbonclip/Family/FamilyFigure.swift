import Assessment
import Family
import Reports

/// Accuracy against carbon: the search's trials, the members, the hand-shaped baselines, the base model.
struct FamilyFigure {
  let comparison: FamilyComparison
  /// Accuracy on validation data and kg of every trial; empty where the study is not there.
  let trials: [(accuracy: Double, carbon: Double)]

  var svg: String {
    func points(_ kind: FamilyModel.Kind) -> [ScatterChart.Point] {
      comparison.prices.models.filter { $0.model.kind == kind && !$0.model.runs.isEmpty }.map { priced in
        let accuracy = priced.model.test(comparison.precision), carbon = priced.greenest.value(of: .carbon)
        return ScatterChart.Point(
          x: carbon * Metric.carbon.plotUnit.scale, y: accuracy.mean * 100,
          note: "\(FamilyTables.title(priced.model)) on \(priced.greenest.design): \(FamilyTables.accuracy(accuracy)), "
            + Metric.carbon.text(carbon),
          error: accuracy.seedError * 100, label: kind == .whole ? "" : FamilyTables.title(priced.model))
      }
    }
    let models = [FamilyModel.Kind.member, .baseline, .whole].flatMap(points)
    // Trials far below all that is compared would press it together.
    let least = (models.map(\.y).min() ?? 0) - 1.5
    return ScatterChart(
      title: "CarbonCLIP beside hand-shaped models of the same teacher",
      x: .init("carbon over the device's life (\(Metric.carbon.plotUnit.name))"),
      y: .init("mean recall@1, \(comparison.precision.rawValue) (%)"),
      series: [
        .init(
          "trials of the search",
          trials.map { .init(x: $0.carbon * Metric.carbon.plotUnit.scale, y: $0.accuracy * 100) }
            .filter { $0.y >= least }, style: .cloud, color: nil),
        .init("hand-shaped", points(.baseline), style: .dots, color: 1),
        .init("CarbonCLIP", points(.member), style: .line, color: 0),
        .init("base model", points(.whole), style: .rings, color: 3),
      ]
    ).svg
  }
}

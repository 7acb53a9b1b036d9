import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFamily
import CLIPReports
import CLIPUnits

/// Accuracy against carbon in two panels that never share an axis: above, the family and the hand-shaped models on test
/// data; below, every trial of the search on the validation data that it chose by.
struct FamilyFigure {
  /// One trial of the search.
  struct Trial {
    let number: Int
    /// On validation data.
    let accuracy: Double
    /// In kg, on its greenest accelerator.
    let carbon: Double
  }

  let comparison: FamilyComparison
  /// Empty where the study is not there: then there is one panel.
  let trials: [Trial]

  func svg() throws -> String {
    let models = comparison.prices.models.filter { !$0.model.runs.isEmpty }
    let bands = try UncertaintyStudy(models.compactMap(\.greenest.carbon), draws: 10_000, seed: 0).bands()
    let points = zip(models, bands).map { (priced: $0, point: point($0, $1)) }
    func of(_ kind: FamilyModel.Kind) -> [ScatterChart.Point] {
      points.filter { $0.priced.model.kind == kind }.map(\.point)
    }
    let carbonAxis = ScatterChart.Axis(
      "carbon over the device's life (\(Metric.carbon.plotUnit.name)); bars: 5 to 95 % of draws", isLogarithmic: true)
    let tested = ScatterChart(
      title: "On test data: CarbonCLIP beside hand-shaped models", x: carbonAxis,
      y: .init("mean recall@1, test data, \(comparison.precision.rawValue) (%)"),
      series: [
        .init("", Self.front(of(.baseline)), style: .path, color: 1),
        .init("hand-shaped, the best joined", of(.baseline), style: .dots, color: 1),
        .init("CarbonCLIP", of(.member), style: .line, color: 0),
        .init("base model", of(.whole), style: .rings, color: 3),
      ])
    guard !trials.isEmpty else { return tested.svg }
    return ScatterChart.stacked([tested, searched])
  }

  /// The search's trials, those that became members with their names.
  private var searched: ScatterChart {
    let unit = Metric.carbon.plotUnit
    func point(_ trial: Trial, label: String = "") -> ScatterChart.Point {
      .init(
        x: trial.carbon * unit.scale, y: trial.accuracy * 100,
        note: "trial \(trial.number): \(Figures.percent(trial.accuracy)), \(Metric.carbon.text(trial.carbon))",
        label: label)
    }
    let names = comparison.prices.models.reduce(into: [Int: String]()) { names, priced in
      if let trial = priced.model.trial { names[trial] = FamilyTables.title(priced.model) }
    }
    return ScatterChart(
      title: "On validation data: all \(trials.count) trials of the search, trained more briefly",
      x: .init("carbon over the device's life (\(unit.name))", isLogarithmic: true),
      y: .init("mean recall@1, validation data, \(comparison.precision.rawValue) (%)"),
      series: [
        .init("trials", trials.map { point($0) }, style: .cloud, color: nil),
        .init(
          "the members' trials", trials.compactMap { one in names[one.number].map { point(one, label: $0) } },
          style: .dots, color: 0),
      ])
  }

  private func point(_ priced: FamilyPrices.Priced, _ band: CarbonBand) -> ScatterChart.Point {
    let accuracy = priced.model.test(comparison.precision), carbon = priced.greenest.value(of: .carbon)
    let scale = Metric.carbon.plotUnit.scale
    return ScatterChart.Point(
      x: carbon * scale, y: accuracy.mean * 100,
      note: "\(FamilyTables.title(priced.model)) on \(priced.greenest.design): \(FamilyTables.accuracy(accuracy)), "
        + "\(Metric.carbon.text(carbon)) (\(band.low) to \(band.high))",
      error: accuracy.seedError * 100, across: band.low.value * scale...max(band.low, band.high).value * scale,
      label: priced.model.kind == .whole ? "" : FamilyTables.title(priced.model))
  }

  /// The points that no other beats in accuracy and carbon.
  private static func front(_ points: [ScatterChart.Point]) -> [ScatterChart.Point] {
    points.filter { one in
      !points.contains { $0.x <= one.x && $0.y >= one.y && ($0.x < one.x || $0.y > one.y) }
    }.map { ScatterChart.Point(x: $0.x, y: $0.y) }
  }
}

import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFamily
import CLIPReports
import CLIPUnits

/// Accuracy against carbon of members and rivals of kind 1, a panel for each use, in the claim's first boundary.
struct ClaimFigure {
  private let claim: FamilyClaim

  init(_ claim: FamilyClaim) { self.claim = claim }

  var svg: String {
    guard let frame = claim.frames.first else { return ScatterChart.stacked([]) }
    return ScatterChart.stacked(frame.uses.map { panel($0, frame) })
  }

  private func panel(_ use: FamilyClaim.Use, _ frame: FamilyClaim.Frame) -> ScatterChart {
    let models = claim.study.models, rivals = claim.study.rivalFront(use.carbon)
    let pictures = claim.part == .test ? "test" : "validation"
    func points(_ isWanted: (ClaimModel.Kind) -> Bool) -> [ScatterChart.Point] {
      models.indices.filter { isWanted(models[$0].kind) }.map { place in
        point(place, use, isNamed: models[place].kind == .member || rivals.contains(place))
      }
    }
    func path(_ places: some Sequence<Int>) -> [ScatterChart.Point] {
      places.map { point($0, use, isNamed: false) }.map { ScatterChart.Point(x: $0.x, y: $0.y) }
    }
    return ScatterChart(
      title: "\(use.name), \(frame.boundary.summary): on \(pictures) pictures",
      x: .init(
        "carbon over the device's life (\(Metric.carbon.plotUnit.name)); bars: 5 to 95 % of draws", isLogarithmic: true),
      y: .init("accuracy (%); bars: pictures and seeds drawn"),
      series: [
        .init("", path(rivals), style: .path, color: 1),
        .init("", path(claim.study.familyFront(use.carbon)), style: .path),
        .init("made without a search, the best joined", points { $0 == .simple }, style: .dots, color: 1),
        .init("CarbonCLIP", points { $0 == .member }, style: .dots, color: 0),
        .init("base model", points { $0 == .whole }, style: .rings, color: 3),
      ])
  }

  private func point(_ place: Int, _ use: FamilyClaim.Use, isNamed: Bool) -> ScatterChart.Point {
    let model = claim.study.models[place], scale = Metric.carbon.plotUnit.scale, range = use.ranges[place]
    let carbon = use.designs[place].value(of: .carbon), accuracy = claim.study.accuracyRange(of: place)
    return ScatterChart.Point(
      x: carbon * scale, y: model.accuracy * 100,
      note: "\(model.name) on \(use.designs[place].design): \(Figures.percent(model.accuracy)), "
        + Metric.carbon.text(carbon),
      error: (accuracy.upperBound - accuracy.lowerBound) * 50,
      across: range.lowerBound * scale...range.upperBound * scale, label: isNamed ? ClaimTables.title(model) : "")
  }
}

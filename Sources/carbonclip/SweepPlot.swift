import CLIPAssessment
import CLIPReports

/// A sweep as a drawing: every design, those on the front joined.
struct SweepPlot {
  private let found: SpaceAssessment
  private let objectives: [Metric]
  private let model: String
  private let space: String

  init(_ found: SpaceAssessment, _ objectives: [Metric], model: String, space: String) {
    self.found = found
    self.objectives = objectives
    self.model = model
    self.space = space
  }

  var svg: String {
    let across = objectives.first ?? .latency
    let up = objectives.dropFirst().first ?? (across == .carbon ? .latency : .carbon)
    func points(_ designs: [AssessedDesign]) -> [ScatterChart.Point] {
      designs.map { one in
        ScatterChart.Point(
          x: one.value(of: across) * across.plotUnit.scale, y: one.value(of: up) * up.plotUnit.scale,
          note: "\(one.design): \(across.text(one.value(of: across))), \(up.text(one.value(of: up)))")
      }
    }
    let allowed = Set(found.allowed.map(\.number))
    let outside = found.designs.filter { !allowed.contains($0.number) }
    func axis(_ metric: Metric) -> ScatterChart.Axis {
      ScatterChart.Axis(
        "\(metric.title) (\(metric.plotUnit.name))", isLogarithmic: true,
        limit: found.limits.filter { $0.metric == metric }.map(\.most).min().map { $0 * metric.plotUnit.scale })
    }
    let front = found.front(of: objectives)
    // Two objectives give steps; more give points that this plane shows only in part.
    return ScatterChart(
      title: "\(model) on \(found.designs.count) designs of \(space)", x: axis(across), y: axis(up),
      series: [
        .init(found.limits.isEmpty ? "" : "outside the limits", Self.quiet(points(outside)), style: .cloud, color: nil),
        .init(
          found.limits.isEmpty ? "designs" : "within the limits", Self.quiet(points(found.allowed)), style: .cloud,
          color: 0),
        .init("front", points(front), style: objectives.count == 2 ? .front : .dots, color: 1),
      ]
    ).svg
  }

  /// Thousands of notes would make the file large for no use.
  private static func quiet(_ points: [ScatterChart.Point]) -> [ScatterChart.Point] {
    points.map { ScatterChart.Point(x: $0.x, y: $0.y) }
  }
}

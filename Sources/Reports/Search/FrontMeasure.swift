internal import CLIPSearch
internal import CLIPUnits

/// What an axis or the color of the front's drawings may show.
enum FrontMeasure: String {
  case accuracy, carbon, latency, energy

  /// In the measure's base unit, accuracy as a share; nil where it is not known.
  func value(_ point: SearchSummary.Point, _ precision: AccuracyPrecision) -> Double? {
    switch self {
    case .accuracy: point.measurement?.accuracy(precision).mean
    case .carbon: point.costs.carbon.value
    case .latency: point.costs.latency.value
    case .energy: point.costs.energy.value
    }
  }

  /// As ``value(_:_:)`` has it.
  func value(_ point: SearchSummary.CloudPoint) -> Double {
    switch self {
    case .accuracy: point.accuracy
    case .carbon: point.carbon.value
    case .latency: point.latency.value
    case .energy: point.energy.value
    }
  }

  /// One standard error about an accuracy, a carbon's band; nil where the measure has neither.
  func range(_ point: SearchSummary.Point, _ precision: AccuracyPrecision) -> (low: Double, high: Double)? {
    switch self {
    case .accuracy:
      guard let accuracy = point.measurement?.accuracy(precision), (0.0..<1).contains(accuracy.standardError),
        accuracy.standardError > 0
      else { return nil }
      return (accuracy.mean - accuracy.standardError, accuracy.mean + accuracy.standardError)
    case .carbon:
      guard let band = point.band, band.low.isFinite, band.high.isFinite, band.low <= band.high else { return nil }
      return (band.low.value, band.high.value)
    case .latency, .energy: return nil
    }
  }

  /// A value for people, with its unit.
  func text(_ value: Double) -> String {
    switch self {
    case .accuracy: SearchText.percent(value)
    case .carbon: SearchText.text(KilogramsCO2e(value))
    case .latency: SearchText.text(Seconds(value))
    case .energy: SearchText.text(Joules(value))
    }
  }

  func unit(_ values: [Double]) -> PlotUnit {
    switch self {
    case .accuracy: .percent
    case .carbon: .carbon(values)
    case .latency: .seconds(values)
    case .energy: .joules(values)
    }
  }

  /// What an axis or a legend calls it.
  func title(_ summary: SearchSummary) -> String {
    switch self {
    // The page's first lines have it whole.
    case .accuracy: summary.accuracyTitle.count > 60 ? "accuracy on validation data" : summary.accuracyTitle
    case .carbon: "total carbon"
    case .latency, .energy: rawValue
    }
  }
}

/// A measure with the way from its values to a drawing's axis.
struct FrontAxis {
  let measure: FrontMeasure
  let unit: PlotUnit
  let isLogarithmic: Bool
  let label: String
  /// Everything that must find room, in the drawing's unit.
  let values: [Double]

  init(_ measure: FrontMeasure, _ summary: SearchSummary, cloud: [SearchSummary.CloudPoint]) {
    self.measure = measure
    let precision = summary.question.precision
    let points = summary.front + (summary.dense.map { [$0] } ?? [])
    let own = points.compactMap { measure.value($0, precision) }
    let ranges = summary.front.compactMap { measure.range($0, precision) }.flatMap { [$0.low, $0.high] }
    let all = own + cloud.map { measure.value($0) } + ranges
    let unit = measure.unit(own), drawn = all.filter { PlotFrame.canDraw($0, true) }
    self.unit = unit
    // A single zero has no place on a logarithmic axis.
    isLogarithmic =
      measure != .accuracy && drawn.count == all.count && (drawn.max() ?? 1) > 8 * (drawn.min() ?? 1)
    label = "\(measure.title(summary)) (\(unit.name))"
    values = all.map { $0 * unit.scale }
  }
}

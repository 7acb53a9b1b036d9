internal import CLIPSearch

extension SearchPage {
  /// The front's drawings: one for each measure, of which one shows at a time.
  var frontDrawing: String {
    let panels = FrontChart.all(of: summary).compactMap { chart -> (across: FrontMeasure, html: String)? in
      let html = chart.html
      return html.isEmpty ? nil : (chart.across, html)
    }
    guard let first = panels.first else {
      return summary.front.isEmpty
        ? missing(.front) : "<p class=\"missing\">No design of the front has figures that can be drawn.</p>\n"
    }
    // Radio buttons choose by style sheet alone, so the choice works without a script.
    let buttons = panels.map { panel in
      let name = panel.across.rawValue
      return
        "<input type=\"radio\" name=\"across\" id=\"across-\(name)\"\(panel.across == first.across ? " checked=\"checked\"" : "")/>"
        + "<label for=\"across-\(name)\">\(name)</label>"
    }
    let drawings = panels.map { "<div class=\"panel panel-\($0.across.rawValue)\">\($0.html)</div>" }
    let count = summary.front.count
    return lead(
      "\(count == 1 ? "The design that no other beats" : "The \(count) designs that no other beats"), among all that were measured. "
        + "Point at one, or move to it with the tab key, for its figures; letters are those of the table below. "
        + summary.modelLegend)
        + """
        <figure class="front"><div class="switch" role="radiogroup" aria-label="Horizontal axis">\(buttons.joined())
        <div class="panels">
        \(drawings.joined(separator: "\n"))
        </div></div>
        <div class="note" id="note" aria-live="polite"></div></figure>

        """
  }

  /// Growth of the front, and how well accuracy was predicted.
  var searchCharts: String {
    "<div class=\"charts\">\n\(growth)\n\(fit)\n</div>\n"
  }

  private var growth: String {
    let points = summary.hypervolume.filter { PlotFrame.canDraw($0.value, false) }
    guard !points.isEmpty else { return missing(.hypervolume) }
    let unit = summary.hypervolumeUnit.isEmpty ? "" : SearchText.line(summary.hypervolumeUnit)
    let chart = LineChart(
      title: "Hypervolume of the front", unit: unit, xUnit: "trial",
      series: [
        .init(
          name: "hypervolume", points: points.map { (x: Double($0.trial), y: $0.value) },
          showsPoints: points.count <= 80)
      ])
    var text = "Where the curve stays level, further trials found nothing better."
    if let last = points.last, let reached = points.first(where: { $0.value >= 0.99 * last.value }),
      last.value > 0
    {
      text =
        "99 % of the last value was reached with trial \(reached.trial), \(last.trial - reached.trial) trials before the last."
    }
    return chart.html.replacing("</figure>", with: "\(lead(text))</figure>")
  }

  /// Predicted beside measured accuracy, each trial predicted by a model that had not seen it.
  private var fit: String {
    let points = summary.fit.filter { PlotFrame.canDraw($0.measured, false) && PlotFrame.canDraw($0.predicted, false) }
    guard points.count > 1, let statistics = FitStatistics(points) else { return missing(.fit) }
    let values = points.flatMap { [100 * $0.measured, 100 * $0.predicted] }
    guard
      let frame = PlotFrame(
        xs: values, ys: values, xLabel: "measured (%)", yLabel: "predicted without the trial (%)", width: 560,
        height: 330)
    else { return missing(.fit) }
    let number = PlotFrame.number
    var parts: [String] = []
    let low = max(frame.x.low, frame.y.low), high = min(frame.x.high, frame.y.high)
    parts.append(
      "<line class=\"mark\" x1=\"\(number(frame.x(low)))\" y1=\"\(number(frame.y(low)))\" x2=\"\(number(frame.x(high)))\" y2=\"\(number(frame.y(high)))\"/>"
    )
    for point in points {
      let x = number(frame.x(100 * point.measured)), y = number(frame.y(100 * point.predicted))
      let deviation = point.standardDeviation
      if deviation.isFinite, deviation > 0 {
        parts.append(
          "<line class=\"error\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(number(frame.clamped(100 * (point.predicted - deviation))))\" "
            + "y2=\"\(number(frame.clamped(100 * (point.predicted + deviation))))\"/>")
      }
      parts.append(
        "<circle class=\"fitted\" cx=\"\(x)\" cy=\"\(y)\" r=\"4\"><title>trial \(point.trial): measured \(SearchText.percent(point.measured)), "
          + "predicted \(SearchText.percent(point.predicted)) ± \(SearchText.percent(deviation))</title></circle>")
    }
    return
      "<figure><h2>Accuracy, predicted and measured <span class=\"unit\">each trial left out once; bars are one standard deviation</span></h2>\n"
      + frame.svg("Predicted against measured accuracy of \(points.count) trials", parts.joined(separator: "\n"))
      + lead(statistics.sentence) + "</figure>"
  }

  /// A small drawing for each axis, all on one scale.
  var axisCharts: String {
    let effects = summary.axisEffects.map { effect in
      var effect = effect
      effect.sizes.removeAll { size in
        ![size.mean, Self.band(size).low, Self.band(size).high].allSatisfy { PlotFrame.canDraw($0, false) }
      }
      return effect
    }.filter { !$0.sizes.isEmpty }
    guard !effects.isEmpty else { return missing(.axisEffects) }
    let ups = effects.flatMap {
      $0.sizes.flatMap { [100 * Self.band($0).low, 100 * Self.band($0).high, 100 * $0.mean] }
    }
    let charts = effects.compactMap { axisChart($0, ups) }
    return lead(
      "Accuracy as the model of all trials predicts it when one axis is cut alone, the others "
        + "\(SearchSummary.otherAxes). The pale band is where it expects the truth to lie.")
      + "<div class=\"small\">\n\(charts.joined(separator: "\n"))\n</div>\n"
  }

  /// Two standard deviations about a prediction.
  private static func band(_ size: SurrogateView.Effect.Size) -> (low: Double, high: Double) {
    (size.mean - 2 * size.standardDeviation, size.mean + 2 * size.standardDeviation)
  }

  private func axisChart(_ effect: SurrogateView.Effect, _ ups: [Double]) -> String? {
    let sizes = effect.sizes.sorted { $0.size < $1.size }
    guard
      let frame = PlotFrame(
        xs: sizes.map { Double($0.size) }, ys: ups, xLabel: "", yLabel: "%", width: 280,
        height: 160, margin: 36, marks: sizes.map { Double($0.size) })
    else { return nil }
    let number = PlotFrame.number
    func path(_ points: [(Int, Double)]) -> String {
      points.map { "\(number(frame.x(Double($0.0)))) \(number(frame.clamped(100 * $0.1)))" }.joined(separator: "L")
    }
    let band = path(
      sizes.map { ($0.size, Self.band($0).high) } + sizes.reversed().map { ($0.size, Self.band($0).low) })
    var parts = [
      "<path class=\"band\" d=\"M\(band)Z\"/>",
      "<path class=\"curve effect\" d=\"M\(path(sizes.map { ($0.size, $0.mean) }))\"/>",
    ]
    for size in sizes {
      parts.append(
        "<circle class=\"fitted\" cx=\"\(number(frame.x(Double(size.size))))\" cy=\"\(number(frame.clamped(100 * size.mean)))\" r=\"3.2\">"
          + "<title>\(SearchText.escaped(effect.axis)) \(size.size): \(SearchText.percent(size.mean)), "
          + "from \(SearchText.percent(Self.band(size).low)) to \(SearchText.percent(Self.band(size).high))</title></circle>"
      )
    }
    let cost = sizes.first.flatMap { first in sizes.last.map { (first, $0) } }
    let sentence =
      cost.map { "\($0.1.size) to \($0.0.size): \(SearchText.points($0.0.mean - $0.1.mean))" } ?? ""
    return "<figure class=\"mini\"><h3>\(SearchText.name(effect.axis))</h3><p class=\"unit\">\(sentence)</p>\n"
      + frame.svg("Predicted accuracy by \(effect.axis)", kind: "mini", parts.joined(separator: "\n")) + "</figure>"
  }
}

/// How good predictions are: their error, and whether they know it.
struct FitStatistics {
  /// Root of the mean squared error.
  let error: Double
  /// Of all variance, the part that is explained; below 0 worse than the mean.
  let explained: Double
  /// Spearman's correlation of ranks.
  let rankCorrelation: Double
  /// The share within two standard deviations.
  let within: Double
  private let count: Int

  /// - Returns: nil for fewer than two points
  init?(_ points: [SurrogateView.Fit]) {
    guard points.count > 1 else { return nil }
    count = points.count
    let number = Double(count)
    let squares = points.reduce(0.0) { $0 + ($1.measured - $1.predicted) * ($1.measured - $1.predicted) }
    let mean = points.reduce(0.0) { $0 + $1.measured } / number
    let variance = points.reduce(0.0) { $0 + ($1.measured - mean) * ($1.measured - mean) }
    error = (squares / number).squareRoot()
    explained = variance > 0 ? 1 - squares / variance : .nan
    within =
      Double(points.count { abs($0.measured - $0.predicted) <= 2 * $0.standardDeviation }) / number
    rankCorrelation = Self.correlation(Self.ranks(points.map(\.measured)), Self.ranks(points.map(\.predicted)))
  }

  /// Ranks from 0; equal values share the mean of theirs.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count), start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let number = Double(a.count), meanA = a.reduce(0, +) / number, meanB = b.reduce(0, +) / number
    var both = 0.0, squaresA = 0.0, squaresB = 0.0
    for (x, y) in zip(a, b) {
      both += (x - meanA) * (y - meanB)
      squaresA += (x - meanA) * (x - meanA)
      squaresB += (y - meanB) * (y - meanB)
    }
    return squaresA > 0 && squaresB > 0 ? both / (squaresA * squaresB).squareRoot() : .nan
  }

  var sentence: String {
    var parts = ["\(count) trials: error \(NiceTicks.fixed(100 * error, 2)) points (root mean square)"]
    if explained.isFinite { parts.append("R² \(NiceTicks.fixed(explained, 2))") }
    if rankCorrelation.isFinite { parts.append("rank correlation \(NiceTicks.fixed(rankCorrelation, 2))") }
    return parts.joined(separator: ", ")
      + "; \(SearchText.percent(within)) lie within two standard deviations, where 95 % should."
  }
}

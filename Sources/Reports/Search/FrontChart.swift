internal import CLIPSearch

/// Accuracy against carbon, latency or energy: the front over all that was feasible.
///
/// Where all designs are equally accurate, as in a search of accelerators alone, carbon stands in accuracy's place.
struct FrontChart {
  let summary: SearchSummary
  let across: FrontMeasure
  let up: FrontMeasure

  /// No drawing holds more dots of the background.
  private static let mostDots = 1500
  /// A longer front has smaller points, and letters at the recommended one only.
  private static let longFront = 60

  /// The drawings that suit a search, one for each measure across; empty where there is nothing to draw.
  static func all(of summary: SearchSummary) -> [FrontChart] {
    let precision = summary.question.precision
    let accuracies = Set(summary.front.compactMap { FrontMeasure.accuracy.value($0, precision) })
    let hasOneAccuracy = accuracies.count == 1 && summary.front.count > 1
    if accuracies.isEmpty || hasOneAccuracy {
      return [FrontMeasure.latency, .energy].map { FrontChart(summary: summary, across: $0, up: .carbon) }
    }
    return [FrontMeasure.carbon, .latency, .energy].map {
      FrontChart(summary: summary, across: $0, up: .accuracy)
    }
  }

  /// What the color shows.
  var shade: FrontMeasure {
    switch (across, up) {
    case (.latency, .carbon): .energy
    case (.latency, _): .carbon
    default: .latency
    }
  }

  private typealias Placed = (index: Int, point: SearchSummary.Point, x: Double, y: Double)

  /// Drawing and legend; empty where no design can be drawn.
  var html: String {
    let cloud = Self.thinned(summary.cloud)
    let columns = FrontAxis(across, summary, cloud: cloud), rows = FrontAxis(up, summary, cloud: cloud)
    guard
      let frame = PlotFrame(
        xs: columns.values, ys: rows.values, xLabel: columns.label, yLabel: rows.label, width: 560, height: 380,
        isLogarithmic: columns.isLogarithmic, isLogarithmicUp: rows.isLogarithmic)
    else { return "" }
    let precision = summary.question.precision
    func place(_ point: SearchSummary.Point) -> (x: Double, y: Double)? {
      guard let x = across.value(point, precision), let y = up.value(point, precision) else { return nil }
      return frame.place(x * columns.unit.scale, y * rows.unit.scale)
    }
    let placed = summary.front.enumerated().compactMap { index, point in
      place(point).map { (index: index, point: point, x: $0.x, y: $0.y) as Placed }
    }
    guard !placed.isEmpty else { return "" }
    let isLong = placed.count > Self.longFront
    let ramp = ColorRamp(summary.front.compactMap { shade.value($0, precision) })
    var labels = LabelPlaces(width: frame.width)
    var parts = cloud.compactMap { dot in
      frame.place(across.value(dot) * columns.unit.scale, up.value(dot) * rows.unit.scale).map {
        "<circle class=\"dot\" cx=\"\(number($0.x))\" cy=\"\(number($0.y))\" r=\"2\"/>"
      }
    }
    parts.append(staircase(placed))
    for one in placed {
      parts.append(ranges(one, frame, columns, rows))
      labels.block(x: one.x, y: one.y)
    }
    let dense = summary.dense.flatMap { point in place(point).map { (point: point, x: $0.x, y: $0.y) } }
    if let dense {
      labels.block(x: dense.x, y: dense.y)
      parts.append(
        "<g class=\"spot\" role=\"img\" tabindex=\"0\"><path class=\"dense\" d=\"\(FrontGlyph.diamond(dense.x, dense.y))\"/>"
          + "<title>\(title(dense.point, nil))</title></g>")
    }
    // The recommended one lies on top.
    for one in placed.filter({ !$0.point.isChosen }) + placed.filter(\.point.isChosen) {
      let color = ramp.color(shade.value(one.point, precision) ?? 0)
      let needsLabel = !isLong || one.point.isChosen
      let label = needsLabel ? labels.place(SearchText.letter(one.index), x: one.x, y: one.y) : ""
      parts.append(spot(one, color, label, radius: isLong ? 3.5 : 5))
    }
    let drawing = frame.svg(
      "\(up.title(summary)) against \(across.title(summary)), \(placed.count) designs on the front",
      kind: isLong ? "wide many" : "wide", parts.filter { !$0.isEmpty }.joined(separator: "\n"))
    return drawing + legend(ramp, hasDense: dense != nil, hasCloud: !cloud.isEmpty)
  }

  private func number(_ value: Double) -> String { PlotFrame.number(value) }

  /// A design as a link to its row of the table.
  private func spot(_ one: Placed, _ color: String, _ label: String, radius: Double) -> String {
    let letter = SearchText.letter(one.index), place = "cx=\"\(number(one.x))\" cy=\"\(number(one.y))\""
    let shape =
      one.point.isChosen
      ? "<path class=\"star\" d=\"\(FrontGlyph.star(one.x, one.y))\" style=\"fill:\(color)\"/>"
      : "<circle \(place) r=\"\(radius)\" style=\"fill:\(color)\"/>"
    return "<a class=\"spot\" href=\"#design-\(letter)\" data-design=\"\(letter)\"><circle class=\"reach\" \(place) "
      + "r=\"11\"/>\(shape)\(label)<title>\(title(one.point, one.index))</title></a>"
  }

  /// The best of the front that each place of the axis offers: the most accuracy, or the least carbon.
  private func staircase(_ placed: [Placed]) -> String {
    var path = "", best: Double?
    for one in placed.sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) }) {
      if let best, up == .accuracy ? one.y >= best : one.y <= best { continue }
      path += path.isEmpty ? "M\(number(one.x)) \(number(one.y))" : "H\(number(one.x))V\(number(one.y))"
      best = one.y
    }
    return "<path class=\"stairs\" d=\"\(path)\"/>"
  }

  /// How sure both figures of a design are.
  private func ranges(_ one: Placed, _ frame: PlotFrame, _ columns: FrontAxis, _ rows: FrontAxis) -> String {
    let precision = summary.question.precision
    var text = ""
    if let range = up.range(one.point, precision) {
      let low = number(frame.clamped(range.low * rows.unit.scale))
      let high = number(frame.clamped(range.high * rows.unit.scale)), x = number(one.x)
      text +=
        "<line class=\"error\(up == .carbon ? " wide" : "")\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(low)\" y2=\"\(high)\"/>"
    }
    if let range = across.range(one.point, precision) {
      let low = number(frame.clampedAcross(range.low * columns.unit.scale))
      let high = number(frame.clampedAcross(range.high * columns.unit.scale)), y = number(one.y)
      text += "<line class=\"error wide\" x1=\"\(low)\" x2=\"\(high)\" y1=\"\(y)\" y2=\"\(y)\"/>"
    }
    return text
  }

  /// All there is to say of a design, a line each: shown by the browser, and beside the drawing by the page's script.
  private func title(_ point: SearchSummary.Point, _ index: Int?) -> String {
    let name = index.map { "\(SearchText.letter($0))\(point.isChosen ? ", recommended" : "")" } ?? "dense model"
    var lines = ["\(name): \(point.model), trial \(point.trial)"]
    lines.append("on \(point.accelerator)")
    lines += point.details
    if let measured = point.measurement {
      lines.append(
        "accuracy \(SearchText.accuracy(measured.int8)) \(measured.arithmetic), \(SearchText.accuracy(measured.float32)) float32"
      )
    }
    let costs = point.costs, band = point.band.map { ", 5–95 %: \(SearchText.text($0))" } ?? ""
    lines.append(
      "carbon \(SearchText.text(costs.carbon)) = \(SearchText.text(costs.embodied)) embodied + "
        + "\(SearchText.text(costs.operational)) operational\(band)")
    lines.append(
      "latency \(SearchText.text(costs.latency)), energy \(SearchText.text(costs.energy)), area "
        + "\(SearchText.text(costs.area)), power \(SearchText.text(costs.power))")
    return lines.map { SearchText.escaped($0) }.joined(separator: "\n")
  }

  /// Every so-manieth dot where there are too many.
  private static func thinned(_ cloud: [SearchSummary.CloudPoint]) -> [SearchSummary.CloudPoint] {
    guard cloud.count > mostDots else { return cloud }
    return (0..<mostDots).map { cloud[$0 * cloud.count / mostDots] }
  }
}

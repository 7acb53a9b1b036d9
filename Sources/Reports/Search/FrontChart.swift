internal import Units

/// Accuracy against carbon, latency or energy: the front over all that was feasible.
struct FrontChart {
  /// What the horizontal axis shows.
  enum Across: String, CaseIterable {
    case carbon, latency, energy

    /// What the color shows then.
    var shade: Across { self == .latency ? .carbon : .latency }

    func value(_ costs: SearchSummary.Costs) -> Double {
      switch self {
      case .carbon: costs.carbon.value
      case .latency: costs.latency.value
      case .energy: costs.energy.value
      }
    }

    func value(_ point: SearchSummary.CloudPoint) -> Double {
      switch self {
      case .carbon: point.carbon.value
      case .latency: point.latency.value
      case .energy: point.energy.value
      }
    }

    func text(_ value: Double) -> String {
      switch self {
      case .carbon: SearchText.text(KilogramsCO2e(value))
      case .latency: SearchText.text(Seconds(value))
      case .energy: SearchText.text(Joules(value))
      }
    }

    func unit(_ values: [Double]) -> PlotUnit {
      switch self {
      case .carbon: .carbon(values)
      case .latency: .seconds(values)
      case .energy: .joules(values)
      }
    }

    var title: String { self == .carbon ? "total carbon" : rawValue }
  }

  let summary: SearchSummary
  let across: Across

  /// No drawing holds more dots of the background.
  private static let mostDots = 1500

  /// Drawing and legend; empty where no design can be drawn.
  var html: String {
    let front = summary.front.enumerated().compactMap { index, point in
      accuracy(point).map { (index: index, point: point, accuracy: $0) }
    }
    let cloud = Self.thinned(summary.cloud)
    let dense = summary.dense.flatMap { point in accuracy(point).map { (point: point, accuracy: $0) } }
    let values = front.map { across.value($0.point.costs) } + (dense.map { [across.value($0.point.costs)] } ?? [])
    let all = values + cloud.map { across.value($0) }
    let bands = across == .carbon ? front.compactMap(\.point.band).flatMap { [$0.low.value, $0.high.value] } : []
    let unit = across.unit(values), drawn = all.filter { PlotFrame.canDraw($0, true) }
    let isLogarithmic = (drawn.max() ?? 1) > 8 * (drawn.min() ?? 1) && drawn.count == all.count
    let ups = front.flatMap {
      [100 * ($0.accuracy.value - error($0.accuracy)), 100 * ($0.accuracy.value + error($0.accuracy))]
    }
    guard
      let frame = PlotFrame(
        xs: (all + bands).map { $0 * unit.scale },
        ys: ups + cloud.map { 100 * $0.accuracy } + (dense.map { [100 * $0.accuracy.value] } ?? []),
        xLabel: "\(across.title) (\(unit.name))", yLabel: "\(summary.accuracyTitle) (%)", width: 560, height: 380,
        isLogarithmic: isLogarithmic), !front.isEmpty
    else { return "" }
    let ramp = ColorRamp(front.map { across.shade.value($0.point.costs) })
    var parts: [String] = [], labels = LabelPlaces(width: frame.width)
    for dot in cloud {
      guard let place = frame.place(across.value(dot) * unit.scale, 100 * dot.accuracy) else { continue }
      parts.append("<circle class=\"dot\" cx=\"\(number(place.x))\" cy=\"\(number(place.y))\" r=\"2\"/>")
    }
    let placed = front.compactMap { one -> (index: Int, point: SearchSummary.Point, x: Double, y: Double)? in
      frame.place(across.value(one.point.costs) * unit.scale, 100 * one.accuracy.value).map {
        (one.index, one.point, $0.x, $0.y)
      }
    }
    parts.append(staircase(placed.map { ($0.x, $0.y) }))
    for one in placed { parts.append(errors(one.point, x: one.x, y: one.y, frame, unit)) }
    for one in placed { labels.block(x: one.x, y: one.y) }
    if let dense, let place = frame.place(across.value(dense.point.costs) * unit.scale, 100 * dense.accuracy.value) {
      labels.block(x: place.x, y: place.y)
      parts.append(
        "<g class=\"spot\" role=\"img\" tabindex=\"0\" aria-label=\"\(title(dense.point, nil))\" data-note=\"\(note(dense.point, nil))\">"
          + "<path class=\"dense\" d=\"\(Self.diamond(place.x, place.y))\"/><title>\(title(dense.point, nil))</title></g>"
      )
    }
    for one in placed.sorted(by: { ($0.point.isChosen ? 1 : 0, $0.index) < ($1.point.isChosen ? 1 : 0, $1.index) }) {
      let letter = SearchText.letter(one.index), color = ramp.color(across.shade.value(one.point.costs))
      let title = title(one.point, one.index)
      let shape =
        one.point.isChosen
        ? "<path class=\"star\" d=\"\(Self.star(one.x, one.y))\" style=\"fill:\(color)\"/>"
        : "<circle cx=\"\(number(one.x))\" cy=\"\(number(one.y))\" r=\"5\" style=\"fill:\(color)\"/>"
      let label = labels.place(letter, x: one.x, y: one.y)
      parts.append(
        "<a class=\"spot\" href=\"#design-\(letter)\" aria-label=\"\(title)\" data-design=\"\(letter)\" "
          + "data-note=\"\(note(one.point, one.index))\"><circle class=\"reach\" cx=\"\(number(one.x))\" "
          + "cy=\"\(number(one.y))\" r=\"11\"/>\(shape)\(label)<title>\(title)</title></a>")
    }
    return frame.svg(
      "\(summary.accuracyTitle) against \(across.title), \(placed.count) designs on the front", kind: "wide",
      parts.filter { !$0.isEmpty }.joined(separator: "\n")) + legend(ramp, dense != nil, !cloud.isEmpty)
  }

  private func accuracy(_ point: SearchSummary.Point) -> SearchSummary.Accuracy? {
    point.accuracies[summary.question.precision]
  }

  private func error(_ accuracy: SearchSummary.Accuracy) -> Double {
    guard let error = accuracy.standardError, error.isFinite, error > 0, error < 1 else { return 0 }
    return error
  }

  private func number(_ value: Double) -> String { PlotFrame.number(value) }

  /// The best accuracy that each place of the axis offers.
  private func staircase(_ places: [(x: Double, y: Double)]) -> String {
    var path = "", best = Double.infinity
    for place in places.sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) }) where place.y < best {
      path += path.isEmpty ? "M\(number(place.x)) \(number(place.y))" : "H\(number(place.x))V\(number(place.y))"
      best = place.y
    }
    return "<path class=\"stairs\" d=\"\(path)\"/>"
  }

  /// One standard error of accuracy; the carbon's band where carbon is drawn.
  private func errors(
    _ point: SearchSummary.Point, x: Double, y: Double, _ frame: PlotFrame, _ unit: PlotUnit
  ) -> String {
    var parts: [String] = []
    if let accuracy = accuracy(point), error(accuracy) > 0 {
      let low = frame.clamped(100 * (accuracy.value - error(accuracy)))
      let high = frame.clamped(100 * (accuracy.value + error(accuracy)))
      parts.append(
        "<line class=\"error\" x1=\"\(number(x))\" x2=\"\(number(x))\" y1=\"\(number(low))\" y2=\"\(number(high))\"/>")
    }
    if across == .carbon, let band = point.band, band.low.isFinite, band.high.isFinite {
      let low = frame.clampedAcross(band.low.value * unit.scale),
        high = frame.clampedAcross(band.high.value * unit.scale)
      parts.append(
        "<line class=\"error wide\" x1=\"\(number(low))\" x2=\"\(number(high))\" y1=\"\(number(y))\" y2=\"\(number(y))\"/>"
      )
    }
    return parts.joined()
  }

  private func title(_ point: SearchSummary.Point, _ index: Int?) -> String {
    lines(point, index).map { SearchText.line($0) }.joined(separator: "; ").escapedForHTML
  }

  private func note(_ point: SearchSummary.Point, _ index: Int?) -> String {
    lines(point, index).map { SearchText.line($0) }.joined(separator: "\n").escapedForHTML
      .replacing("\n", with: "&#10;")
  }

  /// All there is to say of a design, a line each.
  private func lines(_ point: SearchSummary.Point, _ index: Int?) -> [String] {
    let name = index.map { "\(SearchText.letter($0))\(point.isChosen ? ", recommended" : "")" } ?? "dense model"
    var lines = ["\(name): \(point.model)" + (point.trial.map { ", trial \($0)" } ?? "")]
    lines.append("on \(point.accelerator)")
    lines += point.details
    let accuracies = point.accuracies
    lines.append(
      "accuracy \(SearchText.accuracy(accuracies.int8)) int8, \(SearchText.accuracy(accuracies.float32)) float32")
    let band = point.band.map { ", 5–95 %: \(SearchText.text($0))" } ?? ""
    let costs = point.costs
    lines.append(
      "carbon \(SearchText.text(costs.carbon)) = \(SearchText.text(costs.embodied)) embodied + "
        + "\(SearchText.text(costs.operational)) operational\(band)")
    lines.append(
      "latency \(SearchText.text(costs.latency)), energy \(SearchText.text(costs.energy)), area \(SearchText.text(costs.area)), "
        + "power \(SearchText.text(costs.power))")
    return lines
  }

  private func legend(_ ramp: ColorRamp, _ hasDense: Bool, _ hasCloud: Bool) -> String {
    let marks = ramp.marks.map { "<span>\(across.shade.text($0))</span>" }.joined()
    let bar = ramp.marks.count > 1 ? "<i></i>" : "<i class=\"flat\"></i>"
    func glyph(_ drawing: String, _ text: String) -> String {
      "<li><svg class=\"glyph\" viewBox=\"0 0 20 16\" aria-hidden=\"true\">\(drawing)</svg>\(text)</li>"
    }
    var glyphs = [glyph("<circle class=\"sample\" cx=\"10\" cy=\"8\" r=\"5\"/>", "on the front")]
    if summary.chosen != nil {
      glyphs.append(glyph("<path class=\"star sample\" d=\"\(Self.star(10, 8))\"/>", "recommended"))
    }
    if hasDense { glyphs.append(glyph("<path class=\"dense\" d=\"\(Self.diamond(10, 8))\"/>", "dense model")) }
    if hasCloud { glyphs.append(glyph("<circle class=\"dot\" cx=\"10\" cy=\"8\" r=\"2.5\"/>", "feasible")) }
    glyphs.append(glyph("<path class=\"stairs\" d=\"M2 12H10V4H18\"/>", "best so far along the axis"))
    glyphs.append(
      glyph(
        "<line class=\"error\" x1=\"10\" x2=\"10\" y1=\"1\" y2=\"15\"/>",
        across == .carbon ? "one standard error; across, 5–95 % of carbon" : "one standard error"))
    return "<div class=\"ramp\"><b>color: \(across.shade.title)</b><div>\(bar)<p>\(marks)</p></div></div>"
      + "<ul class=\"legend\">\(glyphs.joined())</ul>"
  }

  /// Every so-manieth dot where there are too many.
  private static func thinned(_ cloud: [SearchSummary.CloudPoint]) -> [SearchSummary.CloudPoint] {
    guard cloud.count > mostDots else { return cloud }
    return (0..<mostDots).map { cloud[$0 * cloud.count / mostDots] }
  }

  static func diamond(_ x: Double, _ y: Double) -> String {
    let n = PlotFrame.number
    return "M\(n(x)) \(n(y - 7))L\(n(x + 7)) \(n(y))L\(n(x)) \(n(y + 7))L\(n(x - 7)) \(n(y))Z"
  }

  static func star(_ x: Double, _ y: Double) -> String {
    // Sines and cosines of a five-pointed star, outer and inner points by turns.
    let points: [(Double, Double)] = [
      (0, -9), (2.2, -3), (8.6, -2.8), (3.5, 1.1), (5.3, 7.3), (0, 3.7), (-5.3, 7.3), (-3.5, 1.1), (-8.6, -2.8),
      (-2.2, -3),
    ]
    return "M" + points.map { "\(PlotFrame.number(x + $0.0)) \(PlotFrame.number(y + $0.1))" }.joined(separator: "L")
      + "Z"
  }
}

/// Finds free places for short labels beside points; a label without one is left out.
struct LabelPlaces {
  let width: Double
  private var taken: [(left: Double, top: Double, right: Double, bottom: Double)] = []

  init(width: Double) { self.width = width }

  /// Keeps labels away from a point.
  mutating func block(x: Double, y: Double) { taken.append((x - 6, y - 6, x + 6, y + 6)) }

  /// The label as SVG; empty where it would cover something.
  mutating func place(_ text: String, x: Double, y: Double) -> String {
    let size = 7.5 * Double(text.count)
    for (dx, dy) in [(8.0, -8.0), (-8 - size, -8), (8, 12), (-8 - size, 12), (-size / 2, -11), (-size / 2, 17)] {
      let box = (left: x + dx, top: y + dy - 8, right: x + dx + size, bottom: y + dy + 1)
      guard box.left > 0, box.right < width,
        !taken.contains(where: {
          $0.left < box.right && $0.right > box.left && $0.top < box.bottom && $0.bottom > box.top
        })
      else { continue }
      taken.append(box)
      return "<text class=\"letter\" x=\"\(PlotFrame.number(x + dx))\" y=\"\(PlotFrame.number(y + dy))\">\(text)</text>"
    }
    return ""
  }
}

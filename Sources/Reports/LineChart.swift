import CLIPFiles
import CLIPSystem

/// Curves over a common axis, as an SVG drawing inside a page.
struct LineChart {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    /// Half the height of each point's error bar, in the points' order.
    var errors: [Double?] = []
    /// Draws each point, for few of them.
    var showsPoints = false
    /// Draws thin and pale beneath the others: what a smoothed curve was made from.
    var isRaw = false
    /// Which of the page's colors; curves of one color belong together.
    var color = 0
  }

  var title: String
  var unit = ""
  var xUnit = "step"
  var series: [Series]
  /// Dashed vertical lines.
  var marks: [Double] = []
  /// Places that the horizontal axis reaches even without a point there.
  var reaches: [Double] = []
  var isLogarithmic = false
  /// Whether the axis starts at zero.
  var startsAtZero = false

  /// Beyond this size a figure is a fault, and its place on a drawing none.
  static let greatest = 1e100

  /// No curve keeps more points than this.
  private static let mostPoints = 600
  private static let width = 560.0, height = 246.0
  private static let left = 52.0, right = 548.0, top = 10.0, bottom = 204.0

  /// The figure: title, legend, drawing, and a line that shows values under the pointer. Empty without points.
  var html: String {
    let shown = series.map(thinned).filter { !$0.points.isEmpty }
    let reached = (marks + reaches).filter(Self.canDraw)
    guard let frame = Frame(shown, isLogarithmic, startsAtZero, reached) else { return "" }
    let named = shown.filter { !$0.isRaw }
    let legend =
      named.count > 1
      ? "<ul class=\"legend\">"
        + named.map { "<li><i style=\"background:var(--c\($0.color % 6))\"></i>\($0.name.escapedForHTML)</li>" }
        .joined() + "</ul>"
      : ""
    let unit = unit.isEmpty ? "" : " <span class=\"unit\">\(self.unit.escapedForHTML)</span>"
    return """
      <figure><h2>\(title.escapedForHTML)\(unit)</h2>\(legend)
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(title.escapedForHTML)" \
      data-unit="\(xUnit.escapedForHTML)" data-frame="\(Int(Self.left)),\(Int(Self.right)),\(Self.number(frame.lowX)),\(Self.number(frame.highX))" \
      data-series="\(data(named).escapedForHTML)">
      \(axes(frame))
      \(shown.map { curve($0, frame) }.joined(separator: "\n"))
      <line class="axis cursor" y1="\(Self.top)" y2="\(Self.bottom)" style="display:none;stroke:var(--quiet)"/>
      </svg><p class="tip"></p></figure>
      """
  }

  /// The range of both axes and the way from values to places.
  private struct Frame {
    let lowX, highX, lowY, highY: Double
    let isLogarithmic: Bool

    init?(_ series: [Series], _ isLogarithmic: Bool, _ startsAtZero: Bool, _ reaches: [Double]) {
      let xs = series.flatMap { $0.points.map(\.x) }
      var ys: [Double] = []
      for one in series {
        for (index, point) in one.points.enumerated() {
          let error = one.errors.indices.contains(index) ? one.errors[index] ?? 0 : 0
          ys += [point.y - error, point.y + error]
        }
      }
      guard var low = ys.min(), var high = ys.max(), let first = xs.min(), let last = xs.max() else { return nil }
      lowX = min(first, reaches.min() ?? first)
      let end = max(last, reaches.max() ?? last)
      highX = end > lowX ? end : lowX + 1
      if isLogarithmic {
        low = max(low, 1e-12)
        high = max(high, low * 1.0001)
        let room = pow(high / low, 0.05)
        (lowY, highY) = (low / room, high * room)
      } else {
        if startsAtZero { low = min(0, low) }
        if high <= low { (low, high) = (low - abs(low) * 0.1 - 1e-9, high + abs(high) * 0.1 + 1e-9) }
        let room = (high - low) * 0.05
        (lowY, highY) = (startsAtZero && low == 0 ? 0 : low - room, high + room)
      }
      self.isLogarithmic = isLogarithmic
    }

    func x(_ value: Double) -> Double { left + (value - lowX) / (highX - lowX) * (right - left) }

    func y(_ value: Double) -> Double {
      let share =
        isLogarithmic
        ? log(max(value, lowY) / lowY) / log(highY / lowY) : (value - lowY) / (highY - lowY)
      return bottom - min(max(share, 0), 1) * (bottom - top)
    }

    private var left: Double { LineChart.left }
    private var right: Double { LineChart.right }
    private var top: Double { LineChart.top }
    private var bottom: Double { LineChart.bottom }
  }

  private func axes(_ frame: Frame) -> String {
    var parts: [String] = []
    let ticks =
      isLogarithmic
      ? NiceTicks(logarithmicFrom: frame.lowY, to: frame.highY) : NiceTicks(from: frame.lowY, to: frame.highY, about: 5)
    for value in ticks.values {
      let y = Self.number(frame.y(value))
      parts.append("<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y)\" y2=\"\(y)\"/>")
      parts.append("<text x=\"\(Self.left - 7)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(ticks.label(value))</text>")
    }
    let steps = NiceTicks(from: frame.lowX, to: frame.highX, about: 6)
    for value in steps.values {
      let x = Self.number(frame.x(value))
      let anchor = frame.x(value) > Self.right - 18 ? "end" : frame.x(value) < Self.left + 10 ? "start" : "middle"
      parts.append("<text x=\"\(x)\" y=\"\(Self.bottom + 18)\" text-anchor=\"\(anchor)\">\(steps.label(value))</text>")
    }
    parts.append(
      "<line class=\"axis\" x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(Self.bottom)\" y2=\"\(Self.bottom)\"/>")
    parts.append(
      "<text x=\"\(Self.right)\" y=\"\(Self.height - 5)\" text-anchor=\"end\">\(xUnit.escapedForHTML)</text>")
    for mark in marks where mark >= frame.lowX && mark <= frame.highX {
      let x = Self.number(frame.x(mark))
      parts.append("<line class=\"mark\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.top)\" y2=\"\(Self.bottom)\"/>")
    }
    return parts.joined(separator: "\n")
  }

  private func curve(_ series: Series, _ frame: Frame) -> String {
    let color = "var(--c\(series.color % 6))"
    let path = series.points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(Self.number(frame.x(point.x))) \(Self.number(frame.y(point.y)))"
    }.joined()
    var parts = ["<path class=\"\(series.isRaw ? "raw" : "curve")\" style=\"stroke:\(color)\" d=\"\(path)\"/>"]
    for (index, point) in series.points.enumerated() {
      let x = Self.number(frame.x(point.x))
      if series.errors.indices.contains(index), let error = series.errors[index], error > 0 {
        parts.append(
          "<line x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.number(frame.y(point.y - error)))\" y2=\"\(Self.number(frame.y(point.y + error)))\" "
            + "style=\"stroke:\(color)\"/>")
      }
      if series.showsPoints {
        parts.append("<circle cx=\"\(x)\" cy=\"\(Self.number(frame.y(point.y)))\" r=\"3\" style=\"fill:\(color)\"/>")
      }
    }
    return parts.joined(separator: "\n")
  }

  private func data(_ series: [Series]) -> String {
    JSONValue.array(
      series.map { one in
        .object([
          "name": .string(one.name),
          "points": .array(one.points.map { .array([.number($0.x), .number(Self.rounded($0.y))]) }),
        ])
      }
    ).text()
  }

  /// Long curves keep the lowest and highest point of each stretch, so that no spike is lost.
  private func thinned(_ series: Series) -> Series {
    var result = series
    result.points = series.points.filter { Self.canDraw($0.x) && Self.canDraw($0.y) }
    result.errors = series.errors.map { error in error.flatMap { Self.canDraw($0) && $0 >= 0 ? $0 : nil } }
    guard result.points.count == series.points.count || series.errors.isEmpty else {
      // Points and error bars go together.
      let pairs = series.points.indices.map {
        (series.points[$0], series.errors.indices.contains($0) ? result.errors[$0] : nil)
      }
      .filter { Self.canDraw($0.0.x) && Self.canDraw($0.0.y) }
      (result.points, result.errors) = (pairs.map(\.0), pairs.map(\.1))
      return result
    }
    guard result.points.count > Self.mostPoints, series.errors.isEmpty else { return result }
    let points = result.points, stretches = Self.mostPoints / 2
    result.points = (0..<stretches).flatMap { stretch -> [(x: Double, y: Double)] in
      let range = points.count * stretch / stretches..<points.count * (stretch + 1) / stretches
      guard let low = range.min(by: { points[$0].y < points[$1].y }),
        let high = range.max(by: { points[$0].y < points[$1].y })
      else { return [] }
      return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
    }
    return result
  }

  private static func canDraw(_ value: Double) -> Bool { value.isFinite && abs(value) <= greatest }

  /// Five significant digits are more than a screen shows.
  private static func rounded(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return 0 }
    let factor = pow(10, 4 - floor(log10(abs(value)))), rounded = (value * factor).rounded() / factor
    return rounded.isFinite ? rounded : 0
  }

  private static func number(_ value: Double) -> String { NiceTicks.short(value, 1).replacing("−", with: "-") }
}

internal import CLIPFiles
internal import CLIPSystem

/// Points in a plane with labelled axes, as an SVG drawing: a file of its own, or part of a page.
public struct ScatterChart: Sendable {
  /// One point.
  public struct Point: Sendable {
    /// Where it lies, in the axes' units.
    public var x: Double
    /// Where it lies, in the axes' units.
    public var y: Double
    /// What the pointer over it shows; empty shows nothing.
    public var note: String
    /// Half the length of a vertical error bar; nil draws none.
    public var error: Double?
    /// The ends of a horizontal error bar; nil draws none.
    public var across: ClosedRange<Double>?
    /// A name drawn beside it; empty draws none.
    public var label: String

    /// A point.
    public init(
      x: Double, y: Double, note: String = "", error: Double? = nil, across: ClosedRange<Double>? = nil,
      label: String = ""
    ) {
      self.x = x
      self.y = y
      self.note = note
      self.error = error
      self.across = across
      self.label = label
    }
  }

  /// How a series is drawn.
  public enum Style: Sendable {
    /// Small pale dots, for many points.
    case cloud
    /// Larger dots.
    case dots
    /// Dots joined by steps: what can be had at each place.
    case front
    /// Rings, for points that stand out.
    case rings
    /// Dots joined by straight lines.
    case line
    /// The straight lines alone.
    case path
  }

  /// Points that belong together.
  public struct Series: Sendable {
    /// For the legend; empty leaves it out.
    public var name: String
    /// The points.
    public var points: [Point]
    /// How they are drawn.
    public var style: Style
    /// Which of six colors; nil is gray.
    public var color: Int?

    /// A series.
    public init(_ name: String, _ points: [Point], style: Style = .dots, color: Int? = 0) {
      self.name = name
      self.points = points
      self.style = style
      self.color = color
    }
  }

  /// One of both axes.
  public struct Axis: Sendable {
    /// What is drawn, with its unit: `latency (ms)`.
    public var label: String
    /// Whether steps of ten are equally long; needs values above zero.
    public var isLogarithmic: Bool
    /// A limit, drawn as a dashed line.
    public var limit: Double?

    /// An axis.
    public init(_ label: String, isLogarithmic: Bool = false, limit: Double? = nil) {
      self.label = label
      self.isLogarithmic = isLogarithmic
      self.limit = limit
    }
  }

  /// The heading.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, from the lowest layer to the highest.
  public var series: [Series]

  /// A chart.
  public init(title: String, x: Axis, y: Axis, series: [Series]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }

  private static let width = 640.0, height = 420.0
  private static let left = 66.0, right = 624.0, bottom = 366.0
  private var top: Double { series.contains { !$0.name.isEmpty } ? 56 : 34 }

  /// The drawing as a file of its own, light or dark as the reader's system is; one line of text where nothing can be drawn.
  public var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
    width="\(Int(Self.width))" height="\(Int(Self.height))" role="img" aria-label="\(title.escapedForHTML)">
    <style>\(Self.style)</style>
    <rect width="100%" height="100%" fill="var(--card)"/>
    \(content)
    </svg>

    """
  }

  /// Several drawings in one file, one below the other, each with axes of its own.
  public static func stacked(_ charts: [ScatterChart]) -> String {
    let size = (width: Int(width), height: Int(height)), label = charts.map(\.title).joined(separator: "; ")
    let panels = charts.enumerated().map { place, chart in
      "<g transform=\"translate(0 \(place * size.height))\">\n\(chart.content)\n</g>"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size.width) \(size.height * charts.count)" \
      width="\(size.width)" height="\(size.height * charts.count)" role="img" aria-label="\(label.escapedForHTML)">
      <style>\(style)</style>
      <rect width="100%" height="100%" fill="var(--card)"/>
      \(panels.joined(separator: "\n"))
      </svg>

      """
  }

  private static let style = """
    svg { --ink: #1d2327; --quiet: #667079; --line: #c3c9ce; --grid: #eef0f2; --card: #ffffff;
      --c0: #2f6f9f; --c1: #c26a2d; --c2: #3f8f63; --c3: #8a5aa8; --c4: #b0484f; --c5: #7a7f34;
      font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
    @media (prefers-color-scheme: dark) { svg { --ink: #e4e7ea; --quiet: #98a2ab; --line: #4a535b; --grid: #283036;
      --card: #1c2226; --c0: #6db1e0; --c1: #e8995c; --c2: #70c596; --c3: #bd93d8; --c4: #e5828a; --c5: #b9bf68; } }
    text { fill: var(--quiet); font-size: 13px; }
    """

  private var content: String {
    let drawn = series.map { one in
      var one = one
      one.points = one.points.filter { point in
        Self.canDraw(point.x, x) && Self.canDraw(point.y, y)
      }
      return one
    }.filter { !$0.points.isEmpty }
    let points = drawn.flatMap(\.points)
    let heading =
      "<text x=\"14\" y=\"24\" style=\"fill:var(--ink);font-weight:600;font-size:15px\">\(title.escapedForHTML)</text>\n"
    let high = points.map { $0.y + ($0.error ?? 0) }, low = points.map { $0.y - ($0.error ?? 0) }
    let reach = points.flatMap { point -> [Double] in
      guard let across = point.across, !x.isLogarithmic || across.lowerBound > 0 else { return [point.x] }
      return [point.x, across.lowerBound, across.upperBound]
    }
    guard let across = Scale(reach, x, from: Self.left, to: Self.right),
      let up = Scale(y.isLogarithmic ? points.map(\.y) : low + high, y, from: Self.bottom, to: top)
    else { return heading + "<text x=\"14\" y=\"60\">nothing to draw</text>" }
    var labels = PointLabels(left: Self.left, right: Self.right, bottom: Self.bottom)
    return heading + legend(drawn) + axes(across, up)
      + drawn.map { draw($0, across, up, &labels) }.joined(separator: "\n")
  }

  /// Beyond these sizes a figure is a fault, and its place on a drawing none.
  private static func canDraw(_ value: Double, _ axis: Axis) -> Bool {
    value.isFinite && abs(value) <= LineChart.greatest && (!axis.isLogarithmic || value >= 1 / LineChart.greatest)
  }

  /// From values to places on the drawing.
  struct Scale {
    let low: Double, high: Double, from: Double, to: Double
    let isLogarithmic: Bool

    init?(_ values: [Double], _ axis: Axis, from: Double, to: Double) {
      let values = values.filter { ScatterChart.canDraw($0, axis) }
      guard var low = values.min(), var high = values.max() else { return nil }
      if let limit = axis.limit, ScatterChart.canDraw(limit, axis), limit <= high * 1.5, limit >= low {
        high = max(high, limit)
      }
      isLogarithmic = axis.isLogarithmic
      if isLogarithmic {
        let room = pow(max(high / low, 1.2), 0.05)
        (low, high) = (low / room, high * room)
      } else {
        let room = max((high - low) * 0.06, abs(high) * 1e-3, 1e-9)
        (low, high) = (low >= 0 && low < room ? 0 : low - room, high + room)
      }
      (self.low, self.high, self.from, self.to) = (low, high, from, to)
    }

    func callAsFunction(_ value: Double) -> Double {
      let share =
        isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
      return from + share * (to - from)
    }

    var ticks: NiceTicks {
      isLogarithmic ? NiceTicks(logarithmicFrom: low, to: high) : NiceTicks(from: low, to: high, about: 6)
    }
  }

  private func legend(_ series: [Series]) -> String {
    var place = Self.left, parts: [String] = []
    for one in series where !one.name.isEmpty {
      parts.append(
        "<circle cx=\"\(Self.number(place + 5))\" cy=\"41\" r=\"4\" style=\"\(Self.paint(one))\"/>"
          + "<text x=\"\(Self.number(place + 14))\" y=\"45\">\(one.name.escapedForHTML)</text>")
      place += 34 + 6.9 * Double(one.name.count)
    }
    return parts.joined(separator: "\n") + "\n"
  }

  private func axes(_ across: Scale, _ up: Scale) -> String {
    var parts: [String] = []
    let columns = across.ticks, rows = up.ticks
    for value in columns.values {
      let x = Self.number(across(value))
      parts.append("<line x1=\"\(x)\" x2=\"\(x)\" y1=\"\(top)\" y2=\"\(Self.bottom)\" style=\"stroke:var(--grid)\"/>")
      parts.append("<text x=\"\(x)\" y=\"\(Self.bottom + 18)\" text-anchor=\"middle\">\(columns.label(value))</text>")
    }
    for value in rows.values {
      let y = Self.number(up(value))
      parts.append(
        "<line x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y)\" y2=\"\(y)\" style=\"stroke:var(--grid)\"/>")
      parts.append("<text x=\"\(Self.left - 7)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(rows.label(value))</text>")
    }
    parts.append(
      "<path d=\"M\(Self.left) \(top)V\(Self.bottom)H\(Self.right)\" style=\"fill:none;stroke:var(--line)\"/>")
    for (axis, scale, isAcross) in [(x, across, true), (y, up, false)] {
      guard let limit = axis.limit, limit >= scale.low, limit <= scale.high else { continue }
      let place = Self.number(scale(limit))
      let line =
        isAcross
        ? "x1=\"\(place)\" x2=\"\(place)\" y1=\"\(top)\" y2=\"\(Self.bottom)\""
        : "x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(place)\" y2=\"\(place)\""
      parts.append("<line \(line) style=\"stroke:var(--quiet);stroke-dasharray:4 4\"/>")
      let text =
        isAcross ? "x=\"\(place)\" dx=\"-5\" y=\"\(top + 14)\"" : "x=\"\(Self.right - 4)\" y=\"\(place)\" dy=\"-5\""
      parts.append("<text \(text) text-anchor=\"end\">limit</text>")
    }
    let middle = Self.number((top + Self.bottom) / 2)
    parts.append(
      "<text x=\"\(Self.number((Self.left + Self.right) / 2))\" y=\"\(Self.height - 12)\" text-anchor=\"middle\" "
        + "style=\"fill:var(--ink)\">\(x.label.escapedForHTML)</text>")
    parts.append(
      "<text transform=\"translate(16 \(middle)) rotate(-90)\" text-anchor=\"middle\" style=\"fill:var(--ink)\">"
        + "\(y.label.escapedForHTML)</text>")
    return parts.joined(separator: "\n") + "\n"
  }

  private func draw(_ series: Series, _ across: Scale, _ up: Scale, _ labels: inout PointLabels) -> String {
    let sorted = series.points.sorted { $0.x < $1.x }, color = Self.color(series)
    var parts: [String] = []
    switch series.style {
    case .front, .line, .path:
      var path = ""
      for (index, point) in sorted.enumerated() {
        let x = Self.number(across(point.x)), y = Self.number(up(point.y))
        if index == 0 { path = "M\(x) \(y)" } else { path += series.style.isStepped ? "H\(x)V\(y)" : "L\(x) \(y)" }
      }
      parts.append("<path d=\"\(path)\" style=\"fill:none;stroke:\(color);stroke-width:1.8\"/>")
    case .cloud, .dots, .rings: break
    }
    if case .path = series.style { return parts.joined(separator: "\n") }
    let radius =
      switch series.style {
      case .cloud: 1.8
      case .dots, .front, .line, .path: 3.6
      case .rings: 6.5
      }
    for point in sorted {
      let x = Self.number(across(point.x)), y = Self.number(up(point.y))
      if let error = point.error, error > 0 {
        parts.append(
          "<line x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.number(up(max(point.y - error, up.low))))\" "
            + "y2=\"\(Self.number(up(min(point.y + error, up.high))))\" style=\"stroke:\(color);opacity:.6\"/>")
      }
      if let range = point.across, range.lowerBound < range.upperBound, !self.x.isLogarithmic || range.lowerBound > 0 {
        parts.append(
          "<line x1=\"\(Self.number(across(range.lowerBound)))\" x2=\"\(Self.number(across(range.upperBound)))\" "
            + "y1=\"\(y)\" y2=\"\(y)\" style=\"stroke:\(color);opacity:.35\"/>")
      }
      let circle = "cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\" style=\"\(Self.paint(series))\""
      parts.append(
        point.note.isEmpty
          ? "<circle \(circle)/>" : "<circle \(circle)><title>\(point.note.escapedForHTML)</title></circle>")
      if !point.label.isEmpty {
        let place = labels.place(
          point.label.count, x: across(point.x), y: up(point.y), isOnLine: series.style.isLine)
        parts.append(
          "<text x=\"\(Self.number(place.x))\" y=\"\(Self.number(place.y))\" text-anchor=\"\(place.anchor)\" "
            + "style=\"fill:\(color);font-size:11px\">\(point.label.escapedForHTML)</text>")
      }
    }
    return parts.joined(separator: "\n")
  }

  private static func color(_ series: Series) -> String {
    series.color.map { "var(--c\(abs($0) % 6))" } ?? "var(--quiet)"
  }

  private static func paint(_ series: Series) -> String {
    switch series.style {
    case .cloud: "fill:\(color(series));opacity:.35"
    case .dots, .front, .line, .path: "fill:\(color(series))"
    case .rings: "fill:none;stroke:\(color(series));stroke-width:2"
    }
  }

  private static func number(_ value: Double) -> String { NiceTicks.short(value, 1).replacing("−", with: "-") }
}

extension ScatterChart.Style {
  fileprivate var isStepped: Bool { if case .front = self { true } else { false } }
  fileprivate var isLine: Bool { if case .line = self { true } else { false } }
}

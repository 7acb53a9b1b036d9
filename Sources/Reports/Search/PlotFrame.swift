/// Both axes of a small drawing: where values lie, grid lines, round numbers beside them.
///
/// Sizes are in the drawing's own units; a page shows it as wide as there is room.
struct PlotFrame {
  let x: ScatterChart.Scale, y: ScatterChart.Scale
  let width, height: Double
  private let left, right, top, bottom: Double
  private let xLabel, yLabel: String
  private let marks: [Double]

  /// - Parameters:
  ///   - xs, ys: every value that must find room
  ///   - margin: on the left, for the numbers of the vertical axis
  ///   - marks: the numbers below the horizontal axis, where round ones will not do
  /// - Returns: nil without a value
  init?(
    xs: [Double], ys: [Double], xLabel: String, yLabel: String, width: Double, height: Double, margin: Double = 50,
    isLogarithmic: Bool = false, isLogarithmicUp: Bool = false, marks: [Double] = []
  ) {
    let (left, right, top, bottom) = (margin, width - 12, 30.0, height - (xLabel.isEmpty ? 28 : 46))
    let xs = xs.filter { Self.canDraw($0, isLogarithmic) }, ys = ys.filter { Self.canDraw($0, isLogarithmicUp) }
    guard
      let x = ScatterChart.Scale(xs, .init("", isLogarithmic: isLogarithmic), from: left, to: right),
      let y = ScatterChart.Scale(ys, .init("", isLogarithmic: isLogarithmicUp), from: bottom, to: top)
    else { return nil }
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
    (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
    (self.xLabel, self.yLabel) = (xLabel, yLabel)
    self.marks = marks
  }

  /// Beyond these sizes a figure is a fault, and its place on a drawing none.
  static func canDraw(_ value: Double, _ isLogarithmic: Bool) -> Bool {
    value.isFinite && abs(value) < 1e15 && (!isLogarithmic || value > 1e-15)
  }

  /// Grid lines, numbers and what is drawn, beneath everything else.
  var axes: String {
    var parts: [String] = []
    let columns = x.ticks, rows = y.ticks
    for value in rows.values {
      let place = Self.number(y(value))
      parts.append("<line class=\"grid\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(place)\" y2=\"\(place)\"/>")
      parts.append(
        "<text x=\"\(left - 7)\" y=\"\(place)\" dy=\".35em\" text-anchor=\"end\">\(rows.label(value))</text>")
    }
    var end = -Double.infinity
    for value in marks.isEmpty ? columns.values : marks {
      let place = Self.number(x(value)), label = marks.isEmpty ? columns.label(value) : NiceTicks.short(value, 3)
      parts.append("<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(top)\" y2=\"\(bottom)\"/>")
      // As wide as text is on a phone.
      let half = Double(label.count) * 5.2
      guard x(value) - half > end else { continue }
      end = x(value) + half + 4
      let anchor = marks.isEmpty && x(value) > right - 14 ? "end" : "middle"
      parts.append(
        "<text x=\"\(place)\" y=\"\(bottom + 7)\" dy=\".9em\" text-anchor=\"\(anchor)\">\(label)</text>")
    }
    parts.append("<line class=\"axis\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>")
    parts.append("<text class=\"name\" x=\"4\" y=\"\(top - 13)\">\(SearchText.escaped(yLabel))</text>")
    parts.append(
      "<text class=\"name\" x=\"\(right)\" y=\"\(height - 6)\" text-anchor=\"end\">\(SearchText.escaped(xLabel))</text>"
    )
    return parts.joined(separator: "\n")
  }

  /// Both coordinates of a value; nil where it has no place.
  func place(_ across: Double, _ up: Double) -> (x: Double, y: Double)? {
    guard Self.canDraw(across, x.isLogarithmic), Self.canDraw(up, y.isLogarithmic) else { return nil }
    return (x(across), y(up))
  }

  /// The drawing with its axes; `content` lies on top of them.
  func svg(_ label: String, kind: String = "", _ content: String) -> String {
    """
    <svg class="plot \(kind)" viewBox="0 0 \(Int(width)) \(Int(height))" role="group" aria-label="\(SearchText.escaped(label))">
    \(axes)
    \(content)
    </svg>
    """
  }

  /// The same point of the vertical axis, not outside the drawing.
  func clamped(_ up: Double) -> Double { y(min(max(up, y.low), y.high)) }

  /// The same point of the horizontal axis, not outside the drawing.
  func clampedAcross(_ across: Double) -> Double { x(min(max(across, x.low), x.high)) }

  /// A coordinate: one decimal is finer than a screen.
  static func number(_ value: Double) -> String { NiceTicks.short(value, 1).replacing("−", with: "-") }
}

/// The unit that suits a drawing's values.
struct PlotUnit {
  let name: String
  /// How many of the unit make one of the base unit.
  let scale: Double

  private init(_ name: String, _ scale: Double) {
    self.name = name
    self.scale = scale
  }

  private static func suiting(_ values: [Double], _ units: [PlotUnit]) -> PlotUnit {
    let largest = values.filter { $0.isFinite && $0 < 1e15 }.max() ?? 1
    return units.first { largest * $0.scale >= 1 } ?? units[units.count - 1]
  }

  /// Of shares.
  static let percent = PlotUnit("%", 100)

  static func seconds(_ values: [Double]) -> PlotUnit {
    suiting(values, [PlotUnit("s", 1), PlotUnit("ms", 1e3), PlotUnit("µs", 1e6)])
  }

  static func joules(_ values: [Double]) -> PlotUnit {
    suiting(values, [PlotUnit("J", 1), PlotUnit("mJ", 1e3), PlotUnit("µJ", 1e6)])
  }

  static func carbon(_ values: [Double]) -> PlotUnit {
    suiting(values, [PlotUnit("kgCO2e", 1), PlotUnit("gCO2e", 1e3), PlotUnit("mgCO2e", 1e6)])
  }
}

extension FrontChart {
  /// What color and shapes mean.
  func legend(_ ramp: ColorRamp, hasDense: Bool, hasCloud: Bool) -> String {
    let marks = ramp.marks.map { "<span>\(shade.text($0))</span>" }.joined()
    let bar = ramp.marks.count > 1 ? "<i></i>" : "<i class=\"flat\"></i>"
    var glyphs = [FrontGlyph.legend("<circle class=\"sample\" cx=\"10\" cy=\"8\" r=\"5\"/>", "on the front")]
    if summary.chosen != nil {
      glyphs.append(
        FrontGlyph.legend("<path class=\"star sample\" d=\"\(FrontGlyph.star(10, 8))\"/>", "recommended"))
    }
    if hasDense {
      glyphs.append(FrontGlyph.legend("<path class=\"dense\" d=\"\(FrontGlyph.diamond(10, 8))\"/>", "dense model"))
    }
    if hasCloud {
      glyphs.append(FrontGlyph.legend("<circle class=\"dot\" cx=\"10\" cy=\"8\" r=\"2.5\"/>", "feasible"))
    }
    let stairs = up == .accuracy ? "M2 12H10V4H18" : "M2 4H10V12H18"
    glyphs.append(FrontGlyph.legend("<path class=\"stairs\" d=\"\(stairs)\"/>", "best of the front up to here"))
    let upright = "<line class=\"error\" x1=\"10\" x2=\"10\" y1=\"1\" y2=\"15\"/>"
    let level = "<line class=\"error\" x1=\"2\" x2=\"18\" y1=\"8\" y2=\"8\"/>"
    let precision = summary.question.precision
    for (measure, glyph) in [(up, upright), (across, level)]
    where summary.front.contains(where: { measure.range($0, precision) != nil }) {
      glyphs.append(FrontGlyph.legend(glyph, measure == .carbon ? "5–95 % of carbon" : "one standard error"))
    }
    return
      "<div class=\"ramp\"><b>color: \(SearchText.escaped(shade.title(summary)))</b><div>\(bar)<p>\(marks)</p></div>"
      + "</div><ul class=\"legend\">\(glyphs.joined())</ul>"
  }
}

/// Shapes of the front's drawings.
enum FrontGlyph {
  static func diamond(_ x: Double, _ y: Double) -> String {
    let number = PlotFrame.number
    return "M\(number(x)) \(number(y - 7))L\(number(x + 7)) \(number(y))L\(number(x)) \(number(y + 7))"
      + "L\(number(x - 7)) \(number(y))Z"
  }

  static func star(_ x: Double, _ y: Double) -> String {
    // Sines and cosines of a five-pointed star, outer and inner points by turns.
    let points: [(Double, Double)] = [
      (0, -9), (2.2, -3), (8.6, -2.8), (3.5, 1.1), (5.3, 7.3), (0, 3.7), (-5.3, 7.3), (-3.5, 1.1), (-8.6, -2.8),
      (-2.2, -3),
    ]
    return "M"
      + points.map { "\(PlotFrame.number(x + $0.0)) \(PlotFrame.number(y + $0.1))" }.joined(separator: "L") + "Z"
  }

  /// A shape with what it means.
  static func legend(_ drawing: String, _ text: String) -> String {
    "<li><svg class=\"glyph\" viewBox=\"0 0 20 16\" aria-hidden=\"true\">\(drawing)</svg>\(text)</li>"
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

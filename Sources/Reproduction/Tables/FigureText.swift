internal import CLIPUnits

/// Numbers as tables write them: three significant digits, the unit in the column's head.
enum FigureText {
  /// `0.526`, `-12.3`.
  static func three(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value == 0 { return "0" }
    return (value < 0 ? "-" : "") + SignificantDigits.text(abs(value))
  }

  /// A figure with its sign: `+0.0123`.
  static func signed(_ value: Double) -> String { value > 0 ? "+" + three(value) : three(value) }

  /// A change of a part, in percent with its sign: `-18.2 %`.
  static func change(_ part: Double) -> String { part.isFinite ? signed(part * 100) + " %" : "-" }

  /// A part in percent: `97.3 %`.
  static func percent(_ part: Double) -> String { part.isFinite ? three(part * 100) + " %" : "-" }

  /// Printed to 0.01 kg, and shown so.
  static func hundredths(_ value: Double) -> String { fixed(value, places: 2) }

  /// Printed to 0.1 ms, and shown so.
  static func tenths(_ value: Double) -> String { fixed(value, places: 1) }

  /// - Parameter value: not negative
  private static func fixed(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    guard value < 1e12 else { return "\(value)" }
    let scaled = Int((value * Double(scale)).rounded()), fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}

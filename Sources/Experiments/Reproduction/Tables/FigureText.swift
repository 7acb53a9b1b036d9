internal import CLIPUnits

/// Numbers as tables write them: three significant digits, the unit in the column's head.
enum FigureText {
  /// `0.526`, `-12.3`.
  static func three(_ value: Double) -> String {
    value.isFinite ? Figures.significant(Figures.rounded(value)) : "-"
  }

  /// A figure with its sign: `+0.0123`.
  static func signed(_ value: Double) -> String { value > 0 ? "+" + three(value) : three(value) }

  /// A change of a part, in percent with its sign: `-18.2 %`.
  static func change(_ part: Double) -> String { part.isFinite ? signed(part * 100) + " %" : "-" }

  /// A part in percent: `97.3 %`.
  static func percent(_ part: Double) -> String { part.isFinite ? three(part * 100) + " %" : "-" }

  /// Printed to 0.01 kg, and shown so.
  static func hundredths(_ value: Double) -> String { Figures.fixed(value, places: 2) }

  /// Printed to 0.1 ms, and shown so.
  static func tenths(_ value: Double) -> String { Figures.fixed(value, places: 1) }
}

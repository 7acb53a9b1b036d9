extension Quantity: CustomStringConvertible {
  /// Three significant digits and the step of the unit that suits them: `1.23 kJ`, `45.6 gCO2e`, `0.789 kWh`.
  public var description: String {
    let steps = Unit.steps
    guard value.isFinite, value != 0, let first = steps.first else {
      let unit = steps.first { $0.size == 1 }?.symbol ?? ""
      return "\(value == 0 ? "0" : "\(value)") \(unit)"
    }
    let magnitude = abs(value)
    var step = steps.last { $0.from <= magnitude } ?? first
    // 999.7 J rounds to 1000 J, which is written 1.00 kJ.
    let rounded = Figures.rounded(magnitude / step.size) * step.size
    step = steps.last { $0.from <= rounded } ?? step
    return (value < 0 ? "-" : "") + Figures.significant(Figures.rounded(magnitude / step.size)) + " " + step.symbol
  }
}

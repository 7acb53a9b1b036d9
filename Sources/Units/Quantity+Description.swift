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
    let rounded = SignificantDigits.rounded(magnitude / step.size) * step.size
    step = steps.last { $0.from <= rounded } ?? step
    return (value < 0 ? "-" : "") + SignificantDigits.text(magnitude / step.size) + " " + step.symbol
  }
}

/// Rounds to three significant digits and writes them without exponent, as `printf("%.3g")` does for everyday sizes.
package enum SignificantDigits {
  private static let count = 3

  /// The power of ten of the first digit: 0 for 1...9.99, 2 for 100...999. Nil beyond everyday sizes.
  private static func exponent(of magnitude: Double) -> Int? {
    guard magnitude >= 1e-9, magnitude < 1e15 else { return nil }
    var exponent = 0, power = 1.0
    while power * 10 <= magnitude { power *= 10; exponent += 1 }
    while power > magnitude { power /= 10; exponent -= 1 }
    return exponent
  }

  private static func powerOfTen(_ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1.0) { power, _ in exponent < 0 ? power / 10 : power * 10 }
  }

  /// - Parameter magnitude: not negative
  static func rounded(_ magnitude: Double) -> Double {
    guard let exponent = exponent(of: magnitude) else { return magnitude }
    let decimals = count - 1 - exponent
    return decimals >= 0
      ? (magnitude * powerOfTen(decimals)).rounded() / powerOfTen(decimals)
      : (magnitude / powerOfTen(-decimals)).rounded() * powerOfTen(-decimals)
  }

  /// - Parameter magnitude: not negative
  package static func text(_ magnitude: Double) -> String {
    let value = rounded(magnitude)
    guard let exponent = exponent(of: value) else { return "\(magnitude)" }
    let decimals = max(0, count - 1 - exponent)
    let digits = String(Int((value * powerOfTen(decimals)).rounded()))
    if decimals == 0 { return digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}

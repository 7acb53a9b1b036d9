internal import CLIPSystem
internal import CLIPUnits

/// Round numbers along an axis, and how they are written.
///
/// Values come from files: whatever they are, nothing here traps. A range without round numbers has no ticks.
package struct NiceTicks {
  package let values: [Double]
  private let places: Int
  private let isLogarithmic: Bool

  /// About `count` ticks at multiples of 1, 2 or 5 times a power of ten.
  package init(from low: Double, to high: Double, about count: Int) {
    isLogarithmic = false
    // Halves, so that the widest range is a number too.
    let half = max(high / 2 - low / 2, 1e-300), raw = half / Double(max(count, 1)) * 2
    guard low.isFinite, high.isFinite, low <= high, raw.isFinite else {
      (values, places) = ([], 0)
      return
    }
    let magnitude = pow(10, floor(log10(raw)))
    let step = [1.0, 2, 5, 10].map { $0 * magnitude }.first { $0 >= raw * 0.999 } ?? 10 * magnitude
    var values: [Double] = [], index = ceil(low / step - 1e-9)
    while index * step <= high + step * 1e-9, values.count < 100 {
      values.append(index * step)
      index += 1
    }
    self.values = values.filter(\.isFinite)
    places = Int(max(0, min(9, -floor(log10(step) + 1e-9))))
  }

  /// Powers of ten, with 2 and 5 times them where there are few.
  package init(logarithmicFrom low: Double, to high: Double) {
    isLogarithmic = true
    places = 0
    guard low > 0, low <= high, high.isFinite else {
      values = []
      return
    }
    // The logarithms of finite numbers are from -324 to 309.
    let first = Int(floor(log10(low))), last = Int(ceil(log10(high)))
    let factors: [Double] = log10(high / low) < 2.2 ? [1, 2, 5] : [1]
    values = (first...max(first, last)).flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
      .filter { $0.isFinite && $0 >= low * 0.999 && $0 <= high * 1.001 }
  }

  /// A tick as it is written: `1,200`, `0.05`, `2e-05`.
  package func label(_ value: Double) -> String {
    if value == 0 { return "0" }
    guard value.isFinite else { return "–" }
    let size = abs(value)
    if size >= 1e9 { return Self.exponential(value) }
    if size >= 1e6 { return Self.short(value / 1e6, 2) + "M" }
    if size >= 1e4 { return Self.short(value / 1e3, 2) + "k" }
    if size < 1e-3, isLogarithmic || (values.map { abs($0) }.max() ?? 0) < 1e-3 {
      return Self.exponential(value)
    }
    if isLogarithmic { return Self.short(value, 4) }
    return Self.fixed(value, places)
  }

  /// Such as `2.5e-05`.
  private static func exponential(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "–" }
    let power = floor(log10(abs(value)) + 1e-9)
    return "\(short(value / pow(10, power), 2))e\(Int(power))"
  }

  /// With exactly so many places.
  static func fixed(_ value: Double, _ places: Int) -> String { text(value, places, Figures.fixed) }

  /// Without zeros at its end.
  package static func short(_ value: Double, _ places: Int) -> String { text(value, places, Figures.short) }

  /// As pages write figures: with a minus of a digit's width, a dash for what is no number.
  private static func text(_ value: Double, _ places: Int, _ write: (Double, Int) -> String) -> String {
    guard value.isFinite else { return "–" }
    let places = max(0, min(places, 15))
    if abs(value) >= 1e9 || abs(value) * pow(10, Double(places)) >= 1e15 { return exponential(value) }
    return write(value, places).replacing("-", with: "−")
  }
}

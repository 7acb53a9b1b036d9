internal import CLIPSystem

/// Powers and logarithms of positive numbers.
enum Power {
  static func of(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

  static func exponential(_ value: Double) -> Double { exp(value) }
  static func logarithm(_ value: Double) -> Double { log(value) }

  /// `low` to `high` as `x` goes from `from` to `to`, straight in logarithms of both axes.
  static func interpolate(_ x: Double, from: Double, to: Double, low: Double, high: Double) -> Double {
    guard low > 0, high > 0, from > 0, to > from else { return max(low, high) }
    return exp(log(low) + (log(high) - log(low)) * (log(x) - log(from)) / (log(to) - log(from)))
  }
}

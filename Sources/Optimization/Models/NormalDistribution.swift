internal import CLIPSystem

/// The standard normal distribution.
package enum NormalDistribution {
  static func density(_ x: Double) -> Double { 0.3989422804014327 * exp(-0.5 * x * x) }

  /// The probability of being at most `x`.
  static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x * 0.7071067811865476) }

  /// `E[max(0, x + z)]` of a standard normal `z`: what is expected of an improvement.
  static func expectedExcess(_ x: Double) -> Double {
    // Below, density and x Φ(x) cancel; the continued fraction of Mills' ratio gives the difference itself.
    if x < -6 { return density(x) / (x * x + 3 - 6 / (x * x + 7)) }
    return density(x) + x * cumulative(x)
  }

  /// The logarithm of ``expectedExcess(_:)``, where that itself would be 0.
  ///
  /// Source of the idea: Ament, Daulton, Eriksson, Balandat, Bakshy, "Unexpected improvements to expected improvement",
  /// arXiv:2310.20708, section 4.
  package static func logExpectedExcess(_ x: Double) -> Double {
    if x > -6 { return log(expectedExcess(x)) }
    return -0.5 * x * x - 0.9189385332046727 - log(x * x + 3 - 6 / (x * x + 7))
  }

  /// The `x` with probability `p` below it; `p` is held within `1e-300` of 0 and `1e-16` of 1.
  ///
  /// Source of the first guess: Abramowitz and Stegun, formula 26.2.23 (error below 4.5e-4); three of Halley's steps make
  /// it exact to rounding.
  package static func quantile(_ p: Double) -> Double {
    let p = min(max(p, 1e-300), 1 - 1e-16)
    let isLower = p < 0.5, tail = isLower ? p : 1 - p
    let t = (-2 * log(tail)).squareRoot()
    let guess =
      t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    var x = isLower ? -guess : guess
    for _ in 0..<3 {
      let error = isLower ? cumulative(x) - tail : tail - 0.5 * erfc(x * 0.7071067811865476)
      let step = error / max(density(x), 1e-308)
      x -= step / max(1 + 0.5 * x * step, 0.5)
    }
    return x
  }
}

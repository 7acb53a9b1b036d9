/// How the range of an activation is chosen: everything beyond it becomes its end.
public enum Clipping: Equatable, Sendable {
  /// The largest magnitude seen.
  case largest
  /// So large that a share of the magnitudes, 0 to 1, lies within.
  case percentile(Double)
  /// Where the expected squared error of rounding and clipping together is least.
  /// Source: Nagel et al. (arXiv:2106.08295), section 3.1.
  case leastSquares

  /// The end of the range.
  /// - Parameters:
  ///   - largest: the largest magnitude, more than 0
  ///   - histogram: of the magnitudes, its last bin ending at `largest`
  ///   - most: the grid's largest magnitude
  package func end(largest: Float, histogram: [Int], most: Int = 127) -> Float {
    let bin = Double(largest) / Double(histogram.count)
    switch self {
    case .largest: return largest
    case .percentile(let share):
      let wanted = Double(histogram.reduce(0, +)) * share
      var sum = 0.0
      for (index, count) in histogram.enumerated() {
        sum += Double(count)
        if sum >= wanted { return Float(Double(index + 1) * bin) }
      }
      return largest
    case .leastSquares:
      var best = largest, least = Double.infinity
      for percent in stride(from: 100, through: 5, by: -1) {
        let end = Double(largest) * Double(percent) / 100, step = end / Double(most)
        var error = 0.0
        for (index, count) in histogram.enumerated() where count > 0 {
          let value = (Double(index) + 0.5) * bin
          // A magnitude within is off by a step's uniform rounding; half a step at zero's own bin is as good.
          let loss = value <= end ? min(step * step / 12, value * value) : (value - end) * (value - end)
          error += Double(count) * loss
        }
        if error < least { (best, least) = (Float(end), error) }
      }
      return best
    }
  }
}

/// What an axis costs in agreement at each of its sizes: measured at some, interpolated between.
package struct SensitivityCurve: Equatable, Sendable {
  /// Sizes in descending order, the whole one first, with the divergence there.
  package let points: [(size: Int, divergence: Double)]

  package static func == (a: SensitivityCurve, b: SensitivityCurve) -> Bool {
    a.points.elementsEqual(b.points) { $0.size == $1.size && $0.divergence == $1.divergence }
  }

  /// - Parameter measured: sizes and divergences in any order; noise that makes a smaller size look better is taken out
  package init(whole: Int, measured: [(size: Int, divergence: Double)]) {
    var points = [(size: whole, divergence: 0.0)]
    for point in measured.sorted(by: { $0.size > $1.size }) where point.size < points[points.count - 1].size {
      points.append((point.size, max(point.divergence, points[points.count - 1].divergence)))
    }
    self.points = points
  }

  /// The smallest size that was measured.
  package var smallest: Int { points[points.count - 1].size }

  /// The divergence at a size from the smallest to the whole.
  package func divergence(at size: Int) -> Double {
    for (upper, lower) in zip(points, points.dropFirst()) where size >= lower.size {
      let share = Double(upper.size - size) / Double(upper.size - lower.size)
      return upper.divergence + share * (lower.divergence - upper.divergence)
    }
    return points[points.count - 1].divergence
  }
}

/// The curves of one tower.
struct TowerSensitivity: Sendable {
  var width: SensitivityCurve
  /// For each layer.
  var heads: [SensitivityCurve]
  var units: [SensitivityCurve]
}

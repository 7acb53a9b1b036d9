import CLIPModelShapes

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

  /// The sizes at which an axis is measured: three quarters, half and a quarter of the whole.
  static func sizes(below whole: Int) -> [Int] {
    var sizes: [Int] = []
    for share in [0.75, 0.5, 0.25] {
      let size = max(1, Int((Double(whole) * share).rounded()))
      if size < whole, sizes.last != size { sizes.append(size) }
    }
    return sizes
  }

  /// Of an axis on which nothing was measured: all of its sizes, none of which costs anything.
  init(unmeasured whole: Int) {
    self.init(whole: whole, measured: Self.sizes(below: whole).map { ($0, 0) })
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

  init(width: SensitivityCurve, heads: [SensitivityCurve], units: [SensitivityCurve]) {
    self.width = width
    self.heads = heads
    self.units = units
  }

  /// Of a tower on which nothing was measured.
  init(unmeasured tower: some TowerConfiguration) {
    width = SensitivityCurve(unmeasured: tower.width)
    heads = tower.headsPerLayer.map { SensitivityCurve(unmeasured: $0) }
    units = tower.mlpWidth.map { SensitivityCurve(unmeasured: $0) }
  }
}

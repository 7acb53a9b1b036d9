package import CLIPCompute
internal import CLIPSystem

/// How alike a Gaussian process expects the outputs at two places to be.
///
///     k(x, y) = s² (1 + √5 r + 5/3 r²) exp(-√5 r) + 1 + t² Σ (x_d - ½)(y_d - ½),   r² = Σ ((x_d - y_d) / l_d)²
///
/// Matérn's kernel of smoothness 5/2 with a length for each axis (Rasmussen and Williams, "Gaussian processes for machine
/// learning", formula 4.17), a constant of unknown height (variance 1 beside outputs of variance 1), and, where a trend is
/// wanted, a plane of unknown slopes. Both are then fitted with everything else, in closed form (ibid., section 2.7).
package struct Kernel: Sendable {
  var lengthscales: [Double]
  var signalVariance: Double
  /// 0 for no trend.
  var trendVariance: Double

  package init(lengthscales: [Double], signalVariance: Double, trendVariance: Double) {
    self.lengthscales = lengthscales
    self.signalVariance = signalVariance
    self.trendVariance = trendVariance
  }

  static let constantVariance = 1.0

  /// The variance at a place.
  package func variance(at place: [Double]) -> Double {
    signalVariance + Self.constantVariance
      + (trendVariance > 0 ? trendVariance * place.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } : 0)
  }

  /// Covariances `[a.count, b.count]`.
  package func callAsFunction(_ a: [[Double]], _ b: [[Double]]) -> DoubleMatrix {
    var result = DoubleMatrix(rows: a.count, columns: b.count)
    let axes = lengthscales.count
    let scaled = { (places: [[Double]]) in places.flatMap { zip($0, lengthscales).map { $0 / $1 } } }
    let left = scaled(a), right = scaled(b)
    let plain = trendVariance > 0 ? (a.flatMap(centered), b.flatMap(centered)) : ([], [])
    result.elements.withUnsafeMutableBufferPointer { out in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          for i in 0..<a.count {
            for j in 0..<b.count {
              var squared = 0.0
              for d in 0..<axes {
                let difference = left[i * axes + d] - right[j * axes + d]
                squared += difference * difference
              }
              let r = (5 * squared).squareRoot()
              out[i * b.count + j] =
                signalVariance * (1 + r + r * r / 3) * exp(-r) + Self.constantVariance
            }
          }
        }
      }
      guard trendVariance > 0 else { return }
      for i in 0..<a.count {
        for j in 0..<b.count {
          var sum = 0.0
          for d in 0..<axes { sum += plain.0[i * axes + d] * plain.1[j * axes + d] }
          out[i * b.count + j] += trendVariance * sum
        }
      }
    }
    return result
  }

  private func centered(_ place: [Double]) -> [Double] { place.map { $0 - 0.5 } }
}

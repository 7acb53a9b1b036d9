internal import CLIPCompute

/// Functions drawn from what a Gaussian process knows, each at all observed points, at points fixed one by one, and, up to
/// an independent rest, anywhere else.
///
/// At the observed points a draw is `y - N α + N^½ L z`, with `N` the noise and `L Lᵀ = I - N^½ A⁻¹ N^½`: the same
/// covariance as `K - K A⁻¹ K`, without the cancellation where noise is small. Elsewhere the draw's mean is linear in the
/// kernel's row, so thousands of places cost one matrix product.
package struct PosteriorSamples {
  /// Draws at some places: a mean for each draw, and the spread of the independent rest, the same in all draws.
  package struct Paths {
    /// `[places][draws]`.
    package var means: [[Double]]
    /// `[places]`, standard deviations.
    package var spreads: [Double]
  }

  private let process: GaussianProcess
  /// How many functions are drawn.
  let count: Int
  /// `[draws][observations]`, in the outputs' unit.
  package let observed: [[Double]]
  /// What a kernel row is multiplied by for the draws' means `[observations, draws]`, and for the explained variance.
  private let meanWeights: DoubleMatrix
  private let explained: DoubleMatrix
  private var fixed: [Fixed] = []

  private struct Fixed {
    let place: [Double]
    /// What the draws' normal numbers were.
    let normals: [Double]
    /// Its row of the fixed points' triangle; the last is its own spread.
    let row: [Double]
    /// The kernel row times ``explained``.
    let explainedRow: [Double]
  }

  /// - Returns: nil where the matrices are not definite.
  package init?(_ process: GaussianProcess, normals: inout SampleNormals) {
    self.process = process
    count = normals.count
    let size = process.inputs.count
    let roots = process.noise.map { $0.squareRoot() }
    var inner = process.inverse
    for i in 0..<size {
      for j in 0..<size { inner[i, j] = (i == j ? 1 : 0) - roots[i] * inner[i, j] * roots[j] }
    }
    guard let factor = CholeskyFactor.jittered(inner) else { return nil }
    var draws = DoubleMatrix(rows: size, columns: count)
    for i in 0..<size { for (s, z) in normals.next().enumerated() { draws[i, s] = z } }
    let moved = DoubleMatrix.product(factor.lower, draws)
    observed = (0..<count).map { s in
      (0..<size).map { i in
        let mean = process.standardized[i] - process.noise[i] * process.weights[i]
        return process.center + process.scale * (mean + roots[i] * moved[i, s])
      }
    }
    // A⁻¹ N^½ L⁻ᵀ
    var weighted = process.inverse
    for i in 0..<size { for j in 0..<size { weighted[i, j] *= roots[j] } }
    let half = DoubleMatrix.product(weighted, factor.inverseLower, transposingB: true)
    meanWeights = DoubleMatrix.product(half, draws)
    var explained = DoubleMatrix.product(half, half, transposingB: true)
    for index in explained.elements.indices { explained.elements[index] += process.inverse.elements[index] }
    self.explained = explained
  }

  /// Draws the function at a further place with the given normal numbers; all later draws agree with it.
  /// - Returns: the value in each draw.
  package mutating func fix(_ place: [Double], normals: [Double]) -> [Double] {
    let found = standardizedPaths(at: [place])
    let spread = found.spreads[0]
    fixed.append(
      Fixed(place: place, normals: normals, row: found.rows[0] + [spread], explainedRow: found.explainedRows[0]))
    return zip(found.means[0], normals).map { process.center + process.scale * ($0 + spread * $1) }
  }

  /// Draws at some places, given all observed and fixed ones.
  package func paths(at places: [[Double]]) -> Paths {
    let found = standardizedPaths(at: places)
    return Paths(
      means: found.means.map { $0.map { process.center + process.scale * $0 } },
      spreads: found.spreads.map { process.scale * $0 })
  }

  private func standardizedPaths(
    at places: [[Double]]
  ) -> (means: [[Double]], spreads: [Double], rows: [[Double]], explainedRows: [[Double]]) {
    let size = process.inputs.count
    let covariance = process.kernel(places, process.inputs)
    let drawn = DoubleMatrix.product(covariance, meanWeights), spread = DoubleMatrix.product(covariance, explained)
    let toFixed = process.kernel(places, fixed.map(\.place))
    var means: [[Double]] = [], spreads: [Double] = [], rows: [[Double]] = [], explainedRows: [[Double]] = []
    for index in places.indices {
      let k = covariance.elements[index * size..<(index + 1) * size]
      let explainedRow = Array(spread.elements[index * size..<(index + 1) * size])
      let mean = zip(k, process.weights).reduce(0) { $0 + $1.0 * $1.1 }
      var draws = drawn.elements[index * count..<(index + 1) * count].map { $0 + mean }
      var variance =
        process.kernel.variance(at: places[index]) - zip(k, explainedRow).reduce(0) { $0 + $1.0 * $1.1 }
      var row: [Double] = []
      for (number, point) in fixed.enumerated() {
        var shared = toFixed[index, number]
        for (a, b) in zip(k, point.explainedRow) { shared -= a * b }
        for earlier in 0..<number { shared -= row[earlier] * point.row[earlier] }
        let own = point.row[number], weight = own > 1e-7 ? shared / own : 0
        row.append(weight)
        variance -= weight * weight
        for s in draws.indices { draws[s] += weight * point.normals[s] }
      }
      means.append(draws)
      spreads.append(max(variance, 0).squareRoot())
      rows.append(row)
      explainedRows.append(explainedRow)
    }
    return (means, spreads, rows, explainedRows)
  }
}

/// Standard normal numbers for draws: the first dimensions evenly spread by a Sobol sequence, all others random.
package struct SampleNormals {
  /// How many draws there are.
  let count: Int
  private let places: [[Double]]
  private var random: Philox
  private var dimension = 0

  package init(count: Int, seed: UInt64, stream: UInt64) {
    self.count = count
    random = Philox(seed: seed, purpose: .search, index: stream ^ 1 << 61)
    let sequence = try? SobolSequence(axes: SobolSequence.mostAxes, seed: random.next())
    places = (0..<count).map { sequence?[$0] ?? [] }
  }

  /// The next dimension's number in each draw.
  package mutating func next() -> [Double] {
    defer { dimension += 1 }
    if let first = places.first, dimension < first.count {
      return places.map { NormalDistribution.quantile($0[dimension] + 0x1p-34) }
    }
    return (0..<count).map { _ in NormalDistribution.quantile(random.unit() + 0x1p-55) }
  }
}

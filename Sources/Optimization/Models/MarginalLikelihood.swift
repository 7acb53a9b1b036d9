internal import CLIPCompute
internal import CLIPSystem

/// How well hyper-parameters explain outputs, with their priors, and which way is better.
///
///     log p(y) = -½ yᵀ A⁻¹ y - ½ log |A| - n/2 log 2π,   A = K + diag(noise)
///     d log p(y) / dh = ½ tr((α αᵀ - A⁻¹) dA/dh),         α = A⁻¹ y
///
/// Source: Rasmussen and Williams, "Gaussian processes for machine learning", formulas 5.8 and 5.9. Priors: lengths are
/// log-normal around a mean that grows with the root of the number of axes (Hvarfner, Hellsten, Nardi, "Vanilla Bayesian
/// optimization performs great in high dimensions", arXiv:2402.02229, BoTorch's default since 0.12); the others are
/// log-normal and wide.
package struct MarginalLikelihood {
  package let inputs: [[Double]]
  /// With mean 0 and variance 1.
  let outputs: [Double]
  /// Variances of measurement, in the outputs' unit.
  let noise: [Double]
  /// Whether noise beyond the measured one is looked for: the spread of repeated trainings.
  let fitsNoise: Bool
  let hasTrend: Bool

  /// Added to every variance of measurement: keeps matrices definite where outputs are exact.
  package static let leastNoise = 1e-6
  private static let lengthSpread = 3.0.squareRoot()
  private static let noiseCenter = log(1e-3), noiseSpread = 2.0
  private static let trendCenter = log(0.5), trendSpread = 1.0

  var axes: Int { inputs.first?.count ?? 0 }
  /// Lengths, signal, then noise and trend where they are looked for: all as logarithms.
  package var parameters: Int { axes + 1 + (fitsNoise ? 1 : 0) + (hasTrend ? 1 : 0) }

  package init(inputs: [[Double]], outputs: [Double], noise: [Double], fitsNoise: Bool, hasTrend: Bool) {
    self.inputs = inputs
    self.outputs = outputs
    self.noise = noise
    self.fitsNoise = fitsNoise
    self.hasTrend = hasTrend
  }

  /// The mode of the priors.
  var start: [Double] {
    let length = lengthCenter - Self.lengthSpread * Self.lengthSpread
    return Array(repeating: length, count: axes) + [0] + (fitsNoise ? [Self.noiseCenter] : [])
      + (hasTrend ? [Self.trendCenter] : [])
  }

  private var lengthCenter: Double { 2.0.squareRoot() + 0.5 * log(Double(max(axes, 1))) }

  /// What parameters stand for.
  func kernel(_ logs: [Double]) -> (kernel: Kernel, noiseVariance: Double) {
    let values = logs.map { exp(min(max($0, -18), 18)) }
    return (
      Kernel(
        lengthscales: Array(values.prefix(axes)), signalVariance: values[axes],
        trendVariance: hasTrend ? values[parameters - 1] : 0), fitsNoise ? values[axes + 1] : 0
    )
  }

  /// The negative logarithm of posterior density, and its gradient; infinite where the matrix is not definite.
  package func callAsFunction(_ logs: [Double]) -> (value: Double, gradient: [Double]) {
    let failed = (value: Double.infinity, gradient: [Double](repeating: .nan, count: parameters))
    // Far outside of any prior, exponentials overflow.
    guard logs.allSatisfy({ abs($0) < 18 }) else { return failed }
    let (kernel, extra) = kernel(logs)
    let count = inputs.count
    var matrix = kernel(inputs, inputs)
    for index in 0..<count { matrix[index, index] += noise[index] + extra + Self.leastNoise }
    guard let factor = CholeskyFactor(matrix) else { return failed }
    let alpha = factor.solve(outputs)
    let fit = zip(outputs, alpha).reduce(0) { $0 + $1.0 * $1.1 }
    var value = 0.5 * (fit + factor.logDeterminant + Double(count) * log(2 * .pi))
    var gradient = likelihoodGradient(kernel, extra, alpha, factor.inverse)
    addPriors(logs, &value, &gradient)
    return (value, gradient)
  }

  /// Half the trace of `(A⁻¹ - α αᵀ) dA/dh` for each parameter `h`.
  private func likelihoodGradient(
    _ kernel: Kernel, _ extra: Double, _ alpha: [Double], _ inverse: DoubleMatrix
  ) -> [Double] {
    let count = inputs.count, axes = axes
    var gradient = [Double](repeating: 0, count: parameters)
    var lengths = [Double](repeating: 0, count: axes), signal = 0.0, trend = 0.0, diagonal = 0.0
    let scaled = inputs.flatMap { zip($0, kernel.lengthscales).map { $0 / $1 } }
    let plain = inputs.flatMap { $0.map { $0 - 0.5 } }
    var squares = [Double](repeating: 0, count: axes)
    for i in 0..<count {
      for j in 0...i {
        // Off the diagonal every pair stands twice.
        let weight = (inverse[i, j] - alpha[i] * alpha[j]) * (i == j ? 0.5 : 1)
        if i == j { diagonal += weight }
        var squared = 0.0
        for d in 0..<axes {
          let difference = scaled[i * axes + d] - scaled[j * axes + d]
          squares[d] = difference * difference
          squared += squares[d]
        }
        let r = (5 * squared).squareRoot(), decay = kernel.signalVariance * exp(-r)
        signal += weight * decay * (1 + r + r * r / 3)
        let slope = weight * decay * (1 + r) * 5 / 3
        for d in 0..<axes { lengths[d] += slope * squares[d] }
        if hasTrend {
          var sum = 0.0
          for d in 0..<axes { sum += plain[i * axes + d] * plain[j * axes + d] }
          trend += weight * sum
        }
      }
    }
    for d in 0..<axes { gradient[d] = lengths[d] }
    gradient[axes] = signal
    if fitsNoise { gradient[axes + 1] = diagonal * extra }
    if hasTrend { gradient[parameters - 1] = trend * kernel.trendVariance }
    return gradient
  }

  private func addPriors(_ logs: [Double], _ value: inout Double, _ gradient: inout [Double]) {
    func normal(_ index: Int, _ center: Double, _ spread: Double) {
      let distance = (logs[index] - center) / spread
      value += 0.5 * distance * distance
      gradient[index] += distance / spread
    }
    for index in 0..<axes {
      normal(index, lengthCenter, Self.lengthSpread)
      // The density of the length itself, not of its logarithm.
      value += logs[index]
      gradient[index] += 1
    }
    normal(axes, 0, 1)
    if fitsNoise { normal(axes + 1, Self.noiseCenter, Self.noiseSpread) }
    if hasTrend { normal(parameters - 1, Self.trendCenter, Self.trendSpread) }
  }
}

/// Moves the gates' `log alpha` along their gradients: Adam (arXiv:1412.6980, algorithm 1) with short memories, since a run has
/// few steps, and within ±log 100, so that no gate goes where it could not come back from (CoFi's program does the same).
struct GateOptimizer: Sendable {
  let rate: Double
  private let first = 0.5, second = 0.98, epsilon = 1e-8
  /// `log 100`: a gate there is open with a probability of 99.8 %, or of 4.7 %.
  static let limit = 4.605170185988092
  private var mean: [Double], square: [Double]
  private var firstPower = 1.0, secondPower = 1.0

  init(count: Int, rate: Double) {
    self.rate = rate
    mean = [Double](repeating: 0, count: count)
    square = mean
  }

  mutating func update(_ logAlphas: inout [Double], along gradient: [Double]) {
    firstPower *= first
    secondPower *= second
    for index in logAlphas.indices {
      mean[index] = first * mean[index] + (1 - first) * gradient[index]
      square[index] = second * square[index] + (1 - second) * gradient[index] * gradient[index]
      let step = mean[index] / (1 - firstPower) / ((square[index] / (1 - secondPower)).squareRoot() + epsilon)
      logAlphas[index] = min(max(logAlphas[index] - rate * step, -Self.limit), Self.limit)
    }
  }
}

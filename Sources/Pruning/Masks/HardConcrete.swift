/// The distribution of a gate: a sigmoid of logistic noise, stretched beyond 0 and 1 and cut off there, so that it is exactly 0
/// or exactly 1 with a probability that is not 0, and has a slope in between.
///
///     s = sigmoid((log u - log(1 - u) + log alpha) / beta),   u uniform in (0, 1)
///     z = min(1, max(0, s (zeta - gamma) + gamma))
///
/// Source: Louizos, Welling, Kingma, "Learning sparse neural networks through L0 regularization" (arXiv:1712.01312), equations 10
/// and 11, with the values of section 4.
package struct HardConcrete: Sendable, Equatable {
  /// `beta`: how sharply open and closed are told apart.
  package var temperature = 2.0 / 3
  /// `gamma`: how far below 0 the sigmoid is stretched.
  package var lower = -0.1
  /// `zeta`: how far above 0 the sigmoid is stretched.
  package var upper = 1.1

  /// The values of the paper.
  package init() {}

  /// A gate and its slope along `log alpha`, which is 0 where the gate is cut off.
  /// - Parameter u: between 0 and 1, neither of them
  package func gate(_ logAlpha: Double, uniform u: Double) -> (value: Double, slope: Double) {
    let share = Self.sigmoid((logarithm(u) - logarithm(1 - u) + logAlpha) / temperature)
    let stretched = share * (upper - lower) + lower
    guard stretched > 0 else { return (0, 0) }
    guard stretched < 1 else { return (1, 0) }
    return (stretched, share * (1 - share) / temperature * (upper - lower))
  }

  /// The probability that a gate is not 0: `sigmoid(log alpha - beta log(-gamma / zeta))`, equation 12.
  package func openProbability(_ logAlpha: Double) -> Double {
    Self.sigmoid(logAlpha - temperature * logarithm(-lower / upper))
  }

  /// What a gate is set to once all is learned, above 0 for every `log alpha`: `sigmoid(0.8 log alpha / beta)`, as CoFi's and
  /// TinyCLIP's programs have it. Equation 13's would be 0 for what is kept because there is room for it, and such a part could
  /// not learn again.
  package func settled(_ logAlpha: Double) -> Double { Self.sigmoid(0.8 * logAlpha / temperature) }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
}

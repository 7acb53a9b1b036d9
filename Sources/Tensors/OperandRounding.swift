package import CLIPCompute

/// What a tower's matrix products take in beside weights.
package enum RoundedOperand: Sendable {
  /// Pixels.
  case patches
  /// What queries, keys and values are made of.
  case input
  case queries, keys, values
  /// What the layers behind the heads and of the feed-forward branch read.
  case output, expansion, contraction
  /// What becomes features.
  case projection
}

/// Rounds what matrix products take in, as an accelerator of few bits does, while everything stays floats.
///
/// On the way back rounding counts as the identity, and as a constant where a value was beyond the range and became its end:
/// the straight-through estimator. Source: Bengio et al. (arXiv:1308.3432), section 3; Jacob et al. (arXiv:1712.05877),
/// section 3.
package protocol OperandRounding: Sendable {
  /// Rounds in place.
  /// - Parameters:
  ///   - x: `[rows, columns]`, `unit` times the operand
  func round(_ x: MatrixView, _ operand: RoundedOperand, unit: Float)
  /// Sets the gradient of an operand to zero where the operand was beyond its range.
  /// - Parameters:
  ///   - x: as for ``round(_:_:unit:)``, not yet rounded
  func cut(_ gradient: MatrixView, of x: MatrixView, _ operand: RoundedOperand, unit: Float)
  /// Rounds rows of probabilities in place and makes each add up to one again.
  func roundShares(_ shares: MatrixView)
}

extension OperandRounding {
  package func round(_ x: MatrixView, _ operand: RoundedOperand) { round(x, operand, unit: 1) }

  package func cut(_ gradient: MatrixView, of x: MatrixView, _ operand: RoundedOperand) {
    cut(gradient, of: x, operand, unit: 1)
  }

  /// The way back through an operand: what has its gradient cut becomes what was multiplied, for the weights' gradients.
  package func backward(_ gradient: MatrixView, through x: MatrixView, _ operand: RoundedOperand) {
    cut(gradient, of: x, operand)
    round(x, operand)
  }
}

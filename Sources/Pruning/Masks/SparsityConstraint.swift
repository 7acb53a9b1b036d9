/// Holds the expected sparsity `s` (one less the share of multiply-adds that is expected) at a target `t` that grows to its end:
/// what is added to the loss is
///
///     lambda1 (s - t) + lambda2 (s - t)^2
///
/// made small by the gates and large by the two multipliers, which ascend along their own gradients.
///
/// Source: CoFi's Lagrangian (arXiv:2204.00408, section 3.1, after Wang et al., arXiv:1910.04732), with the target's linear
/// warm-up; TinyCLIP (arXiv:2309.12314) has the same. Their runs take thousands of steps and let both multipliers grow from a
/// small number; here there are hundreds, so `lambda2` starts large and both ascend by `rate`.
package struct SparsityConstraint: Sendable, Equatable {
  /// `t` in the end.
  package let target: Double
  /// Steps in which `t` grows from 0.
  package let warmup: Int
  /// `lambda1`
  package private(set) var linear = 0.0
  /// `lambda2`
  package private(set) var quadratic = 1000.0
  /// How fast the multipliers ascend.
  package var rate = 30.0

  /// - Parameters:
  ///   - target: the share of multiply-adds that shall go, 0 to 1
  ///   - steps: of the whole run; the target is reached after half of them
  package init(target: Double, steps: Int) {
    self.target = target
    warmup = max(1, steps / 2)
  }

  /// `t` at a step, from 0.
  package func target(at step: Int) -> Double { target * min(1, Double(step + 1) / Double(warmup)) }

  /// How the added term changes with the sparsity.
  package func slope(_ sparsity: Double, at step: Int) -> Double {
    linear + 2 * quadratic * (sparsity - target(at: step))
  }

  /// Moves the multipliers.
  package mutating func ascend(_ sparsity: Double, at step: Int) {
    let gap = sparsity - target(at: step)
    linear += rate * gap
    quadratic += rate * gap * gap
  }
}

public import CLIPFiles
import CCLIPVectorKernels

/// AdamW: moments of the gradient, and weight decay apart from them.
///
///     w *= 1 - rate * decay;   m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g²
///     w -= rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: arXiv:1711.05101, algorithm 2; the order of operations is PyTorch's.
public struct AdamW: Optimizer, Equatable {
  /// `adamw`, in recipes and logs.
  public static let name = "adamw"
  /// The mean gradient and the mean squared gradient, as PyTorch calls them.
  public static let stateNames = ["exp_avg", "exp_avg_sq"]

  /// How much of the mean gradient is kept, 0 to 1.
  public var beta1: Double
  /// How much of the mean squared gradient is kept, 0 to 1.
  public var beta2: Double
  /// Added to the root of the mean square.
  public var epsilon: Double
  /// The share of a weight that a learning rate of 1 would take.
  public var weightDecay: Double
  /// Which parameters do not decay.
  public var decayExclusion: DecayExclusion

  /// open_clip's defaults for vision transformers.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.98, epsilon: Double = 1e-6, weightDecay: Double = 0.2,
    decayExclusion: DecayExclusion = .openCLIP3
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decayExclusion = decayExclusion
  }

  init(_ settings: OptimizerSettings) {
    self.init()
    beta1 = settings.number("beta1") ?? beta1
    beta2 = settings.number("beta2") ?? beta2
    epsilon = settings.number("eps") ?? epsilon
    weightDecay = settings.number("wd") ?? weightDecay
    decayExclusion = settings.decayExclusion ?? decayExclusion
  }

  /// `beta1`, `beta2`, `eps`, `wd` and `wd-exclude`.
  public var settings: JSONObject {
    [
      "beta1": .number(beta1), "beta2": .number(beta2), "eps": .number(epsilon), "wd": .number(weightDecay),
      "wd-exclude": .string(decayExclusion.rawValue),
    ]
  }

  /// One step, in one pass over weights, gradients and moments.
  public func update(_ step: OptimizerStep) {
    let beta1 = Float(beta1), beta2 = Float(beta2)
    let correction1 = 1 - power(Double(beta1), step.number), correction2 = 1 - power(Double(beta2), step.number)
    step.forEachRun { run in
      let constants = tk_adamw_step(
        rate: step.rate, beta1: beta1, beta2: beta2, epsilon: Float(epsilon),
        decay: decayExclusion.excludes(run.parameter) ? 0 : Float(weightDecay), correction1: correction1,
        correction2: correction2, factor: step.factor)
      tk_adamw(
        run.weights.baseAddress, run.gradients.baseAddress, run.state[0].baseAddress, run.state[1].baseAddress,
        run.weights.count, constants)
    }
  }

  /// base^exponent, by squaring: the same bits everywhere.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0, square = base, left = exponent
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return result
  }
}

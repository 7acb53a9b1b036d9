public import CLIPFiles
import CCLIPVectorKernels

/// Lion: every weight moves by the learning rate, in the direction of the sign of a mean of its gradients.
///
///     w = w (1 - rate * decay) - rate * sign(beta1 m + (1 - beta1) g);   m = beta2 m + (1 - beta2) g
///
/// It keeps half as much as ``AdamW``. Its steps are larger for the same rate: a rate three to ten times smaller than
/// AdamW's suits it, with a weight decay as much larger.
///
/// Source: arXiv:2302.06675, program 1 and section 5.
public struct Lion: Optimizer, Equatable {
  /// `lion`, in recipes and logs.
  public static let name = "lion"
  /// The mean gradient, under AdamW's name for it.
  public static let stateNames = ["exp_avg"]

  /// How much of the mean goes into a step's direction.
  public var beta1: Double
  /// How much of the mean is kept.
  public var beta2: Double
  /// The share of a weight that a learning rate of 1 would take.
  public var weightDecay: Double
  /// Which parameters do not decay.
  public var decayExclusion: DecayExclusion

  /// The paper's means.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0.2, decayExclusion: DecayExclusion = .openCLIP3
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
    self.decayExclusion = decayExclusion
  }

  init(_ settings: OptimizerSettings) {
    self.init()
    beta1 = settings.number("beta1") ?? beta1
    beta2 = settings.number("beta2") ?? beta2
    weightDecay = settings.number("wd") ?? weightDecay
    decayExclusion = settings.decayExclusion ?? decayExclusion
  }

  /// `beta1`, `beta2`, `wd` and `wd-exclude`.
  public var settings: JSONObject {
    [
      "beta1": .number(beta1), "beta2": .number(beta2), "wd": .number(weightDecay),
      "wd-exclude": .string(decayExclusion.rawValue),
    ]
  }

  /// One step, in one pass over weights, gradients and means.
  public func update(_ step: OptimizerStep) {
    step.forEachRun { run in
      let constants = tk_lion_step(
        rate: step.rate, beta1: Float(beta1), beta2: Float(beta2),
        decay: decayExclusion.excludes(run.parameter) ? 0 : Float(weightDecay), factor: step.factor)
      tk_lion(
        run.weights.baseAddress, run.gradients.baseAddress, run.state[0].baseAddress, run.weights.count, constants)
    }
  }
}

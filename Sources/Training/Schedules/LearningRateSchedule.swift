internal import CLIPSystem

/// The learning rate of each step, as open_clip's `scheduler.py` computes it.
///
/// All start with a linear warm-up: `rate = base * (step + 1) / warmup` for `step < warmup`. Steps count from 0.
public struct LearningRateSchedule: Sendable, Equatable {
  /// What follows the warm-up.
  public enum Kind: String, Sendable, CaseIterable {
    /// `base * (1 + cos(pi * (step - warmup) / (steps - warmup))) / 2`
    case cosine
    /// `base`
    case const
    /// `base`, then from `steps - cooldown` on `(base - end) * (1 - share)^power + end`
    case constCooldown = "const-cooldown"
  }

  /// What follows the warm-up.
  public var kind = Kind.cosine
  /// The rate at the warm-up's end, the highest.
  public var base: Double
  /// Steps of the warm-up.
  public var warmup: Int
  /// All steps, the warm-up's among them.
  public var steps: Int
  /// Steps of the cool-down.
  public var cooldown = 0
  /// The rate at the cool-down's end.
  public var cooldownEnd = 0.0
  /// How the cool-down bends: 1 is a straight line.
  public var cooldownPower = 1.0

  /// A schedule without a cool-down.
  public init(_ kind: Kind = .cosine, base: Double, warmup: Int, steps: Int) {
    self.kind = kind
    self.base = base
    self.warmup = warmup
    self.steps = steps
  }

  /// The learning rate of a step, from 0.
  public func rate(at step: Int) -> Double {
    if step < warmup { return base * Double(step + 1) / Double(warmup) }
    switch kind {
    case .const: return base
    case .cosine:
      let share = Double(step - warmup) / Double(max(steps - warmup, 1))
      return 0.5 * (1 + cos(.pi * min(share, 1))) * base
    case .constCooldown:
      let start = steps - cooldown
      if step < start { return base }
      let share = Double(step - start) / Double(max(steps - start, 1))
      return (base - cooldownEnd) * pow(max(0, 1 - share), cooldownPower) + cooldownEnd
    }
  }
}

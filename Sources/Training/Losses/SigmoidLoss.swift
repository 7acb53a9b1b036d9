public import CLIPTensors

/// SigLIP's loss: each pair of the batch is a yes-or-no question of its own.
///
/// Source: arXiv:2303.15343, algorithm 1; open_clip's `SigLipLoss`.
public struct SigmoidLoss: Loss {
  public static let name = "siglip"
  public static let summary = "SigLIP's pairwise sigmoid loss"
  public static let needsTeacher = false
  public static let comparesSamples = false

  /// The loss; it has no parameters.
  public init() {}

  public func value(_ features: LossFeatures) throws -> Variable { try features.logits.sigmoidLoss() }
}

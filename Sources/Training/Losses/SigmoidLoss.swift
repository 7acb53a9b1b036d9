public import CLIPTensors

/// SigLIP's loss: each pair of the batch is a yes-or-no question of its own.
///
/// Source: arXiv:2303.15343, algorithm 1; open_clip's `SigLipLoss`.
public struct SigmoidLoss: Loss {
  /// `siglip`, in recipes, flags and logs.
  public static let name = "siglip"
  /// One line for people.
  public static let summary = "SigLIP's pairwise sigmoid loss"
  /// False: a batch's pairs are all it needs.
  public static let needsTeacher = false
  /// False: it asks of each pair by itself, so that a batch of one teaches too.
  public static let comparesSamples = false
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The value of ``SigmoidLossOperator``, a scalar in nats.
  /// - Throws: ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    try features.ownImage.similarity(to: features.text, scale: features.logitScale, bias: features.logitBias)
      .sigmoidLoss(first: features.first)
  }
}

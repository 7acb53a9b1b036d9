public import CLIPTensors

/// CLIP's loss: each image picks its text out of the batch, and each text its image.
///
/// Source: arXiv:2103.00020, figure 3; open_clip's `ClipLoss`.
public struct ContrastiveLoss: Loss {
  /// `contrastive`, in recipes, flags and logs.
  public static let name = "contrastive"
  /// One line for people.
  public static let summary = "CLIP's symmetric cross-entropy over the batch"
  /// False: a batch's pairs are all it needs.
  public static let needsTeacher = false
  /// True: similarities are those of a whole batch.
  public static let comparesSamples = true
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The mean of both directions' cross-entropy, a scalar in nats.
  /// - Throws: ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    guard let first = features.first else { return try features.logits.contrastiveLoss() }
    let own = features.ownLogits
    return Variable.sum(
      [(0.5, try own.images.rowLoss(first: first)), (0.5, try own.texts.rowLoss(first: first))], on: features.tape)
  }
}

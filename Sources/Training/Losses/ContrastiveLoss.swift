public import CLIPTensors

/// CLIP's loss: each image picks its text out of the batch, and each text its image.
///
/// Source: arXiv:2103.00020, figure 3; open_clip's `ClipLoss`.
public struct ContrastiveLoss: Loss {
  public static let name = "contrastive"
  public static let summary = "CLIP's symmetric cross-entropy over the batch"
  public static let needsTeacher = false
  public static let comparesSamples = true

  /// The loss; it has no parameters.
  public init() {}

  public func value(_ features: LossFeatures) throws -> Variable { try features.logits.contrastiveLoss() }
}

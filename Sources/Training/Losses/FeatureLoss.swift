public import CLIPTensors

/// The student's features lie where the teacher's do: the squared distance of unit vectors, `2 - 2 cos`, of images plus
/// that of texts, averaged over the batch.
///
/// Where the widths differ a projection is trained along and left behind afterwards.
///
/// Source: feature distillation of CLIP-KD (arXiv:2307.12732, section 3.3), its strongest single term. There it is a mean
/// over the teacher's width with weight 2000: for a width of 512 the weight here that gives the same gradient is 3.9.
public struct FeatureLoss: Loss {
  public static let name = "feature"
  public static let summary = "squared distance from a teacher's features (CLIP-KD's feature distillation)"
  public static let needsTeacher = true
  public static let comparesSamples = false

  /// The loss; it has no parameters.
  public init() {}

  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name)
    return Variable.sum(
      [
        (1, try features.projectedImage.squaredDistance(to: teacher.image)),
        (1, try features.projectedText.squaredDistance(to: teacher.text)),
      ], on: features.tape)
  }
}

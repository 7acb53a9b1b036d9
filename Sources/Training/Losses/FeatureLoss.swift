public import CLIPTensors

/// The student's features lie where the teacher's do: the squared distance of unit vectors, `2 - 2 cos`, of images plus
/// that of texts, averaged over the batch.
///
/// Where the widths differ a projection is trained along and left behind afterwards.
///
/// Source: feature distillation of CLIP-KD (arXiv:2307.12732, section 3.3), its strongest single term. There it is a mean
/// over the teacher's width with weight 2000: for a width of 512 the weight here that gives the same gradient is 3.9.
public struct FeatureLoss: Loss {
  /// `feature`, in recipes, flags and logs.
  public static let name = "feature"
  /// One line for people.
  public static let summary = "squared distance from a teacher's features (CLIP-KD's feature distillation)"
  /// True: the teacher's features are the target.
  public static let needsTeacher = true
  /// False: each sample is held against its own from the teacher.
  public static let comparesSamples = false
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The squared distances of images and of texts, each averaged over the batch, then added: a scalar.
  /// - Throws: ``InputError`` without a teacher, ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name)
    func own(_ target: Tensor) -> Tensor { features.areAllRows ? target : target.rows(features.rows) }
    let batch = features.image.value.shape[0]
    return Variable.sum(
      [
        (1, try features.projectedImage.squaredDistance(to: own(teacher.image), batch: batch)),
        (1, try features.projectedText.squaredDistance(to: own(teacher.text), batch: batch)),
      ], on: features.tape)
  }
}

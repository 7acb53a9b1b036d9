public import CLIPTensors

/// The student's affinities between the batch's images and texts follow the teacher's, both at the teacher's logit
/// scale: the Kullback-Leibler divergence over rows plus that over columns.
///
/// Unlike ``SoftLogitsLoss`` it leaves the student's own scale alone and is zero for a perfect student.
///
/// Source: TinyCLIP's affinity mimicking (arXiv:2309.12314, equations 3 to 5), which is the same sum up to the teacher's
/// entropy; CLIP-KD's contrastive relational distillation (arXiv:2307.12732, section 3.2).
public struct AffinityLoss: Loss {
  /// `affinity`, in recipes, flags and logs.
  public static let name = "affinity"
  /// One line for people.
  public static let summary = "divergence from a teacher's affinities at its logit scale (TinyCLIP, CLIP-KD's CRD)"
  /// True: the teacher's affinities are the target.
  public static let needsTeacher = true
  /// True: similarities are those of a whole batch.
  public static let comparesSamples = true
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The divergence over rows plus that over columns, a scalar; 0 for a perfect student.
  /// - Throws: ``InputError`` without a teacher, ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name), tape = features.tape
    let scale = tape.constant(Tensor([teacher.logitScale], []))
    var target = teacher
    target.logitBias = 0
    guard features.areAllRows else {
      let images = features.ownImage.similarity(to: features.text, scale: scale)
      let texts = features.ownText.similarity(to: features.image, scale: scale), own = target.logits(features.rows)
      return Variable.sum(
        [
          (2, try images.softRowLoss(teacher: own.images, relative: true)),
          (2, try texts.softRowLoss(teacher: own.texts, relative: true)),
        ], on: tape)
    }
    let student = features.image.similarity(to: features.text, scale: scale)
    return Variable.sum([(2, try student.softLoss(teacher: target.logits, relative: true))], on: tape)
  }
}

public import CLIPTensors

/// Contrast across student and teacher: the student's images pick the teacher's texts and its texts the teacher's images.
///
/// Source: interactive contrastive learning of CLIP-KD (arXiv:2307.12732, section 3.5). Here the student's own logit scale
/// is the factor, exponentiated; the published code uses its logarithm, 2.7 instead of 14.3 at the start.
public struct InteractiveLoss: Loss {
  /// `interactive`, in recipes, flags and logs.
  public static let name = "interactive"
  /// One line for people.
  public static let summary = "contrast of student images with teacher texts and the reverse (CLIP-KD's ICL)"
  /// True: the teacher's features are one side of every pair.
  public static let needsTeacher = true
  /// True: similarities are those of a whole batch.
  public static let comparesSamples = true
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The mean of both directions' cross-entropy, a scalar in nats.
  /// - Throws: ``InputError`` without a teacher, ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name), tape = features.tape, scale = features.logitScale
    let images = features.projectedImage.similarity(to: tape.constant(teacher.text), scale: scale)
    let texts = features.projectedText.similarity(to: tape.constant(teacher.image), scale: scale)
    let first = features.first
    return Variable.sum([(0.5, try images.rowLoss(first: first)), (0.5, try texts.rowLoss(first: first))], on: tape)
  }
}

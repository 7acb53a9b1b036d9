public import CLIPTensors

/// Contrast across student and teacher: the student's images pick the teacher's texts and its texts the teacher's images.
///
/// Source: interactive contrastive learning of CLIP-KD (arXiv:2307.12732, section 3.5). Here the student's own logit scale
/// is the factor, exponentiated; the published code uses its logarithm, 2.7 instead of 14.3 at the start.
public struct InteractiveLoss: Loss {
  public static let name = "interactive"
  public static let summary = "contrast of student images with teacher texts and the reverse (CLIP-KD's ICL)"
  public static let needsTeacher = true
  public static let comparesSamples = true

  /// The loss; it has no parameters.
  public init() {}

  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name), tape = features.tape, scale = features.logitScale
    let images = features.projectedImage.similarity(to: tape.constant(teacher.text), scale: scale)
    let texts = features.projectedText.similarity(to: tape.constant(teacher.image), scale: scale)
    return Variable.sum([(0.5, try images.rowLoss()), (0.5, try texts.rowLoss())], on: tape)
  }
}

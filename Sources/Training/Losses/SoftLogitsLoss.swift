public import CLIPTensors

/// The student's distribution over the batch follows the teacher's, each with its own logit scale.
///
/// Source: the soft part of open_clip's `DistillClipLoss`.
public struct SoftLogitsLoss: Loss {
  public static let name = "soft-logits"
  public static let summary = "cross-entropy with a teacher's distribution over the batch (open_clip's DistillClipLoss)"
  public static let needsTeacher = true
  public static let comparesSamples = true

  /// The loss; it has no parameters.
  public init() {}

  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name)
    return try features.logits.softLoss(teacher: teacher.logits)
  }
}

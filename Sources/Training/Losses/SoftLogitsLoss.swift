public import CLIPTensors

/// The student's distribution over the batch follows the teacher's, each with its own logit scale.
///
/// Source: the soft part of open_clip's `DistillClipLoss`.
public struct SoftLogitsLoss: Loss {
  /// `soft-logits`, in recipes, flags and logs.
  public static let name = "soft-logits"
  /// One line for people.
  public static let summary = "cross-entropy with a teacher's distribution over the batch (open_clip's DistillClipLoss)"
  /// True: the teacher's distribution is the target.
  public static let needsTeacher = true
  /// True: similarities are those of a whole batch.
  public static let comparesSamples = true
  /// True.
  public static let isDivisible = true

  /// The loss; it has no parameters.
  public init() {}

  /// The mean of both directions' cross-entropy with the teacher, a scalar in nats; at least the teacher's own entropy.
  /// - Throws: ``InputError`` without a teacher, ``ShapeError`` when features do not fit together.
  public func value(_ features: LossFeatures) throws -> Variable {
    let teacher = try features.requiredTeacher(Self.name)
    guard !features.areAllRows else { return try features.logits.softLoss(teacher: teacher.logits) }
    let own = features.ownLogits, target = teacher.logits(features.rows)
    return Variable.sum(
      [
        (1, try own.images.softRowLoss(teacher: target.images)), (1, try own.texts.softRowLoss(teacher: target.texts)),
      ], on: features.tape)
  }
}

import CLIPFiles

/// All losses, by name.
public enum LossCatalog {
  public static let losses: [any Loss.Type] = [
    ContrastiveLoss.self, SigmoidLoss.self, SoftLogitsLoss.self, FeatureLoss.self, AffinityLoss.self,
    InteractiveLoss.self,
  ]

  /// Their names.
  public static var names: [String] { losses.map { $0.name } }

  /// The loss of a name.
  /// - Throws: ``InputError`` that names the nearest one.
  static func loss(_ name: String) throws -> any Loss.Type {
    guard let loss = losses.first(where: { $0.name == name }) else {
      throw InputError("no loss \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return loss
  }
}

/// One term of the loss that is minimized, `Σ weight * term`.
public struct LossTerm: Sendable {
  public let loss: any Loss
  public let weight: Float
  /// Which teacher it compares with, from 0; of no meaning for a loss that needs none.
  public let teacher: Int

  /// - Throws: ``InputError`` for a name that no loss has, or a weight that is not a finite number from 0.
  public init(_ name: String, weight: Double, teacher: Int = 0) throws {
    guard weight.isFinite, weight >= 0, weight <= 1e6 else {
      throw InputError("the weight of loss \(name.quoted()) must be from 0 to 1000000, found \(weight)")
    }
    loss = try LossCatalog.loss(name).init()
    self.weight = Float(weight)
    self.teacher = teacher
  }

  /// What logs call it: its name, with the teacher's number from the second on.
  public var name: String { type(of: loss).name + (needsTeacher && teacher > 0 ? "_\(teacher + 1)" : "") }

  public var needsTeacher: Bool { type(of: loss).needsTeacher }
  public var comparesSamples: Bool { type(of: loss).comparesSamples }
}

extension LossFeatures {
  /// - Throws: ``InputError`` where a loss that compares with a teacher has none.
  func requiredTeacher(_ loss: String) throws -> TeacherFeatures {
    guard let teacher else {
      throw InputError("loss \(loss.quoted()) compares with a teacher", advice: "name one with --distill-pretrained")
    }
    return teacher
  }
}

package import CLIPFiles

/// All losses that a recipe can name.
public enum LossCatalog {
  /// Each with its standard parameters.
  public static let losses: [any Loss] = [
    ContrastiveLoss(), SigmoidLoss(), SoftLogitsLoss(), FeatureLoss(), AffinityLoss(), InteractiveLoss(),
  ]

  /// Their names.
  public static var names: [String] { losses.map { type(of: $0).name } }

  /// The loss of a name.
  /// - Throws: ``InputError`` that names the nearest one.
  public static func loss(_ name: String) throws -> any Loss {
    guard let loss = losses.first(where: { type(of: $0).name == name }) else {
      throw InputError("no loss \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return loss
  }
}

/// One term of the loss that is minimized, `Σ weight * term`.
public struct LossTerm: Sendable {
  /// What is computed.
  public let loss: any Loss
  /// What its value is multiplied by, from 0 to 1,000,000.
  public let weight: Double
  /// Which teacher it compares with, from 0; of no meaning for a loss that needs none.
  public let teacher: Int

  /// A term; ``Trainer`` refuses weights that are no number from 0 to 1,000,000.
  public init(_ loss: any Loss, weight: Double = 1, teacher: Int = 0) {
    self.loss = loss
    self.weight = weight
    self.teacher = teacher
  }

  /// What is learned from teachers unless told otherwise: features, affinities and interactive contrast, and no contrastive
  /// term of the student's own.
  ///
  /// The best combination of CLIP-KD's ablation (arXiv:2307.12732, table 1), with its weights: its 2000 for features is 3.9
  /// here, see ``FeatureLoss``. Several teachers share the weight of each term.
  public static func distillation(teachers: Int = 1) -> [LossTerm] {
    [(FeatureLoss(), 4.0), (InteractiveLoss(), 1.0), (AffinityLoss(), 1.0)].flatMap { loss, weight in
      shared(loss, weight: weight, teachers: teachers)
    }
  }

  /// A loss as a term for each of some teachers; one that needs none is a single term.
  static func shared(_ loss: any Loss, weight: Double, teachers: Int) -> [LossTerm] {
    guard type(of: loss).needsTeacher else { return [LossTerm(loss, weight: weight)] }
    return (0..<teachers).map { LossTerm(loss, weight: weight / Double(teachers), teacher: $0) }
  }

  /// What logs call it: its name, with the teacher's number from the second on.
  public var name: String { type(of: loss).name + (needsTeacher && teacher > 0 ? "_\(teacher + 1)" : "") }

  /// As its loss says.
  public var needsTeacher: Bool { type(of: loss).needsTeacher }
  /// As its loss says.
  public var comparesSamples: Bool { type(of: loss).comparesSamples }

  /// - Throws: ``InputError`` for a weight that is no number from 0 to 1,000,000, or a teacher that is not there.
  func check(teachers: Int) throws {
    guard weight.isFinite, weight >= 0, weight <= 1e6 else {
      throw InputError("the weight of loss \(type(of: loss).name.quoted()) must be from 0 to 1000000, found \(weight)")
    }
    if needsTeacher, !(0..<teachers).contains(teacher) {
      throw InputError("loss \(name.quoted()) compares with a teacher", advice: "give the run one")
    }
  }

  /// For a run's record: names with weights, and parameters where there are any.
  package static func json(_ terms: [LossTerm]) -> JSONObject {
    terms.reduce(into: JSONObject()) { object, term in
      let settings = term.loss.settings, weight = JSONValue.number(term.weight)
      object[term.name] = settings.count == 0 ? weight : .object(["weight": weight] + settings)
    }
  }
}

extension LossFeatures {
  /// - Throws: ``InputError`` where a loss that compares with a teacher has none.
  func requiredTeacher(_ loss: String) throws -> TeacherFeatures {
    guard let teacher else { throw InputError("loss \(loss.quoted()) compares with a teacher", advice: "give it one") }
    return teacher
  }
}

import CLIPFiles

/// All strategies, by name.
public enum ImportanceCatalog {
  public static let strategies: [any ImportanceStrategy.Type] = [
    SurgeonImportance.self, ActivationImportance.self, TaylorImportance.self, MagnitudeImportance.self,
    RandomImportance.self, ReferenceImportance.self,
  ]

  /// Their names.
  public static var names: [String] { strategies.map { $0.name } }

  /// What is used unless the user says otherwise.
  public static let standard = SurgeonImportance.name

  /// The strategy of a name.
  /// - Throws: ``InputError`` that names the nearest one.
  public static func strategy(_ name: String) throws -> any ImportanceStrategy {
    guard let strategy = strategies.first(where: { $0.name == name }) else {
      throw InputError("no strategy \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return strategy.init()
  }
}

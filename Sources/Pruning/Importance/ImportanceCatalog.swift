import CLIPFiles

/// The strategies that have a name for flags and recipes. A user's own need none: ``Pruner`` takes any
/// ``ImportanceStrategy``.
public enum ImportanceCatalog {
  /// One strategy: its name, one line for `--help`, and how it is made.
  public struct Entry: Sendable {
    /// What flags, recipes and reports call it.
    public let name: String
    /// One line for help texts.
    public let summary: String
    /// Makes the strategy.
    public let make: @Sendable () -> any ImportanceStrategy

    init(_ name: String, _ summary: String, make: @escaping @Sendable () -> any ImportanceStrategy) {
      self.name = name
      self.summary = summary
      self.make = make
    }
  }

  /// All of them, the standard one first.
  public static let strategies: [Entry] = [
    SurgeonImportance.entry, ActivationImportance.entry, TaylorImportance.entry, MagnitudeImportance.entry,
    RandomImportance.entry, ReferenceImportance.entry,
  ]

  /// Their names.
  public static var names: [String] { strategies.map(\.name) }

  /// What is used unless the user says otherwise.
  public static let standard = SurgeonImportance.entry.name

  /// The strategy of a name.
  /// - Throws: ``InputError`` that names the nearest one.
  public static func strategy(_ name: String) throws -> any ImportanceStrategy {
    guard let entry = strategies.first(where: { $0.name == name }) else {
      throw InputError("no strategy \(name.quoted())", advice: Suggestion.advice(for: name, among: names))
    }
    return entry.make()
  }
}

internal import CLIPFiles

/// The cost models that there are; the first is the default.
public enum CostModelKind: String, CaseIterable, Sendable {
  /// What a chip truly costs, as far as is known.
  case physical
  /// CATransformers' estimator with its defects, to compare with.
  case reference

  /// The cost model of a name.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String) throws -> CostModelKind {
    if let kind = CostModelKind(rawValue: name) { return kind }
    throw InputError(
      "unknown cost model \(name.quoted())", advice: Suggestion.advice(for: name, among: allCases.map(\.rawValue)))
  }

  /// What help texts say of it.
  public var summary: String {
    switch self {
    case .physical: "padded tiles, optimal mappings, sourced energies, overlap"
    case .reference: "CATransformers' estimator, its defects included"
    }
  }

  /// The model on the toolkit's own figures; settings count for the physical one only.
  /// - Throws: `InputError` where figures cannot be read, or a setting is out of range.
  public func model(_ settings: PhysicalCostModel.Settings = .init()) throws -> any CostModel {
    switch self {
    case .physical: try PhysicalCostModel(settings)
    case .reference: try ReferenceCostModel()
    }
  }
}

import CLIPFiles

/// All optimizers that a recipe can name.
public enum OptimizerCatalog {
  /// One of them.
  struct Entry: Sendable {
    let name: String
    /// What model cards call it.
    let title: String
    let make: @Sendable (OptimizerSettings) -> any Optimizer
  }

  static let entries = [
    Entry(name: AdamW.name, title: "AdamW") { AdamW($0) },
    Entry(name: Lion.name, title: "Lion") { Lion($0) },
  ]

  /// Their names; the first is the standard.
  public static var names: [String] { entries.map(\.name) }

  /// What model cards call an optimizer; one of a user's own has its name.
  static func title(_ optimizer: any Optimizer) -> String {
    let name = type(of: optimizer).name
    return entries.first { $0.name == name }?.title ?? name
  }
}

/// What a recipe says of an optimizer, by key; what it does not say stays as the optimizer has it.
struct OptimizerSettings: Sendable {
  var values: JSONObject

  func number(_ key: String) -> Double? { values[key]?.doubleValue }
  var decayExclusion: DecayExclusion? { values["wd-exclude"]?.stringValue.flatMap { DecayExclusion(rawValue: $0) } }
}

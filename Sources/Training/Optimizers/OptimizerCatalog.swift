import CLIPFiles

/// All optimizers that a recipe can name.
public enum OptimizerCatalog {
  /// One of them.
  struct Entry: Sendable {
    let name: String
    /// What model cards call it.
    let title: String
    /// One line for people.
    let summary: String
    let make: @Sendable (OptimizerSettings) -> any Optimizer
  }

  static let entries = [
    Entry(
      name: AdamW.name, title: "AdamW",
      summary: "Adam with decoupled weight decay, as open_clip trains: arXiv:1711.05101"
    ) { AdamW($0) },
    Entry(
      name: Lion.name, title: "Lion",
      summary: "the sign of a momentum; keeps half as much, wants a rate 3 to 10 times smaller: arXiv:2302.06675"
    ) { Lion($0) },
  ]

  /// Their names; the first is the standard.
  public static var names: [String] { entries.map(\.name) }

  /// Their names, each with one line for people.
  package static var summaries: [(name: String, summary: String)] { entries.map { ($0.name, $0.summary) } }

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

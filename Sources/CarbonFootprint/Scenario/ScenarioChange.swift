public import CLIPRecipes

/// Another value for one key of a scenario: what a flag of the command line says.
public struct ScenarioChange: Sendable {
  /// The key, with its section before a point: `grid`, `fab.yield`, `dram.type`.
  public let key: String
  /// The value, with the flag's name as its origin.
  public let value: RecipeNode

  /// A change.
  public init(_ key: String, _ value: RecipeNode) {
    self.key = key
    self.value = value
  }

  /// Keys that exclude one another: whoever says how many inferences there are does not keep the file's rate.
  private static let exclusions = [
    "inferences": ["lifetime", "rate", "duty", "activity", "images-per-fetch"], "activity": ["inferences"],
    "texts-per-image": ["prompts"], "rate": ["inferences"], "lifetime": ["inferences"],
    "duty": ["inferences"],
    "grid": ["grid-hours", "window"], "grid-hours": ["grid"],
  ]

  /// The keys of a scenario to which another one leaves no room.
  static func excluded(by key: String) -> [String] { exclusions[key] ?? [] }

  /// The keys of a scenario that the recipes of a search and of an estimate may hold beside its name.
  public static let keys = [
    "lifetime", "rate", "duty", "inferences", "activity", "device-lifetime", "deadline", "weights",
    "grid", "grid-hours", "window", "pue",
    "texts-per-image", "prompts", "text-tokens", "last-block", "images-per-fetch",
    "boundary", "device", "model-carbon", "devices", "temperature",
  ]

  /// What a recipe changes of the scenario that it names.
  public static func read(_ reader: inout RecipeReader) -> [ScenarioChange] {
    keys.compactMap { key in reader.node(key).map { ScenarioChange(key, $0) } }
  }

  func applied(to recipe: RecipeNode) throws -> RecipeNode {
    guard case .map(var members) = recipe.value else { return recipe }
    members.removeAll { Self.excluded(by: key).contains($0.key) }
    let recipe = RecipeNode(.map(members), origin: recipe.origin)
    let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, let section = parts.first, let name = parts.last else {
      return recipe.overridden(by: RecipeNode(.map([(key, value)]), origin: recipe.origin))
    }
    let inner =
      try recipe[section].map { try Self.section(of: section, $0) } ?? RecipeNode(.map([]), origin: value.origin)
    let changed = inner.overridden(by: RecipeNode(.map([(name, value)]), origin: inner.origin))
    return recipe.overridden(by: RecipeNode(.map([(section, changed)]), origin: recipe.origin))
  }

  /// `dram: lpddr4` is short for a section with that type; `dram: none` has nothing to change.
  static func section(of name: String, _ short: RecipeNode) throws -> RecipeNode {
    if case .map = short.value { return short }
    guard name == "dram", let text = short.textValue else {
      if case .null = short.value { return RecipeNode(.map([]), origin: short.origin) }
      throw short.error("\(name) must be keys with values, found \(short.short)")
    }
    if text == "none" { return RecipeNode(.map([]), origin: short.origin) }
    return RecipeNode(.map([("type", short)]), origin: short.origin)
  }
}

internal import CLIPFiles
public import CLIPRecipes

/// Other values for one knob of designs and spaces: what a flag, or a recipe beside the design's name, says.
public struct DesignChange: Sendable {
  /// The knob's key, such as `weights-in`.
  public let key: String
  /// A value, or a list of them.
  public let value: RecipeNode

  /// A change.
  public init(_ key: String, _ value: RecipeNode) {
    self.key = key
    self.value = value
  }

  /// A change in the words of a flag: several values are set apart by commas.
  public init(_ key: String, words: String, origin: String) {
    let items = words.split(separator: ",", omittingEmptySubsequences: false).map {
      RecipeNode(word: String($0).trimmed, origin: origin)
    }
    self.init(key, items.count == 1 ? items[0] : RecipeNode(.list(items), origin: origin))
  }

  /// The knobs that recipes of searches and estimates may turn beside a design's or a space's name.
  public static let keys = ["weights-in", "dram", "l2-ports", "buffer-ports"]

  /// What a recipe changes of the designs that it names.
  public static func read(_ reader: inout RecipeReader) -> [DesignChange] {
    keys.compactMap { key in reader.node(key).map { DesignChange(key, $0) } }
  }

  /// The knob and its values.
  /// - Throws: `InputError` naming the place, for an unknown knob and for values that it cannot have.
  func values(_ memories: MemoryCatalog?) throws -> (knob: AcceleratorDesign.Knob, values: [KnobValue]) {
    guard let knob = AcceleratorDesign.knobs.first(where: { $0.key == key }) else {
      throw InputError(
        "unknown knob \(key.quoted())",
        advice: Suggestion.advice(for: key, among: AcceleratorDesign.knobs.map(\.key)))
    }
    let items: [RecipeNode] = if case .list(let items) = value.value { items } else { [value] }
    let values = try items.map { try knob.value($0, memories: memories) }
    guard !values.isEmpty, Set(values).count == values.count else {
      throw value.error("\(key) must be a list of different values")
    }
    return (knob, values)
  }
}

extension AcceleratorDesign {
  /// The same design with some knobs turned.
  /// - Parameter memories: those that may be named; nil reads the toolkit's
  /// - Throws: `InputError` naming the place, and for a knob with several values.
  public func changed(by changes: [DesignChange], memories: MemoryCatalog? = nil) throws -> AcceleratorDesign {
    try changes.reduce(into: self) { design, change in
      let (knob, values) = try change.values(memories)
      guard values.count == 1, let value = values.first else {
        throw change.value.error(
          "\(change.key) has one value in a design, found \(values.count)", advice: "several belong to a sweep")
      }
      knob.set(value, in: &design)
    }
  }
}

extension DesignSpace {
  /// The same space with other values of some knobs.
  /// - Parameter memories: those that may be named; nil reads the toolkit's
  /// - Throws: `InputError` naming the place, and for a space too large.
  public func changed(by changes: [DesignChange], memories: MemoryCatalog? = nil) throws -> DesignSpace {
    var choices = choices
    for change in changes {
      let (knob, values) = try change.values(memories)
      guard let place = choices.firstIndex(where: { $0.key == knob.key }) else { continue }
      choices[place].values = values
    }
    return try DesignSpace(checked: choices)
  }
}

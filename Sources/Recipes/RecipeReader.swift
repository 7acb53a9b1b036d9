public import CLIPFiles

/// Takes settings out of a recipe by key, checks them, and refuses what nobody asked for.
///
///     var reader = try RecipeReader(node)
///     let rate = try reader.number("lr", in: 0...1) ?? 5e-4
///     try reader.finish()
public struct RecipeReader {
  private let node: RecipeNode
  private let members: [(key: String, node: RecipeNode)]
  private let kind: RecipeKind
  private var asked: [String] = []

  /// - Parameter kind: what the recipe is for
  /// - Throws: ``InputError`` when the node is no map.
  public init(_ node: RecipeNode, as kind: RecipeKind = .training) throws {
    guard case .map(let members) = node.value else {
      throw node.error("expected keys with values, found \(node.kind)")
    }
    self.node = node
    self.members = members
    self.kind = kind
  }

  /// A value as it stands; nil where the key is missing or has no value.
  public mutating func node(_ key: String) -> RecipeNode? {
    asked.append(key)
    guard let found = members.first(where: { $0.key == key })?.node else { return nil }
    if case .null = found.value { return nil }
    return found
  }

  /// - Throws: ``InputError`` naming the place, what was expected and what was found.
  public mutating func text(_ key: String) throws -> String? {
    guard let found = node(key) else { return nil }
    guard let text = found.textValue else {
      throw found.error("\(key) must be text, found \(found.short)", advice: found.isBool ? "put it into quotes" : nil)
    }
    guard !text.isEmpty else { throw found.error("\(key) must not be empty") }
    return text
  }

  /// One of several words.
  public mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type
  ) throws -> Choice? where Choice.RawValue == String {
    guard let text = try text(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue)
      throw error(
        key, "must be \(known.joined(separator: ", ")), found \(text.quoted())",
        Suggestion.nearest(to: text, among: known).map { "did you mean \"\($0)\"?" })
    }
    return choice
  }

  /// `true` or `false`; nil where the key is missing or has no value.
  /// - Throws: ``InputError`` naming the place, for anything else.
  public mutating func bool(_ key: String) throws -> Bool? {
    guard let found = node(key) else { return nil }
    guard case .bool(let value) = found.value else {
      throw found.error("\(key) must be true or false, found \(found.short)")
    }
    return value
  }

  /// A whole number in a range, also written as `4.0`; nil where the key is missing or has no value.
  /// - Throws: ``InputError`` naming the place and the range, for anything else.
  public mutating func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let found = node(key) else { return nil }
    let value: Int? =
      switch found.value {
      case .integer(let value): value
      case .number(let value): Int(exactly: value)
      default: nil
      }
    guard let value, range.contains(value) else {
      throw found.error(
        "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound), found \(found.short)")
    }
    return value
  }

  /// A number in a range; nil where the key is missing or has no value.
  /// - Throws: ``InputError`` naming the place and the range, for anything else.
  public mutating func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let found = node(key) else { return nil }
    guard let value = found.numberValue, range.contains(value) else {
      throw found.error("\(key) must be a number from \(Self.bounds(range)), found \(found.short)")
    }
    return value
  }

  /// A list of numbers in a range, perhaps empty; nil where the key is missing or has no value.
  /// - Throws: ``InputError`` naming the place and the range, for anything else.
  public mutating func numbers(_ key: String, in range: ClosedRange<Double>) throws -> [Double]? {
    guard let found = node(key) else { return nil }
    guard case .list(let items) = found.value else {
      throw found.error("\(key) must be a list of numbers, found \(found.short)")
    }
    return try items.map { item in
      guard let value = item.numberValue, range.contains(value) else {
        throw item.error("\(key) must hold numbers from \(Self.bounds(range)), found \(item.short)")
      }
      return value
    }
  }

  /// A section: keys with values, which stay as they stand.
  /// - Parameter example: what may be written
  public mutating func section(_ key: String, _ example: String) throws -> RecipeNode? {
    guard let found = node(key) else { return nil }
    guard case .map = found.value else {
      throw found.error("\(key) must be keys with values, found \(found.short)", advice: "such as \(key): \(example)")
    }
    return found
  }

  /// A list of different whole numbers; a single number is a list of one.
  public mutating func integers(_ key: String, in range: ClosedRange<Int>) throws -> [Int]? {
    guard let found = node(key) else { return nil }
    guard case .list(let items) = found.value else { return try integer(key, in: range).map { [$0] } }
    let values = try items.map { item -> Int in
      guard case .integer(let value) = item.value, range.contains(value) else {
        throw item.error(
          "\(key) must hold whole numbers from \(range.lowerBound) to \(range.upperBound), found \(item.short)")
      }
      return value
    }
    guard !values.isEmpty, Set(values).count == values.count else {
      throw found.error("\(key) must be different numbers")
    }
    return values
  }

  /// A list of texts; a single text is a list of one.
  public mutating func texts(_ key: String) throws -> [String]? {
    guard let found = node(key) else { return nil }
    guard case .list(let items) = found.value else { return try text(key).map { [$0] } }
    return try items.map { item in
      guard let text = item.textValue else {
        throw item.error(
          "\(key) must hold texts, found \(item.short)", advice: item.isBool ? "put it into quotes" : nil)
      }
      return text
    }
  }

  /// A section: keys with numbers, such as losses with their weights.
  public mutating func weights(_ key: String) throws -> [(name: String, value: Double, origin: String)]? {
    guard let found = node(key) else { return nil }
    guard case .map(let members) = found.value else {
      throw found.error(
        "\(key) must be names with numbers, found \(found.short)", advice: "such as \(key): {contrastive: 1}")
    }
    return try members.map { name, node in
      guard let value = node.numberValue else {
        throw node.error("\(key): \(name) must be a number, found \(node.short)")
      }
      return (name, value, node.origin)
    }
  }

  /// An error about a key's value.
  public func error(_ key: String, _ problem: String, _ advice: String? = nil) -> InputError {
    (members.first { $0.key == key }?.node ?? node).error("\(key) \(problem)", advice: advice)
  }

  /// Refuses keys that were never asked for.
  /// - Parameter place: where a key belongs that has a meaning elsewhere; nil for others
  /// - Throws: ``InputError`` with the nearest known key.
  public func finish(elsewhere place: (RecipeNode, String) -> String? = { _, _ in nil }) throws {
    let known = Set(asked)
    for (key, node) in members {
      // Taken for "not given", `hardware:` would be a search of another space than the one that was meant.
      if known.contains(key), case .null = node.value {
        throw node.error("\(key) has no value", advice: "give it one, or remove the line")
      }
    }
    for (key, node) in members where !known.contains(key) {
      if let place = place(node, key) { throw node.error("unknown key \(key.quoted())", advice: place) }
      // All keys together would make no line that anybody reads.
      let near = Suggestion.nearest(to: key, among: asked)
      throw node.error(
        "unknown key \(key.quoted())",
        advice: near == nil && asked.count > 12
          ? "see \(kind.keys) for the keys" : Suggestion.advice(for: key, among: asked))
    }
  }

  private static func bounds(_ range: ClosedRange<Double>) -> String {
    "\(short(range.lowerBound)) to \(short(range.upperBound))"
  }

  private static func short(_ bound: Double) -> String {
    bound == bound.rounded() && abs(bound) < 1e15 ? "\(Int(bound))" : "\(bound)"
  }
}

extension RecipeNode {
  /// The text it holds; a number's as it was written, for a file or a run may be called 2024.
  public var textValue: String? {
    switch value {
    case .string(let text): text
    case .integer(let value): word ?? "\(value)"
    case .number(let value): word ?? "\(value)"
    default: nil
    }
  }

  var isBool: Bool { if case .bool = value { true } else { false } }

  /// The number it holds, whole or not.
  public var numberValue: Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A map with another's members put over its own.
  public func overridden(by other: RecipeNode) -> RecipeNode {
    guard case .map(var members) = value, case .map(let others) = other.value else { return other }
    for (key, node) in others {
      if let place = members.firstIndex(where: { $0.key == key }) {
        members[place].node = node
      } else {
        members.append((key, node))
      }
    }
    var node = RecipeNode(.map(members), origin: origin)
    node.places = places
    return node
  }
}

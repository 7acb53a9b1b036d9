public import CLIPFiles

/// One value of a recipe, with the place it came from: a line of a file, or a flag.
public struct RecipeNode: Sendable, Equatable {
  /// What a value is, as YAML tells its kinds apart.
  public indirect enum Value: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([RecipeNode])
    /// Keys in the order in which they stand.
    case map([(key: String, node: RecipeNode)])

    /// Maps are equal where their keys stand in the same order.
    public static func == (a: Value, b: Value) -> Bool {
      switch (a, b) {
      case (.null, .null): true
      case (.bool(let x), .bool(let y)): x == y
      case (.integer(let x), .integer(let y)): x == y
      case (.number(let x), .number(let y)): x == y
      case (.string(let x), .string(let y)): x == y
      case (.list(let x), .list(let y)): x == y
      case (.map(let x), .map(let y)):
        x.count == y.count && zip(x, y).allSatisfy { $0.key == $1.key && $0.node == $1.node }
      default: false
      }
    }
  }

  /// The value without its place.
  public var value: Value
  /// Where it stands, for messages: `recipes/base.yaml: line 7` or `--lr`.
  public var origin: String

  /// Where the files that it names may lie beside the folder that one is in; nil for what is in no file.
  package var places: FilePlaces?

  /// The word as it was written, where there was one: `1.10` is a number, yet as a name it is not `1.1`.
  public let word: String?

  /// A value and its place.
  public init(_ value: Value, origin: String) {
    self.value = value
    self.origin = origin
    word = nil
  }

  /// What a plain word stands for, in a recipe or behind a flag.
  public init(word: String, origin: String) {
    value = Recipe.value(of: word)
    self.origin = origin
    self.word = word
  }

  /// Values are compared, not their places.
  public static func == (a: RecipeNode, b: RecipeNode) -> Bool { a.value == b.value }

  /// The member of a map. Underscores count as dashes.
  public subscript(key: String) -> RecipeNode? {
    guard case .map(let members) = value else { return nil }
    return members.first { $0.key == key }?.node
  }

  /// The kind of value, for messages.
  public var kind: String {
    switch value {
    case .null: "nothing"
    case .bool: "true or false"
    case .integer, .number: "a number"
    case .string: "text"
    case .list: "a list"
    case .map: "a section"
    }
  }

  /// A short form of the value, for messages.
  public var short: String {
    switch value {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): text.quoted()
    case .list(let items): "a list of \(items.count)"
    case .map(let members): "a section of \(members.count)"
    }
  }

  /// An error about this value.
  public func error(_ problem: String, advice: String? = nil) -> InputError {
    InputError("\(origin): \(problem)", advice: advice)
  }

  /// The same as JSON, which has no places.
  public var json: JSONValue {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let text): .string(text)
    case .list(let items): .array(items.map(\.json))
    case .map(let members):
      .object(members.reduce(into: JSONObject()) { $0[$1.key] = $1.node.json })
    }
  }
}

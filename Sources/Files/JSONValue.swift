/// A JSON document as plain data. Objects keep their keys' order.
public enum JSONValue: Equatable, Sendable {
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number without point or exponent.
  case integer(Int)
  /// Any other number.
  case number(Double)
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Keys with values, in order.
  case object(JSONObject)

  /// The member of an object, or nil.
  public subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// The text of a string, else nil.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of `true` or `false`, else nil.
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array, else nil.
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The members of an object, else nil.
  public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// A whole number; `4.0` counts as one.
  public var intValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// Any number, else nil; whole ones beyond 2⁵³ are rounded.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The kind of value, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the order in which they stand; no key stands twice.
public struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// In the order in which they were first set.
  public private(set) var keys: [String] = []
  private var members: [ExactKey: JSONValue] = [:]

  /// An object without members.
  public init() {}

  /// Members in the order written; a key that stands twice keeps its first place and its last value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }

  /// How many members there are.
  public var count: Int { keys.count }

  /// Whether the key has a value, null included. Keys are compared by their bytes.
  public func contains(_ key: String) -> Bool { members[ExactKey(key)] != nil }

  /// A member, or nil. A new key goes to the end; nil removes the member, ``JSONValue/null`` keeps it.
  public subscript(key: String) -> JSONValue? {
    get { members[ExactKey(key)] }
    set {
      if let newValue {
        if members.updateValue(newValue, forKey: ExactKey(key)) == nil { keys.append(key) }
      } else if members.removeValue(forKey: ExactKey(key)) != nil {
        keys.removeAll { ExactKey($0) == ExactKey(key) }
      }
    }
  }

  /// Keys and values in order.
  public var pairs: [(key: String, value: JSONValue)] { keys.map { ($0, members[ExactKey($0)] ?? .null) } }
}

/// A key by its bytes: Swift takes a letter with an accent and the two characters that look alike for one, JSON does not.
private struct ExactKey: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: ExactKey, b: ExactKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}

extension JSONValue {
  /// A number, or null.
  package init(_ value: Double?) { self = value.map { .number($0) } ?? .null }
  /// A whole number, or null.
  package init(_ value: Int?) { self = value.map { .integer($0) } ?? .null }
  /// A text, or null.
  package init(_ value: String?) { self = value.map { .string($0) } ?? .null }
  /// A list of texts.
  package init(_ values: [String]) { self = .array(values.map { .string($0) }) }
  /// A list of whole numbers.
  package init(_ values: [Int]) { self = .array(values.map { .integer($0) }) }
  /// A list of numbers.
  package init(_ values: [Double]) { self = .array(values.map { .number($0) }) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A ``string(_:)``.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An ``integer(_:)``.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A ``number(_:)``.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A ``bool(_:)``.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An ``array(_:)``.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An ``object(_:)``, its members in the order written; of a key that stands twice the last value counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}

import CLIPFiles
import CLIPRecipes

/// Reads settings from a recipe and writes down what each came to, defaults included: the run's resolved recipe.
struct SettingsReader {
  private var reader: RecipeReader
  private(set) var resolved = JSONObject()

  init(_ node: RecipeNode) throws { reader = try RecipeReader(node) }

  mutating func text(_ key: String) throws -> String? {
    let value = try reader.text(key)
    resolved[key] = value.map { .string($0) }
    return value
  }

  mutating func text(_ key: String, default fallback: String) throws -> String {
    let value = try reader.text(key) ?? fallback
    resolved[key] = .string(value)
    return value
  }

  mutating func texts(_ key: String) throws -> [String] {
    let value = try reader.texts(key) ?? []
    if !value.isEmpty { resolved[key] = .array(value.map { .string($0) }) }
    return value
  }

  mutating func bool(_ key: String, default fallback: Bool = false) throws -> Bool {
    let value = try reader.bool(key) ?? fallback
    if value != false || fallback { resolved[key] = .bool(value) }
    return value
  }

  mutating func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
    let value = try reader.integer(key, in: range) ?? fallback
    resolved[key] = .integer(value)
    return value
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    let value = try reader.integer(key, in: range)
    resolved[key] = value.map { .integer($0) }
    return value
  }

  mutating func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) throws -> Double {
    let value = try reader.number(key, in: range) ?? fallback
    resolved[key] = .number(value)
    return value
  }

  mutating func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    let value = try reader.number(key, in: range)
    resolved[key] = value.map { .number($0) }
    return value
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default fallback: Choice) throws
    -> Choice
  where Choice.RawValue == String {
    let value = try reader.choice(key, Choice.self) ?? fallback
    resolved[key] = .string(value.rawValue)
    return value
  }

  mutating func numbers(_ key: String, in range: ClosedRange<Double>) throws -> [Double]? {
    let value = try reader.numbers(key, in: range)
    resolved[key] = value.map { .array($0.map { .number($0) }) }
    return value
  }

  mutating func weights(_ key: String) throws -> [(name: String, value: Double, origin: String)]? {
    let value = try reader.weights(key)
    resolved[key] = value.map { pairs in .object(pairs.reduce(into: JSONObject()) { $0[$1.name] = .number($1.value) }) }
    return value
  }

  /// Writes down a value that was worked out from others.
  mutating func resolve(_ key: String, _ value: JSONValue) { resolved[key] = value }

  func error(_ key: String, _ problem: String, _ advice: String? = nil) -> InputError {
    reader.error(key, problem, advice)
  }

  func finish() throws { try reader.finish() }
}

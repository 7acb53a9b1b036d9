public import Files

extension Recipe {
  /// JSON as tidy YAML that ``parse(_:origin:)`` reads back as the same values.
  public static func text(_ object: JSONObject) -> String { lines(object, indentation: "").joined(separator: "\n") + "\n" }

  private static func lines(_ object: JSONObject, indentation: String) -> [String] {
    object.pairs.flatMap { key, value -> [String] in
      if let members = value.objectValue, members.count > 0 {
        return ["\(indentation)\(scalar(key)):"] + lines(members, indentation: indentation + "  ")
      }
      return ["\(indentation)\(scalar(key)): \(inline(value))"]
    }
  }

  private static func inline(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .string(let text): scalar(text)
    case .array(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
    case .object(let members): "{" + members.pairs.map { "\(scalar($0.key)): \(inline($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// Quoted only where YAML would read something else.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      value(of: text) == .string(text)
      && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789-_./?=&@+".unicodeScalars.contains($0) }
      && !"-?.&@+=".contains(text.first ?? "-")
    return isPlain ? text : JSONValue.string(text).text()
  }

  /// The differences between two sets of settings, a line each: `lr: 0.001 -> 0.0005`.
  public static func differences(_ old: JSONObject, _ new: JSONObject) -> [String] {
    let keys = old.keys + new.keys.filter { !old.contains($0) }
    return keys.compactMap { key in
      let before = old[key], after = new[key]
      if before.map(comparable) == after.map(comparable) { return nil }
      return "\(key): \(before.map(inline) ?? "not set") -> \(after.map(inline) ?? "not set")"
    }
  }

  /// 1 and 1.0 are the same setting.
  private static func comparable(_ value: JSONValue) -> String { inline(value) }
}

public import CLIPFiles

extension Recipe {
  /// JSON as tidy YAML that ``parse(_:origin:)`` reads back as the same values.
  public static func text(_ object: JSONObject) -> String {
    object.count == 0 ? "{}\n" : lines(object, indentation: "").joined(separator: "\n") + "\n"
  }

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
    case .object(let members):
      "{" + members.pairs.map { "\(scalar($0.key)): \(inline($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// Quoted only where a YAML reader, this one or one of YAML 1.1, would read something else.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      value(of: text) == .string(text) && !otherReadersWords.contains(text.lowercased())
      && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789-_./".unicodeScalars.contains($0) }
      && (text.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "_" || $0 == "/" } ?? false)
    return isPlain ? text : quoted(text)
  }

  private static let otherReadersWords: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

  /// In double quotes; JSON's escapes are YAML's, but YAML also wants those for characters that do not print.
  private static func quoted(_ text: String) -> String {
    JSONValue.string(text).text().unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar.value {
      case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// The differences between two sets of settings, a line each: `lr: 0.001 -> 0.0005`, `loss.itc: 1 -> not set`.
  public static func differences(_ old: JSONObject, _ new: JSONObject) -> [String] {
    differences(old, new, path: "")
  }

  private static func differences(_ old: JSONObject, _ new: JSONObject, path: String) -> [String] {
    let keys = old.keys + new.keys.filter { !old.contains($0) }
    return keys.flatMap { key -> [String] in
      let before = old[key], after = new[key]
      if let before = before?.objectValue, let after = after?.objectValue {
        return differences(before, after, path: "\(path)\(key).")
      }
      if before.map(comparable) == after.map(comparable) { return [] }
      // A path may be written from another folder; what lies there is held against what was by whoever reads it.
      if let before = before?.stringValue, let after = after?.stringValue, FilePlaces.agree(before, after) { return [] }
      return ["\(path)\(key): \(before.map(inline) ?? "not set") -> \(after.map(inline) ?? "not set")".singleLine]
    }
  }

  /// 1 and 1.0 are the same setting.
  private static func comparable(_ value: JSONValue) -> String { inline(value) }
}

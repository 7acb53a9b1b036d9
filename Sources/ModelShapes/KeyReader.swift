import CLIPFiles

/// Reads one JSON object's members by key, with messages that say where a wrong value stands.
struct KeyReader {
  let object: JSONObject
  /// The key path of the object, such as `model_cfg.vision_cfg`; empty at the top.
  let path: String

  init(_ value: JSONValue, path: String = "") throws {
    guard let object = value.objectValue else {
      throw InputError("expected an object, found \(value.shown)", at: path.isEmpty ? nil : path)
    }
    self.object = object
    self.path = path
  }

  func location(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The member, unless it is missing or null.
  func value(_ key: String) -> JSONValue? { object[key] == .null ? nil : object[key] }

  func fault(_ key: String, _ expected: String) -> InputError {
    InputError("expected \(expected), found \(value(key)?.shown ?? "nothing")", at: location(key))
  }

  func whole(_ key: String, _ range: ClosedRange<Int>, default standard: Int? = nil) throws -> Int {
    if value(key) == nil, let standard { return standard }
    guard let number = value(key)?.intValue, range.contains(number) else {
      throw fault(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A whole number, or a list of two equal ones: open_clip writes sizes as `[rows, columns]`.
  func square(_ key: String, _ range: ClosedRange<Int>, default standard: Int? = nil) throws -> Int {
    guard let pair = value(key)?.arrayValue else { return try whole(key, range, default: standard) }
    guard pair.count == 2, let rows = pair[0].intValue, let columns = pair[1].intValue else {
      throw fault(key, "a whole number, or a list of two")
    }
    guard rows == columns else {
      throw InputError("only square sizes are supported, found \(rows) x \(columns)", at: location(key))
    }
    guard range.contains(rows) else {
      throw fault(key, "whole numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return rows
  }

  /// One whole number for all layers, or a list with one for each.
  func perLayer(_ key: String, layers: Int, _ range: ClosedRange<Int>) throws -> [Int]? {
    guard let member = value(key) else { return nil }
    guard let list = member.arrayValue else {
      return Array(repeating: try whole(key, range), count: layers)
    }
    guard list.count == layers else {
      throw InputError("expected \(layers) numbers, one a layer, found \(list.count)", at: location(key))
    }
    return try list.enumerated().map { index, element in
      guard let number = element.intValue, range.contains(number) else {
        throw InputError(
          "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(element.shown)",
          at: "\(location(key))[\(index)]")
      }
      return number
    }
  }

  func number(_ key: String, _ range: ClosedRange<Double>, default standard: Double? = nil) throws -> Double {
    if value(key) == nil, let standard { return standard }
    guard let number = value(key)?.doubleValue, range.contains(number) else {
      throw fault(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func flag(_ key: String, default standard: Bool = false) throws -> Bool {
    guard let member = value(key) else { return standard }
    guard let flag = member.boolValue else { throw fault(key, "true or false") }
    return flag
  }

  func string(_ key: String) throws -> String? {
    guard let member = value(key) else { return nil }
    guard let string = member.stringValue else { throw fault(key, "a string") }
    return string
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) throws
    -> Choice
  where Choice.RawValue == String {
    guard let member = value(key) else { return standard }
    let names = Choice.allCases.map(\.rawValue)
    guard let name = member.stringValue else { throw fault(key, "one of \(names.joined(separator: ", "))") }
    guard let choice = Choice(rawValue: name) else {
      throw InputError(
        "unknown value \(name.quoted())", at: location(key),
        advice: Suggestion.advice(for: name, among: names))
    }
    return choice
  }

  func section(_ key: String) throws -> KeyReader {
    guard let member = value(key) else { throw fault(key, "an object") }
    return try KeyReader(member, path: location(key))
  }

  /// Throws when a flag or object is set that this implementation does not compute.
  func refuse(_ keys: [String], because reason: (String) -> String) throws {
    for key in keys {
      switch value(key) {
      case nil, .bool(false): continue
      default: throw InputError(reason(key), at: location(key))
      }
    }
  }

  /// Throws for the first key that is not among `known`.
  func refuseUnknown(besides known: [String]) throws {
    let names = Set(known)
    if let key = object.keys.first(where: { !names.contains($0) }) {
      let near = Suggestion.nearest(to: key, among: known)
      throw InputError(
        "unknown key", at: location(key).singleLine,
        advice: near.map { "did you mean \"\($0)\"?" } ?? "see docs/checkpoints.md for the keys")
    }
  }
}

extension JSONValue {
  /// The value as a short piece of a message.
  var shown: String {
    switch self {
    case .string(let text): text.quoted()
    case .array(let elements) where elements.count > 8: "a list of \(elements.count)"
    case .object: "an object"
    default: self.text()
    }
  }
}

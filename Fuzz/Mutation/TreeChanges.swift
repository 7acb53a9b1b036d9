import CLIPFiles

/// Changes to a JSON document that leave it JSON: what stands where, and of which kind.
enum TreeChanges {
  private static let leaves: [JSONValue] = [
    .null, .bool(true), .bool(false), .integer(0), .integer(1), .integer(-1), .integer(2), .integer(7),
    .integer(65_536), .integer(2_147_483_648), .integer(.max), .integer(.min), .number(0.5), .number(-0.0),
    .number(1e308), .number(-1e308), .number(.leastNonzeroMagnitude), .number(1e18), .number(9.3e18), .string(""),
    .string("a"),
    .string("nan"), .string("\u{1B}[31m"), .string("../.."), .string("/"), .array([]), .object([:]),
    .array([.null]), .array([.integer(1), .integer(2)]), .object(["": .null]),
  ]

  /// Changes a document once; one that is no JSON is left as it is.
  /// - Returns: whether it was changed
  static func apply(_ bytes: inout [UInt8], _ dice: inout Dice) -> Bool {
    guard let tree = try? JSONParser.parse(bytes) else { return false }
    var budget = dice.below(max(1, size(tree)))
    let part = subtree(tree, dice.below(max(1, size(tree))))
    bytes = Array(changed(tree, &budget, part, &dice).text(indentation: dice.oneIn(4) ? 2 : nil).utf8)
    return true
  }

  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .array(let items): 1 + items.reduce(0) { $0 + size($1) }
    case .object(let object): 1 + object.pairs.reduce(0) { $0 + size($1.value) }
    default: 1
    }
  }

  private static func subtree(_ value: JSONValue, _ number: Int) -> JSONValue {
    var left = number
    func walk(_ value: JSONValue) -> JSONValue? {
      if left == 0 { return value }
      left -= 1
      switch value {
      case .array(let items): return items.lazy.compactMap(walk).first
      case .object(let object): return object.pairs.lazy.compactMap { walk($0.value) }.first
      default: return nil
      }
    }
    return walk(value) ?? .null
  }

  /// The tree with its `budget`th node changed.
  private static func changed(
    _ value: JSONValue, _ budget: inout Int, _ part: JSONValue, _ dice: inout Dice
  ) -> JSONValue {
    if budget == 0 {
      budget = -1
      return replacement(value, part, &dice)
    }
    budget -= 1
    switch value {
    case .array(let items):
      var result: [JSONValue] = []
      for item in items { result.append(budget < 0 ? item : changed(item, &budget, part, &dice)) }
      return .array(result)
    case .object(let object):
      var result = JSONObject()
      for (key, item) in object.pairs { result[key] = budget < 0 ? item : changed(item, &budget, part, &dice) }
      return .object(result)
    default: return value
    }
  }

  private static func replacement(_ value: JSONValue, _ part: JSONValue, _ dice: inout Dice) -> JSONValue {
    switch (value, dice.below(6)) {
    case (.array(var items), 0...3):
      switch dice.below(5) {
      case 0 where !items.isEmpty: items.remove(at: dice.below(items.count))
      case 1: items.insert(part, at: dice.below(items.count + 1))
      case 2: items += items
      case 3: items = Array(repeating: items.first ?? part, count: dice.pick([1, 2, 100, 1000]))
      default: items.append(dice.pick(leaves))
      }
      return .array(items)
    case (.object(let object), 0...3):
      var pairs = object.pairs
      switch dice.below(4) {
      case 0 where !pairs.isEmpty: pairs.remove(at: dice.below(pairs.count))
      case 1 where !pairs.isEmpty: pairs[dice.below(pairs.count)].key = dice.pick(["", "a", "\u{7}", "__proto__"])
      case 2 where !pairs.isEmpty: pairs[dice.below(pairs.count)].value = part
      default: pairs.append(("extra", dice.pick(leaves)))
      }
      return .object(pairs.reduce(into: JSONObject()) { $0[$1.key] = $1.value })
    case (_, 4): return part
    case (_, 5): return .array([value])
    case (.string(let text), 0) where dice.oneIn(4):
      return .string(String(repeating: text.isEmpty ? "a" : text, count: min(70_000 / max(1, text.utf8.count), 5000)))
    case (.integer(let number), 0): return .integer(dice.pick([number &+ 1, number &- 1, 0 &- number, number &* 2]))
    default: return dice.pick(leaves)
    }
  }
}

import CLIPFiles

/// Looks a recipe's bytes over before the YAML reader does, which follows nesting by recursion and references without
/// bound.
///
/// What it measures is never less than what the reader will meet, so that no cleverly quoted sign slips past; a recipe
/// written by people stays far below every limit.
enum RecipeGuard {
  /// Brackets and braces opened in the whole file: nesting within a line cannot be deeper.
  private static let mostBrackets = 2000
  /// Signs that may open a line: nesting by indentation takes at least one column a level.
  private static let deepestIndentation = 200

  /// - Throws: ``InputError`` with the line.
  static func check(_ text: String, origin: String) throws {
    var brackets = 0
    var anchor = false
    var alias: Int?
    for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let place = "line \(index + 1)"
      let leading = line.prefix { " \t-?:".utf8.contains($0) }
      if leading.contains(UInt8(ascii: "\t")), leading.count < line.count, line[leading.endIndex] != UInt8(ascii: "#") {
        throw InputError("a tab opens the line", file: origin, at: place, advice: "indent with spaces")
      }
      guard leading.count <= deepestIndentation else {
        throw InputError("is indented by more than \(deepestIndentation) columns", file: origin, at: place)
      }
      brackets += line.reduce(0) { $0 + ($1 == UInt8(ascii: "[") || $1 == UInt8(ascii: "{") ? 1 : 0) }
      guard brackets <= mostBrackets else {
        throw InputError("more than \(mostBrackets) brackets", file: origin, at: place, advice: "shorten the recipe")
      }
      let signs = references(in: withoutComment(Array(line)))
      anchor = anchor || signs.anchor
      if signs.alias, alias == nil { alias = index + 1 }
    }
    // A reference needs both signs, so that a star in somebody's text alone does no harm.
    if anchor, let alias {
      throw InputError(
        "references (&name, *name) are not supported", file: origin, at: "line \(alias)",
        advice: "write the value out where it is needed")
    }
  }

  /// The line up to its comment. A quote behind the `#` may mean that the sign stands inside quotes; the line is then
  /// kept whole.
  private static func withoutComment(_ line: [UInt8]) -> ArraySlice<UInt8> {
    for index in line.indices where line[index] == UInt8(ascii: "#") && (index == 0 || isBlank(line[index - 1])) {
      if !line[index...].contains(where: { "\"'".utf8.contains($0) }) { return line[..<index] }
    }
    return line[...]
  }

  /// Whether `&` or `*` stand where a word could begin, with a name behind them.
  private static func references(in line: ArraySlice<UInt8>) -> (anchor: Bool, alias: Bool) {
    var found = (anchor: false, alias: false)
    for index in line.indices.dropLast() where line[index] == UInt8(ascii: "&") || line[index] == UInt8(ascii: "*") {
      let opensWord = index == line.startIndex || " \t\r[]{},:-?\"'".utf8.contains(line[index - 1])
      guard opensWord, isName(line[index + 1]) else { continue }
      if line[index] == UInt8(ascii: "&") { found.anchor = true } else { found.alias = true }
    }
    return found
  }

  private static func isBlank(_ byte: UInt8) -> Bool { " \t\r".utf8.contains(byte) }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}

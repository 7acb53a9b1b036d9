/// Changes to text: its words, numbers, lines and nesting.
enum TextChanges {
  /// What numbers are replaced by: limits of types, and what no type holds.
  static let numbers = [
    "0", "-0", "1", "-1", "2", "0.5", "1e-320", "1e308", "-1e308", "1e309", "-1e309", "1e400", "nan", "inf", "-inf",
    ".nan", ".inf", "-.inf", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1e18", "1e19", "123456789012345678901234567890", "1_000", "0x10",
    "0x1p4", "007", "1.", ".5", "1e", "+1", "1,5", "٣",
  ]
  /// Values of other kinds, in JSON's and YAML's words.
  static let values = [
    "null", "~", "true", "false", "yes", "[]", "{}", "[1]", "[null]", "{a: 1}", "{\"a\": 1}", "\"\"", "''", "\"a\"",
    "[[]]", "[1, 2", "{\"a\": ", "\"a", "- a", "|", ">", "&a", "*a", "!!binary a", "!!float nan", "<<: *a", "%YAML",
    "2001-01-01", "3 years", "50 ms", "-1 ms", "1e308 kWh", "nan s",
  ]
  private static let oddities: [[UInt8]] = [
    [0], [0x1B, 0x5B, 0x33, 0x31, 0x6D], [0x0D], [0x09], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xC0, 0x80],
    [0xED, 0xA0, 0x80],
    [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80, 0xA8], [0xF0, 0x9F, 0x98, 0x80], [0xCC, 0x81], [0x22], [0x27], [0x5C],
    [0x5C, 0x75, 0x64, 0x38, 0x30, 0x30], [0x3A], [0x23], [0x2C], [0x0A], [0x2D, 0x2D, 0x2D, 0x0A], [0x7F],
  ]

  /// Changes text once.
  static func apply(_ bytes: inout [UInt8], other: [UInt8], _ dice: inout Dice) {
    switch dice.below(16) {
    case 0, 1, 2: replace(&bytes, runs(bytes, isNumber), with: Array(dice.pick(numbers).utf8), &dice)
    case 3, 4: replace(&bytes, runs(bytes, isWord), with: Array(dice.pick(values).utf8), &dice)
    case 5:
      let words = runs(other.isEmpty ? bytes : other, isWord)
      guard !words.isEmpty else { return }
      let source = other.isEmpty ? bytes : other
      replace(&bytes, runs(bytes, isWord), with: Array(source[dice.pick(words)]), &dice)
    case 6: changeLines(&bytes, &dice)
    case 7: changeLines(&bytes, &dice)
    case 8: valueOfLine(&bytes, &dice)
    case 9: valueOfLine(&bytes, &dice)
    case 10: bytes.insert(contentsOf: dice.pick(oddities), at: dice.below(bytes.count + 1))
    case 11: indent(&bytes, &dice)
    case 12 where dice.oneIn(4): long(&bytes, &dice)
    case 13 where dice.oneIn(8): deep(&bytes, &dice)
    default: ByteChanges.apply(&bytes, other: other, &dice)
    }
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || byte == 0x2E || byte == 0x2D || byte == 0x2B
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x5F || byte >= 0x80
  }

  /// Where bytes of a kind stand together. Long texts are looked at in one stretch, so that a case stays cheap.
  private static func runs(_ bytes: [UInt8], _ belongs: (UInt8) -> Bool) -> [Range<Int>] {
    var found: [Range<Int>] = [], start: Int?
    for index in 0...bytes.count {
      if index < bytes.count, belongs(bytes[index]) {
        start = start ?? index
      } else if let first = start {
        found.append(first..<index)
        start = nil
      }
    }
    return found
  }

  private static func replace(_ bytes: inout [UInt8], _ places: [Range<Int>], with new: [UInt8], _ dice: inout Dice) {
    guard !places.isEmpty else { return }
    bytes.replaceSubrange(dice.pick(places), with: new)
  }

  private static func changeLines(_ bytes: inout [UInt8], _ dice: inout Dice) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let at = dice.below(lines.count), line = lines[at]
    switch dice.below(5) {
    case 0: lines.remove(at: at)
    case 1: lines.insert(line, at: dice.below(lines.count + 1))
    case 2: lines.swapAt(at, dice.below(lines.count))
    case 3: lines[at] = []
    default: lines.insert(contentsOf: repeatElement(line, count: 1 + dice.below(64)), at: at)
    }
    bytes = Array(lines.joined(separator: [0x0A]))
  }

  /// Puts another value behind a colon, a comma or an equals sign, up to the end of the line or the next comma.
  private static func valueOfLine(_ bytes: inout [UInt8], _ dice: inout Dice) {
    let marks = bytes.indices.filter { [0x3A, 0x2C, 0x3D].contains(bytes[$0]) }
    guard !marks.isEmpty else { return }
    let start = dice.pick(marks) + 1
    let end = bytes[start...].firstIndex { [0x0A, 0x2C, 0x7D, 0x5D].contains($0) } ?? bytes.count
    let text = dice.oneIn(2) ? dice.pick(values) : dice.pick(numbers)
    bytes.replaceSubrange(start..<end, with: Array((dice.oneIn(2) ? " " : "").utf8) + Array(text.utf8))
  }

  private static func indent(_ bytes: inout [UInt8], _ dice: inout Dice) {
    let starts = [0] + bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
    let at = dice.pick(starts)
    if at < bytes.count, bytes[at] == 0x20, dice.oneIn(2) {
      bytes.remove(at: at)
    } else {
      bytes.insert(contentsOf: dice.oneIn(4) ? [0x09] : Array(repeating: 0x20, count: 1 + dice.below(4)), at: at)
    }
  }

  /// A word of up to 70,000 letters.
  private static func long(_ bytes: inout [UInt8], _ dice: inout Dice) {
    let letters: [UInt8] = dice.oneIn(2) ? [0x61] : [0xC3, 0xA9]
    let word = Array(repeatElement(letters, count: dice.pick([100, 1000, 35_000, 70_000])).joined())
    let words = runs(bytes, isWord)
    if words.isEmpty { bytes += word } else { bytes.replaceSubrange(dice.pick(words), with: word) }
  }

  /// Brackets in brackets, now and then a million deep.
  private static func deep(_ bytes: inout [UInt8], _ dice: inout Dice) {
    let opening = dice.pick(["[", "{\"a\":", "- ", "{a: ", "(", "? ", "&a [", "[[],"])
    let depth = dice.pick([64, 127, 128, 129, 1000, 10_000, 100_000, dice.oneIn(16) ? 1_000_000 : 100])
    let part = Array(repeatElement(Array(opening.utf8), count: depth).joined())
    let words = runs(bytes, isWord)
    if words.isEmpty || dice.oneIn(2) {
      bytes.insert(contentsOf: part, at: dice.below(bytes.count + 1))
    } else {
      bytes.replaceSubrange(dice.pick(words), with: part)
    }
  }
}

/// Resolves HTML character references (`&amp;`, `&#233;`, `&copy`) as Python's `html.unescape` does.
///
/// Source: https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state, in Python's
/// reading: a name may lack its semicolon where the standard's list has it so, and then the longest name that
/// fits counts.
enum HTMLReferences {
  /// What each name stands for: names end in `;` unless they may go without.
  static let names: [String: [Unicode.Scalar]] = {
    var names: [String: [Unicode.Scalar]] = [:]
    for entry in TableEntries(HTMLEntityTable.entries) {
      names[entry.key + ";"] = entry.scalars
      if entry.mark == UInt8(ascii: "!") { names[entry.key] = entry.scalars }
    }
    return names
  }()

  /// The text with every reference resolved once.
  static func resolved(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard var next = text.firstIndex(of: "&") else { return text }
    var result = Array(text[..<next])
    result.reserveCapacity(text.count)
    while next < text.count {
      if text[next] == "&", let end = reference(in: text, at: next, to: &result) {
        next = end
      } else {
        result.append(text[next])
        next += 1
      }
    }
    return result
  }

  /// Reads the reference that begins with the `&` at `start`, appending what it stands for.
  /// - Returns: where the text goes on, or nil when nothing there could be a reference
  private static func reference(
    in text: [Unicode.Scalar], at start: Int, to result: inout [Unicode.Scalar]
  ) -> Int? {
    if start + 1 < text.count, text[start + 1] == "#" {
      guard let (value, end) = number(in: text, at: start + 2) else { return nil }
      if let scalar = scalar(numbered: value) { result.append(scalar) }
      return end
    }
    var end = start + 1
    while end < text.count, end - start <= 32, !endsName(text[end]) { end += 1 }
    guard end > start + 1 else { return nil }
    if end < text.count, text[end] == ";" { end += 1 }
    let letters = text[(start + 1)..<end]
    // Names are ASCII letters and digits: what comes after the first other character cannot belong to one.
    var name = String(String.UnicodeScalarView(letters.prefix { isNameScalar($0) || $0 == ";" }))
    while name.utf8.count >= 2 {
      if let scalars = names[name] {
        result.append(contentsOf: scalars)
        result.append(contentsOf: letters.dropFirst(name.utf8.count))
        return end
      }
      name.removeLast()
    }
    result.append("&")
    result.append(contentsOf: letters)
    return end
  }

  private static func endsName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\u{0C}", " ", "<", "&", "#", ";": true
    default: false
    }
  }

  static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: false
    }
  }

  /// A decimal number, or a hexadecimal one after `x`, with the semicolon that may follow; too large ones
  /// saturate.
  static func number(in text: [Unicode.Scalar], at start: Int) -> (value: UInt32, end: Int)? {
    var end = start
    let isHexadecimal = start < text.count && (text[start] == "x" || text[start] == "X")
    if isHexadecimal { end += 1 }
    let firstDigit = end
    var value: UInt32 = 0
    while end < text.count, text[end].isASCII, let digit = Character(text[end]).hexDigitValue,
      isHexadecimal || digit < 10
    {
      value = min(0x110000, value * (isHexadecimal ? 16 : 10) + UInt32(digit))
      end += 1
    }
    guard end > firstDigit else { return nil }
    if end < text.count, text[end] == ";" { end += 1 }
    return (value, end)
  }

  /// What a number stands for: Windows-1252 for C1 controls, nothing for controls and noncharacters.
  static func scalar(numbered value: UInt32) -> Unicode.Scalar? {
    switch value {
    case 0: return "\u{FFFD}"
    case 0x0D: return "\r"
    case 0x80...0x9F: return Windows1252.scalar(for: UInt8(truncatingIfNeeded: value))
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return nil
    default:
      guard let scalar = Unicode.Scalar(value) else { return "\u{FFFD}" }
      return value & 0xFFFE == 0xFFFE ? nil : scalar
    }
  }
}

/// The upper half of Windows code page 1252, read as browsers read it.
enum Windows1252 {
  /// What byte 0x80...0x9F stands for; the five unassigned bytes stand for themselves.
  static func scalar(for byte: UInt8) -> Unicode.Scalar {
    let index = Int(byte) - 0x80
    return table.indices.contains(index) ? table[index] : Unicode.Scalar(byte)
  }

  private static let table = Array(
    """
    \u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\
    \u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}\
    \u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\
    \u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}
    """.unicodeScalars)
}

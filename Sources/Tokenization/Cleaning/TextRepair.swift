/// The parts of the Python package ftfy's `fix_text` that need no guessing, in its order.
///
/// Named HTML references with a semicolon (up to the first line that holds a `<`), C1 controls read as
/// Windows-1252, Latin ligatures, full-width and half-width forms, curly quotes, line ends, terminal escapes,
/// control characters, Unicode form C; again until nothing changes. What ftfy does besides is guessing:
/// finding text that was decoded with the wrong encoding ("cafÃ©"). That is not done here. Source of the
/// rules: https://ftfy.readthedocs.io.
enum TextRepair {
  /// The repaired text.
  static func repaired(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    let boundary = referencesEnd(text)
    var head = Array(text[..<boundary])
    var tail = Array(text[boundary...])
    repair(&head, resolvesReferences: true)
    repair(&tail, resolvesReferences: false)
    return head + tail
  }

  /// Where the first line that holds a `<` begins: from there on the text may be HTML, whose references stay.
  private static func referencesEnd(_ text: [Unicode.Scalar]) -> Int {
    guard let bracket = text.firstIndex(of: "<") else { return text.count }
    return text[..<bracket].lastIndex(of: "\n").map { $0 + 1 } ?? 0
  }

  private static func repair(_ text: inout [Unicode.Scalar], resolvesReferences: Bool) {
    // Two rounds settle almost any text; the limit keeps a made-up one from taking a round for each
    // character.
    for _ in 0..<8 {
      var next = text
      if resolvesReferences { resolveReferences(&next) }
      replaceScalars(&next)
      removeTerminalEscapes(&next)
      next.removeAll(where: isUnwanted)
      next = Composition.composed(next)
      if next == text { return }
      text = next
    }
  }

  // MARK: References

  /// Names with their semicolon, and those in capitals that mean nothing else (`&EACUTE;`).
  private static let names: [String: [Unicode.Scalar]] = {
    var names: [String: [Unicode.Scalar]] = [:]
    for (name, scalars) in HTMLReferences.names where name.hasSuffix(";") {
      names[name] = scalars
      guard name == name.lowercased() else { continue }
      let capitals = name.uppercased()
      let source = Array("&\(capitals)".unicodeScalars)
      if HTMLReferences.resolved(source) == source {
        names[capitals] = scalars.flatMap { Array($0.properties.uppercaseMapping.unicodeScalars) }
      }
    }
    return names
  }()

  /// Resolves `&NAME;` and `&#NUMBER;`; an `&` that comes of it may begin the next reference at once.
  private static func resolveReferences(_ text: inout [Unicode.Scalar]) {
    guard text.contains("&") else { return }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var next = 0
    while next < text.count {
      if text[next] == "&", let (scalars, end) = reference(text, after: next) {
        next = end
        if scalars == ["&"] {
          // The `&` takes the place before the text that follows: `&amp;amp;` is read as ftfy's rounds would.
          next -= 1
          text[next] = "&"
        } else {
          result.append(contentsOf: scalars)
        }
      } else {
        result.append(text[next])
        next += 1
      }
    }
    text = result
  }

  private static func reference(_ text: [Unicode.Scalar], after start: Int) -> (
    scalars: [Unicode.Scalar], end: Int
  )? {
    var end = start + 1
    let isNumber = end < text.count && text[end] == "#"
    if isNumber { end += 1 }
    let first = end
    while end < text.count, HTMLReferences.isNameScalar(text[end]) {
      end += 1
      if end - first > 24 { return nil }
    }
    guard end > first, end < text.count, text[end] == ";" else { return nil }
    if isNumber {
      // ftfy takes a semicolon in the result for the reference's own and leaves `&#59;` alone.
      guard let (value, numberEnd) = HTMLReferences.number(in: text, at: first), numberEnd == end + 1,
        value != 0x3B
      else { return nil }
      return (HTMLReferences.scalar(numbered: value).map { [$0] } ?? [], numberEnd)
    }
    let name = String(String.UnicodeScalarView(text[first...end]))
    return names[name].map { ($0, end + 1) }
  }

  // MARK: Single scalars

  private static let widths: [Unicode.Scalar: String] = {
    var widths: [Unicode.Scalar: String] = [:]
    for entry in TableEntries(WidthTable.entries) {
      if let scalar = entry.keyScalar { widths[scalar] = String(String.UnicodeScalarView(entry.scalars)) }
    }
    return widths
  }()

  private static func replaceScalars(_ text: inout [Unicode.Scalar]) {
    guard let first = text.firstIndex(where: { replacement(for: $0) != nil }) else { return }
    var result = Array(text[..<first])
    result.reserveCapacity(text.count)
    for scalar in text[first...] {
      if let replacement = replacement(for: scalar) {
        result.append(contentsOf: replacement.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    text = result
  }

  private static func replacement(for scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x0D: "\n"
    case 0..<0x80: nil
    case 0x80...0x9F:
      String(Character(Windows1252.scalar(for: UInt8(truncatingIfNeeded: scalar.value))))
    case 0x132...0x149, 0x1C4...0x1F3, 0xFB00...0xFB06: ligature(scalar)
    case 0x2BC, 0x2018...0x201B: "'"
    case 0x201C...0x201F: "\""
    case 0x2028, 0x2029: "\n"
    case 0x3000: " "
    case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0).map { String(Character($0)) }
    case 0xFF5F...0xFFEF: widths[scalar]
    default: nil
    }
  }

  private static func ligature(_ scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x132: "IJ"
    case 0x133: "ij"
    case 0x149: "\u{2BC}n"
    case 0x1C4: "D\u{17D}"
    case 0x1C5: "D\u{17E}"
    case 0x1C6: "d\u{17E}"
    case 0x1C7: "LJ"
    case 0x1C8: "Lj"
    case 0x1C9: "lj"
    case 0x1CA: "NJ"
    case 0x1CB: "Nj"
    case 0x1CC: "nj"
    case 0x1F1: "DZ"
    case 0x1F2: "Dz"
    case 0x1F3: "dz"
    case 0xFB00: "ff"
    case 0xFB01: "fi"
    case 0xFB02: "fl"
    case 0xFB03: "ffi"
    case 0xFB04: "ffl"
    case 0xFB05: "\u{17F}t"
    case 0xFB06: "st"
    default: nil
    }
  }

  // MARK: Controls

  /// Removes `ESC [ numbers letter`, the colors of terminals.
  private static func removeTerminalEscapes(_ text: inout [Unicode.Scalar]) {
    guard text.contains("\u{1B}") else { return }
    var result: [Unicode.Scalar] = []
    var next = 0
    while next < text.count {
      if text[next] == "\u{1B}", next + 1 < text.count, text[next + 1] == "[" {
        var end = next + 2
        while end < text.count, text[end] == ";" || text[end].properties.generalCategory == .decimalNumber {
          end += 1
        }
        if end < text.count, (text[end].value | 0x20) &- 0x61 < 26, text[end].isASCII {
          next = end + 1
          continue
        }
        // No letter ends the numbers, so no escape begins among them.
        result.append(contentsOf: text[next..<end])
        next = end
        continue
      }
      result.append(text[next])
      next += 1
    }
    text = result
  }

  /// Control characters that no text means: those of ASCII, deprecated Arabic ones, annotations, byte-order
  /// marks.
  private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
    default: false
    }
  }
}

/// Cuts cleaned text into words as CLIP does:
///
///     <start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
///
/// Case is ignored. The first alternative that fits at a place wins, runs are as long as they can be, white
/// space is skipped. Written by hand over UTF-8, because almost every caption is ASCII.
struct WordScanner {
  /// A word's place in the text, and whether it is one of the two special tokens.
  struct Word {
    enum Kind { case ordinary, start, end }

    var kind: Kind
    var range: Range<Int>
  }

  static let startText: StaticString = "<start_of_text>"
  static let endText: StaticString = "<end_of_text>"

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// - Parameter bytes: valid UTF-8
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next word, or nil at the end.
  mutating func next() -> Word? {
    while position < bytes.count {
      let start = position
      let byte = bytes[start]
      if byte == UInt8(ascii: " ") {
        position += 1
        continue
      }
      if Self.isASCIILetter(byte) {
        skip(.letter)
        return Word(kind: .ordinary, range: start..<position)
      }
      if byte == UInt8(ascii: "<"), let special = special() { return special }
      if byte == UInt8(ascii: "'"), let end = contraction() {
        position = end
        return Word(kind: .ordinary, range: start..<end)
      }
      let (kind, end) = scalarClass(at: start)
      position = end
      switch kind {
      case .space: continue
      case .number: return Word(kind: .ordinary, range: start..<end)
      case .letter, .other:
        skip(kind)
        return Word(kind: .ordinary, range: start..<position)
      }
    }
    return nil
  }

  private static func isASCIILetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

  /// Moves past the scalars of one class.
  private mutating func skip(_ kind: ScalarClass) {
    while position < bytes.count {
      if kind == .letter, Self.isASCIILetter(bytes[position]) {
        position += 1
        continue
      }
      let (next, end) = scalarClass(at: position)
      if next != kind { return }
      position = end
    }
  }

  private func scalarClass(at start: Int) -> (ScalarClass, end: Int) {
    let byte = bytes[start]
    if byte < 0x80 {
      if Self.isASCIILetter(byte) { return (.letter, start + 1) }
      if byte &- UInt8(ascii: "0") < 10 { return (.number, start + 1) }
      let isSpace = byte == 0x20 || byte &- 0x09 < 5 || byte &- 0x1C < 4
      return (isSpace ? .space : .other, start + 1)
    }
    let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    let end = min(start + length, bytes.count)
    var value = UInt32(byte) & (0x7F >> UInt32(length))
    for index in (start + 1)..<max(end, start + 1) { value = value << 6 | UInt32(bytes[index] & 0x3F) }
    return (ScalarClass(Unicode.Scalar(value) ?? "\u{FFFD}"), end)
  }

  /// Where the contraction that begins with the apostrophe here ends, if one does.
  private func contraction() -> Int? {
    guard let (first, end) = folded(at: position + 1) else { return nil }
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return end
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      let second = first == UInt8(ascii: "l") ? first : UInt8(ascii: "e")
      guard let (letter, last) = folded(at: end), letter == second else { return nil }
      return last
    default: return nil
    }
  }

  /// The ASCII letter that stands here when case is ignored: the long s counts as an s.
  private func folded(at index: Int) -> (letter: UInt8, end: Int)? {
    guard index < bytes.count else { return nil }
    if index + 1 < bytes.count, bytes[index] == 0xC5, bytes[index + 1] == 0xBF {
      return (UInt8(ascii: "s"), index + 2)
    }
    let byte = bytes[index]
    return byte < 0x80 ? (byte &- 0x41 < 26 ? byte | 0x20 : byte, index + 1) : nil
  }

  /// One of the special tokens in any case; only its exact spelling stands for its id.
  private mutating func special() -> Word? {
    let start = position
    for (text, kind) in [(Self.startText, Word.Kind.start), (Self.endText, .end)] {
      guard let end = match(text) else { continue }
      position = end
      let isExact =
        end - start == text.utf8CodeUnitCount
        && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[start + $0] == text.utf8Start[$0] }
      return Word(kind: isExact ? kind : .ordinary, range: start..<end)
    }
    return nil
  }

  private func match(_ text: StaticString) -> Int? {
    var end = position
    for index in 0..<text.utf8CodeUnitCount {
      guard let (letter, next) = folded(at: end), letter == text.utf8Start[index] else { return nil }
      end = next
    }
    return end
  }
}

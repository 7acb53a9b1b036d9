/// What SentencePiece does to a text: its table of characters, blanks joined and marked, a mark at the start.
///
/// Source: SentencePiece's `normalizer.cc`, `Normalizer::Normalize`.
struct SentencePieceNormalizer: Sendable {
  /// What a blank becomes.
  static let mark: Unicode.Scalar = "\u{2581}"
  private static let markBytes = Array(String(mark).utf8)

  /// Whether and to what characters are changed.
  var map: CharacterMap?
  var addsMark = true
  var removesExtraBlanks = true
  var marksBlanks = true
  /// Texts that are left as they are.
  var kept = PieceIndex([])

  func callAsFunction(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var rest = bytes[...], result: [UInt8] = []
    let blank = marksBlanks ? Self.markBytes : [UInt8(ascii: " ")]
    if removesExtraBlanks {
      while !rest.isEmpty {
        let (length, part) = prefix(of: rest)
        guard part.elementsEqual(" ".utf8) else { break }
        rest = rest.dropFirst(length)
      }
    }
    guard !rest.isEmpty else { return "" }
    if addsMark { result += blank }
    var followsBlank = removesExtraBlanks
    while !rest.isEmpty {
      let (length, whole) = prefix(of: rest)
      rest = rest.dropFirst(length)
      var part = whole
      while followsBlank, part.first == UInt8(ascii: " ") { part = part.dropFirst() }
      if part.isEmpty { continue }
      for byte in part { if byte == UInt8(ascii: " ") { result += blank } else { result.append(byte) } }
      followsBlank = removesExtraBlanks && part.last == UInt8(ascii: " ")
    }
    if removesExtraBlanks {
      while result.suffix(blank.count).elementsEqual(blank) { result.removeLast(blank.count) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// What the text begins with, and what that becomes.
  private func prefix(of text: ArraySlice<UInt8>) -> (length: Int, text: ArraySlice<UInt8>) {
    var longest = 0
    text.withUnsafeBufferPointer { buffer in
      kept.forEachPrefix(of: buffer[...]) { length, _ in longest = length }
    }
    if longest > 0 { return (longest, text.prefix(longest)) }
    if let found = map?.prefix(of: text, longest: true) { return found }
    let length = min(text.first.map(characterLength) ?? 0, text.count)
    return (length, text.prefix(length))
  }
}

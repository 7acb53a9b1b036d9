import CLIPFiles

/// SentencePiece's compiled table of characters and what they become (`precompiled_charsmap`): a double array whose leaves
/// are places among texts that end in zero.
///
/// Source of the format: SentencePiece's `normalizer.cc`, `DecodePrecompiledCharsMap`, and the Darts library.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let texts: [UInt8]

  /// - Throws: ``InputError`` for a table that is cut or points outside itself.
  init(_ bytes: [UInt8]) throws {
    guard bytes.count > 4 else { throw InputError("is cut short") }
    let size = Self.word(bytes, 0)
    guard size % 4 == 0, size > 0, 4 + Int(size) < bytes.count else {
      throw InputError("holds \(bytes.count) bytes, of which a table of \(size) does not leave room for its texts")
    }
    units = stride(from: 4, to: 4 + Int(size), by: 4).map { Self.word(bytes, $0) }
    texts = Array(bytes[(4 + Int(size))...])
    guard texts.last == 0 else { throw InputError("ends within a text") }
  }

  private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
  }

  /// What the text begins with in the table: the shortest entry, or the longest; nil where it begins with none.
  func prefix(of text: ArraySlice<UInt8>, longest: Bool) -> (length: Int, text: ArraySlice<UInt8>)? {
    var found: (length: Int, text: ArraySlice<UInt8>)?
    var node = 0
    node ^= offset(unit(0))
    for (count, byte) in text.enumerated() {
      node ^= Int(byte)
      guard let unit = knownUnit(node), unit & (1 << 31 | 0xFF) == UInt32(byte) else { return found }
      node ^= offset(unit)
      if unit >> 8 & 1 == 1, let leaf = knownUnit(node) {
        let start = Int(leaf & 0x7FFF_FFFF)
        if start < texts.count {
          let end = texts[start...].firstIndex(of: 0) ?? texts.endIndex
          found = (count + 1, texts[start..<end])
          if !longest { return found }
        }
      }
    }
    return found
  }

  private func unit(_ node: Int) -> UInt32 { knownUnit(node) ?? 0 }
  private func knownUnit(_ node: Int) -> UInt32? { units.indices.contains(node) ? units[node] : nil }
  private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

  /// Grapheme by grapheme, as tokenizers has it: a short one as a whole by the shortest entry that it begins with, else
  /// character by character.
  ///
  /// Source: the crate `spm_precompiled`.
  func replacing(_ text: String) -> String {
    var result: [UInt8] = []
    for grapheme in text {
      let bytes = Array(String(grapheme).utf8)
      if bytes.count < 6, let found = prefix(of: bytes[...], longest: false) {
        result += found.text
        continue
      }
      for scalar in grapheme.unicodeScalars {
        let own = Array(String(scalar).utf8)
        result += prefix(of: own[...], longest: false)?.text ?? own[...]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

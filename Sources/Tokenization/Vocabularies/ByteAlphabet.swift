/// The printable characters by which vocabulary files write bytes.
///
/// Bytes that print (ASCII, Latin-1) stand for themselves; the other 68, blanks and controls among them, take
/// U+0100 and what follows, in order. Tokens 0...255 are the bytes in the order of ``bytes``, and 256...511
/// the same bytes at a word's end. Source: OpenAI CLIP's `bytes_to_unicode`.
enum ByteAlphabet {
  /// The bytes in the order in which the vocabulary numbers them.
  static let bytes: [UInt8] = {
    let printable =
      (0x21...0x7E).map { UInt8($0) } + (0xA1...0xAC).map { UInt8($0) } + (0xAE...0xFF).map { UInt8($0) }
    return printable + (0...255).filter { !printable.contains($0) }
  }()

  /// The character for each byte.
  static let characters: [Unicode.Scalar] = {
    var characters = [Unicode.Scalar](repeating: "?", count: 256)
    var extra: UInt16 = 0x100
    for (index, byte) in bytes.enumerated() {
      if index < 188 {
        characters[Int(byte)] = Unicode.Scalar(byte)
      } else {
        characters[Int(byte)] = Unicode.Scalar(extra) ?? "?"
        extra += 1
      }
    }
    return characters
  }()

  private static let bytesByCharacter: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    for (byte, character) in characters.enumerated() { table[Int(character.value)] = UInt8(byte) }
    return table
  }()

  /// The byte a character stands for, if it stands for one.
  static func byte(for character: Unicode.Scalar) -> UInt8? {
    character.value < 0x144 ? bytesByCharacter[Int(character.value)] : nil
  }
}

/// A token's bytes, and whether it ends a word.
struct Token: Hashable, Sendable {
  /// What marks the end of a word in vocabulary files.
  static let endMark = "</w>"

  var bytes: [UInt8]
  var endsWord: Bool

  init(bytes: [UInt8], endsWord: Bool) {
    self.bytes = bytes
    self.endsWord = endsWord
  }

  /// Reads a token as vocabulary files write it; nil when a character stands for no byte, or nothing does.
  init?(spelling: some StringProtocol) {
    let isEnd =
      spelling.utf8.count > Self.endMark.utf8.count && spelling.utf8.reversed().starts(with: ">w/<".utf8)
    var bytes: [UInt8] = []
    for scalar in spelling.unicodeScalars.dropLast(isEnd ? Self.endMark.utf8.count : 0) {
      guard let byte = ByteAlphabet.byte(for: scalar) else { return nil }
      bytes.append(byte)
    }
    guard !bytes.isEmpty else { return nil }
    self.init(bytes: bytes, endsWord: isEnd)
  }

  /// The token as vocabulary files write it, such as `photo</w>`.
  var spelling: String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(ByteAlphabet.characters[Int(byte)]) }
    return String(text) + (endsWord ? Self.endMark : "")
  }
}

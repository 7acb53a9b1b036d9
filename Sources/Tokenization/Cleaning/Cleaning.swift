/// What is done to a text before it is cut into words; open_clip's `text_cfg.tokenizer_kwargs.clean`.
///
/// All three repair the text (``TextRepair``), resolve HTML character references twice, collapse white space
/// to single blanks and strip it at both ends.
public enum Cleaning: String, CaseIterable, Codable, Sendable {
  /// Then lower-cases: what CLIP was trained with.
  case lower
  /// Nothing more: for vocabularies that know capital letters.
  case whitespace
  /// Underscores become blanks, other ASCII punctuation goes, the rest is lower-cased: what SigLIP was
  /// trained with.
  case canonicalize

  /// The cleaned text.
  public func clean(_ text: String) -> String {
    String(decoding: Self.encode(cleanedScalars(Array(text.unicodeScalars))), as: UTF8.self)
  }

  /// Hands `body` the cleaned text as UTF-8, in which white space may stand uncollapsed.
  ///
  /// Words end at any white space, so collapsing it would not change them; plain ASCII is not copied twice.
  func withCleaned<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    var text = text
    return text.withUTF8 { bytes in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { buffer in
        if let count = copyPlain(bytes, to: buffer) {
          return body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        return Self.encode(cleanedScalars(scalars)).withUnsafeBufferPointer(body)
      }
    }
  }

  /// Cleans text that is plain ASCII: printable, without `&` (no references) and control characters.
  /// - Returns: the number of bytes written to `target`, or nil when the text is not plain
  private func copyPlain(
    _ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    var isPlain = true
    for index in 0..<source.count {
      let byte = source[index]
      let isPrintable = byte &- 0x20 < 0x5F && byte != UInt8(ascii: "&")
      let isSpace = byte == 0x09 || byte == 0x0A || byte == 0x0C || byte == 0x0D
      isPlain = isPlain && (isPrintable || isSpace)
      let isCapital = byte &- UInt8(ascii: "A") < 26
      target[index] = isCapital && self != .whitespace ? byte | 0x20 : byte
    }
    guard isPlain else { return nil }
    guard self == .canonicalize else { return source.count }
    var count = 0
    for byte in target[..<source.count] {
      if byte == UInt8(ascii: "_") {
        target[count] = UInt8(ascii: " ")
      } else if Self.isPunctuation(UInt32(byte)) {
        continue
      } else {
        target[count] = byte
      }
      count += 1
    }
    return count
  }

  private func cleanedScalars(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var scalars = TextRepair.repaired(text)
    for _ in 0..<2 { scalars = HTMLReferences.resolved(scalars) }
    if self == .canonicalize {
      scalars = scalars.compactMap { scalar in
        scalar == "_" ? " " : Self.isPunctuation(scalar.value) ? nil : scalar
      }
    }
    // Python lower-cases after collapsing, except in this mode; neither sees across a blank, so one order
    // serves all.
    scalars = Self.collapsed(scalars)
    return self == .whitespace ? scalars : LowerCase.lowered(scalars)
  }

  /// Python's `string.punctuation`.
  private static func isPunctuation(_ value: UInt32) -> Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  /// The text without ASCII punctuation, its white space collapsed.
  static func withoutPunctuation(_ scalars: [Unicode.Scalar]) -> String {
    String(decoding: encode(collapsed(scalars.filter { !isPunctuation($0.value) })), as: UTF8.self)
  }

  /// White space collapsed to single blanks and stripped at both ends, as Python's `" ".join(text.split())`.
  private static func collapsed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var isPending = false
    for scalar in scalars {
      if ScalarClass.isSpace(scalar) {
        isPending = !result.isEmpty
      } else {
        if isPending { result.append(" ") }
        isPending = false
        result.append(scalar)
      }
    }
    return result
  }

  private static func encode(_ scalars: [Unicode.Scalar]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count + scalars.count / 2)
    for scalar in scalars {
      if scalar.isASCII {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return bytes
  }
}

/// Text from files and from elsewhere outside, made harmless for a terminal, a log or a message.
extension String {
  /// The text with what a terminal would obey replaced; line feeds and tabs stay.
  package var printable: String { replacingUnprintable { $0 == "\n" || $0 == "\t" } }

  /// The text with line breaks replaced, too, so that it prints as one harmless line.
  package var singleLine: String { replacingUnprintable { _ in false } }

  private func replacingUnprintable(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { $0.isUnprintable && !isKept($0) }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar.isUnprintable && !isKept(scalar) ? "\u{FFFD}" : scalar) }
    return String(result)
  }

  /// At most `limit` scalars of the text in quotes, with an ellipsis where some were cut: for quoting input in messages.
  package func quoted(limit: Int = 60) -> String {
    // Scalars, since a single character can be as long as a file.
    let scalars = unicodeScalars, end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex)
    guard let end, end != scalars.endIndex else { return "\"\(self)\"".singleLine }
    return "\"\(String(scalars[..<end]))…\"".singleLine
  }

  /// At most `limit` scalars of the text, cut in its middle: both ends of a path or a sentence say the most.
  package func shortened(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let scalars = unicodeScalars, count = scalars.count
    guard count > limit else { return self }
    let tail = limit / 3
    return String(scalars.prefix(limit - tail - 1)) + "…" + String(scalars.suffix(tail))
  }
}

extension Unicode.Scalar {
  /// Whether the scalar steers a terminal or the order of what it shows: control characters (C0, DEL and C1), separators of
  /// lines, and marks, embeddings, overrides and isolates of direction (Unicode Standard Annex 9, section 2).
  package var isUnprintable: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

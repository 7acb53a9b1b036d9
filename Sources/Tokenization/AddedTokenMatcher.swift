/// Finds added tokens in a text: from left to right, of those that begin at one place the longest.
///
/// Source: Hugging Face's tokenizers 0.23, `added_vocabulary.rs`, whose automaton finds leftmost longest matches.
struct AddedTokenMatcher: Sendable {
  typealias Text = [Unicode.Scalar]

  enum Piece: Equatable {
    case text(Range<Int>)
    case token(Int)
  }

  /// The tokens by their first character, longest first.
  private let tokens: [Unicode.Scalar: [(text: Text, token: AddedToken)]]

  /// - Parameter content: what is looked for, for each token
  init(_ list: [AddedToken], content: (AddedToken) -> Text) {
    var tokens: [Unicode.Scalar: [(text: Text, token: AddedToken)]] = [:]
    for token in list {
      let text = content(token)
      if let first = text.first { tokens[first, default: []].append((text, token)) }
    }
    self.tokens = tokens.mapValues { $0.sorted { $0.text.count > $1.text.count } }
  }

  /// Cuts a text into added tokens and what stands between them.
  func split(_ text: Text) -> [Piece] {
    var pieces: [Piece] = []
    var done = 0
    var position = 0
    while position < text.count {
      guard let found = match(in: text, at: position) else {
        position += 1
        continue
      }
      var start = position, end = position + found.text.count
      position = end
      if found.token.isSingleWord {
        let isInWord = start > 0 && Self.isWord(text[start - 1]) || end < text.count && Self.isWord(text[end])
        if isInWord { continue }
      }
      if found.token.stripsLeft { while start > done, text[start - 1].properties.isWhitespace { start -= 1 } }
      if found.token.stripsRight { while end < text.count, text[end].properties.isWhitespace { end += 1 } }
      if done < start { pieces.append(.text(done..<start)) }
      pieces.append(.token(found.token.id))
      done = end
      position = max(position, end)
    }
    if done < text.count { pieces.append(.text(done..<text.count)) }
    return pieces
  }

  private func match(in text: Text, at position: Int) -> (text: Text, token: AddedToken)? {
    tokens[text[position]]?.first { text[position...].starts(with: $0.text) }
  }

  /// What `\w` matches.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }
}

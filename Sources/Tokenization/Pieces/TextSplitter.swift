/// A step that cuts a text into those that become pieces one by one.
///
/// Source: tokenizers 0.23, `pre_tokenizers`.
indirect enum TextSplitter: Sendable {
  case steps([TextSplitter])
  /// Blanks become a mark, which may also be put before, and each mark begins a part.
  case mark(Unicode.Scalar, prepends: Prepending, splits: Bool)
  /// At white space, which goes.
  case whiteSpace
  case split(TextPattern, Remainder)

  /// Whether a mark is put before a text that does not begin with one.
  enum Prepending: Sendable {
    case always
    /// Only where nothing stands before the text, such as an added token.
    case first
    case never
  }

  /// What becomes of the places at which a text is cut.
  enum Remainder: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  typealias Text = ArraySlice<Unicode.Scalar>

  /// The parts of a text, none empty.
  /// - Parameter isFirst: whether nothing stands before it
  func callAsFunction(_ text: Text, isFirst: Bool) -> [Text] {
    switch self {
    case .steps(let steps):
      var parts = [(text, isFirst)]
      for step in steps {
        parts = parts.flatMap { part, isFirst in
          step(part, isFirst: isFirst).enumerated().map { ($1, isFirst && $0 == 0) }
        }
      }
      return parts.map(\.0)
    case .mark(let mark, let prepending, let splits):
      var marked = text.map { $0 == " " ? mark : $0 }
      let wantsMark =
        switch prepending {
        case .always: true
        case .first: isFirst
        case .never: false
        }
      if wantsMark, marked.first != mark { marked.insert(mark, at: 0) }
      guard splits else { return marked.isEmpty ? [] : [marked[...]] }
      return Self.cut(marked[...], .mergedWithNext) { $0.first == mark ? 1 : 0 }
    case .whiteSpace: return Self.cut(text, .removed) { $0.first?.properties.isWhitespace == true ? 1 : 0 }
    case .split(let pattern, let remainder): return Self.cut(text, remainder) { pattern.length(of: $0) }
    }
  }

  /// Cuts at the places where something stands.
  /// - Parameter length: how many characters it takes of those that begin a text; 0 for none
  private static func cut(_ text: Text, _ remainder: Remainder, _ length: (Text) -> Int) -> [Text] {
    var parts: [(text: Text, isPlace: Bool)] = [], done = text.startIndex, place = text.startIndex
    while place < text.endIndex {
      let count = length(text[place...])
      if count == 0 {
        place += 1
        continue
      }
      if done < place { parts.append((text[done..<place], false)) }
      parts.append((text[place..<place + count], true))
      place += count
      done = place
    }
    if done < text.endIndex { parts.append((text[done...], false)) }
    var result: [Text] = [], wasPlace = false
    func join(_ part: Text) {
      guard let last = result.popLast() else { return result.append(part) }
      result.append(text[last.startIndex..<part.endIndex])
    }
    for (index, part) in parts.enumerated() {
      switch remainder {
      case .removed: if !part.isPlace { result.append(part.text) }
      case .isolated: result.append(part.text)
      case .mergedWithPrevious: part.isPlace && !wasPlace && index > 0 ? join(part.text) : result.append(part.text)
      case .mergedWithNext: wasPlace && !part.isPlace ? join(part.text) : result.append(part.text)
      case .contiguous: part.isPlace && wasPlace ? join(part.text) : result.append(part.text)
      }
      wasPlace = part.isPlace
    }
    return result
  }
}

extension TextPattern {
  /// How many characters the pattern takes of a text's first; 0 where it does not stand there.
  func length(of text: ArraySlice<Unicode.Scalar>) -> Int { length(in: text, at: text.startIndex) }
}

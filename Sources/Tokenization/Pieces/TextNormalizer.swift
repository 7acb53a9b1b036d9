/// A step that changes a text before it is cut: the normalizers of Hugging Face's tokenizers, and SentencePiece's own.
///
/// Source: tokenizers 0.23, `normalizers`.
indirect enum TextNormalizer: Sendable {
  case steps([TextNormalizer])
  /// Each place of a pattern becomes a text.
  case replace(TextPattern, with: String)
  /// White space at the ends goes.
  case strip(left: Bool, right: Bool)
  /// Character by character, whatever stands beside it.
  case lowercase
  /// Unicode's form C.
  case compose
  case characterMap(CharacterMap)
  /// A text before every text that is not empty.
  case prepend(String)
  case sentencePiece(SentencePieceNormalizer)
  /// What transformers' `SiglipTokenizer` does first: small letters, no ASCII punctuation, single blanks and none at the
  /// ends.
  case canonicalize(lowersCase: Bool)

  func callAsFunction(_ text: String) -> String {
    switch self {
    case .steps(let steps): return steps.reduce(text) { $1($0) }
    case .replace(let pattern, let content): return pattern.replacing(in: text, with: content)
    case .strip(let left, let right):
      var scalars = text.unicodeScalars[...]
      if left { scalars = scalars.drop { $0.properties.isWhitespace } }
      if right { while scalars.last?.properties.isWhitespace == true { scalars.removeLast() } }
      return String(String.UnicodeScalarView(scalars))
    case .lowercase:
      var result = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        if scalar.properties.changesWhenLowercased {
          result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        } else {
          result.append(scalar)
        }
      }
      return String(result)
    case .compose:
      var result = String.UnicodeScalarView()
      result.append(contentsOf: Composition.composed(Array(text.unicodeScalars)))
      return String(result)
    case .characterMap(let map): return map.replacing(text)
    case .prepend(let content): return text.unicodeScalars.isEmpty ? text : content + text
    case .sentencePiece(let normalizer): return normalizer(text)
    case .canonicalize(let lowersCase):
      var scalars = Array(text.unicodeScalars)
      if lowersCase { scalars = LowerCase.lowered(scalars) }
      return Cleaning.withoutPunctuation(scalars)
    }
  }
}

/// What a step looks for: a text, or one of the few regular expressions that tokenizers' files hold.
enum TextPattern: Sendable {
  case text(String)
  /// Runs of at least so many blanks.
  case blanks(atLeast: Int)
  /// Runs of white space.
  case whiteSpace
  /// Single characters of ASCII punctuation.
  case punctuation

  /// ASCII's punctuation as a regular expression: what `Cleaning.canonicalize` removes.
  static let punctuationExpression = #"[!-/:-@\[-`{-~]"#

  /// The pattern of a regular expression; nil for one that is not known here.
  init?(expression: String) {
    switch expression {
    case " {2,}": self = .blanks(atLeast: 2)
    case " +", "[ ]+": self = .blanks(atLeast: 1)
    case #"\s+"#, #"[\s]+"#: self = .whiteSpace
    case Self.punctuationExpression: self = .punctuation
    default: return nil
    }
  }

  func replacing(in text: String, with content: String) -> String {
    // By characters' numbers: a text is not to be found in another that merely looks alike.
    let scalars = Array(text.unicodeScalars)[...], new = Array(content.unicodeScalars)
    var result = String.UnicodeScalarView(), place = 0
    while place < scalars.count {
      let length = length(in: scalars, at: place)
      if length > 0 {
        result.append(contentsOf: new)
        place += length
      } else {
        result.append(scalars[place])
        place += 1
      }
    }
    return String(result)
  }

  /// How many characters the pattern takes at a place; 0 where it does not stand there.
  func length(in text: ArraySlice<Unicode.Scalar>, at place: Int) -> Int {
    func run(_ belongs: (Unicode.Scalar) -> Bool) -> Int { text[place...].prefix(while: belongs).count }
    switch self {
    case .text(let wanted):
      let scalars = wanted.unicodeScalars
      return text[place...].starts(with: scalars) ? scalars.count : 0
    case .blanks(let least):
      let count = run { $0 == " " }
      return count >= least ? count : 0
    case .whiteSpace: return run { $0.properties.isWhitespace }
    case .punctuation:
      let scalar = text[place]
      switch scalar.value {
      case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return 1
      default: return 0
      }
    }
  }
}

/// What a character is to the tokenizer: part of a word, a number by itself, a separator, or anything else.
enum ScalarClass {
  case letter, number, space, other

  /// The class of a scalar, by its Unicode general category.
  init(_ scalar: Unicode.Scalar) {
    if Self.isSpace(scalar) {
      self = .space
      return
    }
    // The pattern ignores case, and U+0345's capital is a letter: it matches none of the alternatives.
    if scalar == "\u{345}" {
      self = .space
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = .other
    }
  }

  /// Python's `str.isspace`.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }
}

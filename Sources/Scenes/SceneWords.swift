import CLIPCompute

/// Chooses among ways to say the same thing, with random numbers of its own.
struct WordChoice {
  private var random: Philox

  init(_ random: Philox) { self.random = random }

  /// True in `percent` of 100 cases.
  mutating func chance(_ percent: Int) -> Bool { random.integer(below: 100) < percent }

  /// One of the ways, each as likely.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[random.integer(below: choices.count)] }

  /// A name for something: mostly the usual one, which comes first.
  mutating func name(_ names: [String]) -> String {
    names.count > 1 && chance(25) ? names[1 + random.integer(below: names.count - 1)] : names[0]
  }

  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var copy = elements
    random.shuffle(&copy)
    return copy
  }
}

/// English that depends on the words around.
enum SceneWords {
  /// The words with "a" or "an" before them.
  static func withArticle(_ words: String) -> String {
    switch words.utf8.first {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"): "an " + words
    default: "a " + words
    }
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// A sentence: a capital in front, a period behind.
  static func sentence(_ words: String) -> String {
    guard let first = words.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
      return words + "."
    }
    return String(UnicodeScalar(first - 32)) + words.dropFirst() + "."
  }
}

extension SceneTexture {
  /// Adjectives for the pattern; the first is the usual one.
  var adjectives: [String] {
    switch self {
    case .plain: ["plain", "solid"]
    case .striped: ["striped"]
    case .dotted: ["dotted", "spotted", "polka-dot"]
    case .checked: ["checked", "checkered"]
    }
  }

  /// What to say after the noun instead; nil for no pattern.
  var afterNoun: String? {
    switch self {
    case .plain: nil
    case .striped: "with stripes"
    case .dotted: "with dots"
    case .checked: "with checks"
    }
  }
}

extension SceneSize {
  var adjectives: [String] {
    switch self {
    case .small: ["small", "little"]
    case .large: ["large", "big"]
    }
  }
}

extension SceneBackground {
  /// What the background can be called, without an article, all of it meaning the same.
  var names: [String] {
    let name = color.rawValue
    switch kind {
    case .plain: return ["\(name) background", "plain \(name) background"]
    case .gradient: return ["\(name) gradient", "\(name) gradient background"]
    case .vignette: return ["\(name) background with dark corners", "\(name) vignette background"]
    case .checkered: return ["\(name) checkerboard", "\(name) checkerboard background"]
    case .twoTone:
      return [
        "\(name) and \(secondColor.rawValue) background", "\(secondColor.rawValue) and \(name) background",
      ]
    }
  }
}

extension SceneObject {
  /// Where on the picture an object lies, as it follows a noun; nil between the regions.
  var placeNames: [String]? {
    let column = Self.region(x)
    let row = Self.region(y)
    switch (column, row) {
    case (.low, .low): return ["in the top left corner", "at the top left"]
    case (.high, .low): return ["in the top right corner", "at the top right"]
    case (.low, .high): return ["in the bottom left corner", "at the bottom left"]
    case (.high, .high): return ["in the bottom right corner", "at the bottom right"]
    case (.middle, .middle): return ["in the center", "in the middle"]
    case (.low, _): return ["on the left side", "on the left"]
    case (.high, _): return ["on the right side", "on the right"]
    case (_, .low): return ["at the top", "near the top"]
    case (_, .high): return ["at the bottom", "near the bottom"]
    default: return nil
    }
  }

  private enum Region { case low, middle, high, between }

  private static func region(_ position: Float) -> Region {
    position < 0.36 ? .low : position > 0.64 ? .high : abs(position - 0.5) < 0.09 ? .middle : .between
  }
}

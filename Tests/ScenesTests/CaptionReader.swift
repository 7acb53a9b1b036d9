import CLIPScenes

/// What a caption states, read back from its words without the captioner's help.
struct CaptionFacts {
  /// What is said of an object; nil is not said.
  struct Thing: Equatable {
    var shape: SceneShape
    var color: SceneColor?
    var size: SceneSize?
    var texture: SceneTexture?
    /// Such as "top left"; nil is not said.
    var place: String?
  }

  struct Statement {
    var words: String
    var first: Int
    var second: Int
  }

  var things: [Thing] = []
  /// Positions in ``things``: one object may be named twice.
  var statements: [Statement] = []
  var backgroundColors: [String] = []
  var backgroundKind: SceneBackground.Kind?
  /// Words that the reader does not know.
  var unread: [String] = []

  // MARK: - Is it so?

  /// Whether all that is stated holds in a scene.
  func hold(in scene: Scene) -> Bool {
    let named = scene.backgroundColors.map(\.rawValue)
    if !backgroundColors.isEmpty, Set(backgroundColors) != Set(named) { return false }
    if let backgroundKind, backgroundKind != scene.background.kind { return false }
    return assign(0, [], scene)
  }

  /// Tries every way to tell which object each noun means; nouns that say different things mean different
  /// objects, unless the later one only repeats.
  private func assign(_ next: Int, _ chosen: [Int], _ scene: Scene) -> Bool {
    guard next < things.count else {
      // No caption leaves an object out.
      return Set(chosen).count == scene.objects.count
        && statements.allSatisfy { Self.holds($0.words, chosen[$0.first], chosen[$0.second], scene) }
    }
    for (index, object) in scene.objects.enumerated() where things[next].fits(object) {
      if assign(next + 1, chosen + [index], scene) { return true }
    }
    return false
  }

  static func holds(_ words: String, _ first: Int, _ second: Int, _ scene: Scene) -> Bool {
    guard first != second else { return false }
    let a = scene.objects[first]
    let b = scene.objects[second]
    let left = a.x + a.radius <= b.x - b.radius
    let right = b.x + b.radius <= a.x - a.radius
    let above = a.y + a.radius <= b.y - b.radius
    let below = b.y + b.radius <= a.y - a.radius
    let dx = a.x - b.x
    let dy = a.y - b.y
    let distance = (dx * dx + dy * dy).squareRoot()
    let overlap = abs(dx) < a.radius + b.radius && abs(dy) < a.radius + b.radius
    switch words {
    case "left": return left
    case "right": return right
    case "above": return above
    case "below": return below
    case "above left": return above && left
    case "above right": return above && right
    case "below left": return below && left
    case "below right": return below && right
    case "inside": return distance + a.radius < b.radius
    case "around": return distance + b.radius < a.radius
    case "front": return overlap && first > second && distance + a.radius > 0.8 * b.radius
    case "behind": return overlap && first < second && distance + b.radius > 0.8 * a.radius
    default: return false
    }
  }
}

extension CaptionFacts.Thing {
  func fits(_ object: SceneObject) -> Bool {
    guard shape == object.shape, (color ?? object.color) == object.color else { return false }
    guard (size ?? object.size) == object.size, (texture ?? object.texture) == object.texture else {
      return false
    }
    guard let place else { return true }
    let words = place.split(separator: " ")
    return words.allSatisfy { word in
      switch word {
      case "left": object.x < 0.4
      case "right": object.x > 0.6
      case "top": object.y < 0.4
      case "bottom": object.y > 0.6
      default: abs(object.x - 0.5) < 0.1 && abs(object.y - 0.5) < 0.1
      }
    }
  }
}

/// Reads captions. The vocabulary is written out here once more, so that a wrong word in the captioner shows.
struct CaptionReader {
  private static let shapes: [String: SceneShape] = [
    "circle": .circle, "disk": .circle, "square": .square, "triangle": .triangle, "diamond": .diamond,
    "rhombus": .diamond, "pentagon": .pentagon, "hexagon": .hexagon, "star": .star,
    "five-pointed star": .star,
    "heart": .heart, "cross": .cross, "plus sign": .cross, "ring": .ring, "hoop": .ring,
    "crescent": .crescent,
    "crescent moon": .crescent, "arrow": .arrow, "oval": .oval, "ellipse": .oval, "semicircle": .semicircle,
    "half circle": .semicircle, "teardrop": .teardrop, "drop": .teardrop, "lightning bolt": .lightningBolt,
  ]
  /// Longest first: a half circle is no circle.
  private static let shapeNames = shapes.keys.sorted { $0.count > $1.count }
  private static let colors: [String: SceneColor] = [
    "red": .red, "orange": .orange, "yellow": .yellow, "green": .green, "cyan": .cyan, "turquoise": .cyan,
    "blue": .blue, "purple": .purple, "violet": .purple, "pink": .pink, "brown": .brown, "black": .black,
    "white": .white, "gray": .gray,
  ]
  private static let textures: [String: SceneTexture] = [
    "plain": .plain, "solid": .plain, "striped": .striped, "dotted": .dotted, "spotted": .dotted,
    "polka-dot": .dotted, "checked": .checked, "checkered": .checked,
  ]
  private static let sizes: [String: SceneSize] = [
    "small": .small, "little": .small, "large": .large, "big": .large,
  ]
  private static let endings: [String: SceneTexture] = [
    "with stripes": .striped, "with dots": .dotted, "with checks": .checked,
  ]
  /// What stands between two nouns; the longest fits first.
  private static let relations: [(words: String, meaning: String)] = [
    ("above and to the left of", "above left"), ("above and to the right of", "above right"),
    ("below and to the left of", "below left"), ("below and to the right of", "below right"),
    ("to the left of", "left"), ("on the left of", "left"), ("left of", "left"),
    ("to the right of", "right"), ("on the right of", "right"), ("right of", "right"),
    ("above", "above"), ("higher than", "above"), ("below", "below"), ("under", "below"),
    ("beneath", "below"),
    ("inside", "inside"), ("within", "inside"), ("around", "around"), ("surrounding", "around"),
    ("in front of", "front"), ("partly covering", "front"), ("behind", "behind"),
    ("partly hidden by", "behind"),
  ]
  private static let afterNoun: [(words: String, meaning: String)] = [
    ("to its left", "left"), ("on its left", "left"), ("to its right", "right"), ("on its right", "right"),
    ("above it", "above"), ("below it", "below"), ("under it", "below"), ("inside it", "inside"),
    ("in its middle", "inside"), ("around it", "around"), ("in front of it", "front"),
    ("behind it", "behind"),
  ]
  private static let places: [(words: String, meaning: String)] = [
    ("in the top left corner", "top left"), ("at the top left", "top left"),
    ("in the top right corner", "top right"), ("at the top right", "top right"),
    ("in the bottom left corner", "bottom left"), ("at the bottom left", "bottom left"),
    ("in the bottom right corner", "bottom right"), ("at the bottom right", "bottom right"),
    ("in the center", "center"), ("in the middle", "center"), ("on the left side", "left"),
    ("on the left", "left"), ("on the right side", "right"), ("on the right", "right"), ("at the top", "top"),
    ("near the top", "top"), ("at the bottom", "bottom"), ("near the bottom", "bottom"),
  ]
  private static let backgrounds = [
    "light gray", "beige", "pale blue", "pale green", "pale pink", "lavender", "tan", "slate", "dark gray",
    "navy",
    "dark green", "maroon",
  ]
  private static let filler: Set<String> = [
    "a", "an", "the", "and", "with", "also", "together", "is", "are", "there", "picture", "of", "image", "in",
    "one", "two", "three", "shapes", "objects", "single", "object", "on", "against", "it", "all", "both",
  ]

  private var words: [String]
  private var position = 0
  private var facts = CaptionFacts()
  /// Relations that wait for their second noun, and places for their noun.
  private var pending: [(meaning: String, first: Int?)] = []
  private var pendingPlace: String?

  static func read(_ caption: String) -> CaptionFacts {
    var reader = CaptionReader(caption)
    return reader.read()
  }

  private init(_ caption: String) {
    var text = caption.lowercased()
    text.removeAll { ",.:".contains($0) }
    words = text.split(separator: " ").map(String.init)
  }

  private mutating func take(_ phrase: String) -> Bool {
    let parts = phrase.split(separator: " ")
    guard position + parts.count <= words.count else { return false }
    for (offset, part) in parts.enumerated() where words[position + offset] != part { return false }
    position += parts.count
    return true
  }

  private mutating func read() -> CaptionFacts {
    while position < words.count {
      if readBackground() || readThing() || readRelation() || readPlace() || readSharedColor() { continue }
      if !Self.filler.contains(words[position]) { facts.unread.append(words[position]) }
      position += 1
    }
    if !pending.isEmpty { facts.unread.append("a relation without its nouns") }
    return facts
  }

  private mutating func readBackground() -> Bool {
    let start = position
    let saysPlain = take("plain")
    var names: [String] = []
    while let name = Self.backgrounds.first(where: { take($0) }) {
      names.append(name)
      if !take("and") { break }
    }
    guard !names.isEmpty else {
      position = start
      return false
    }
    if take("background with dark corners") || take("vignette background") {
      facts.backgroundKind = .vignette
    } else if take("gradient background") || take("gradient") {
      facts.backgroundKind = .gradient
    } else if take("checkerboard background") || take("checkerboard") {
      facts.backgroundKind = .checkered
    } else if take("background") {
      facts.backgroundKind = names.count == 2 ? .twoTone : .plain
    } else {
      position = start
      return false
    }
    if saysPlain, facts.backgroundKind != .plain { facts.unread.append("plain") }
    facts.backgroundColors = names
    return true
  }

  private mutating func readThing() -> Bool {
    let start = position
    var color: SceneColor?
    var size: SceneSize?
    var texture: SceneTexture?
    while position < words.count {
      let word = words[position]
      if let found = Self.colors[word], color == nil {
        color = found
      } else if let found = Self.sizes[word], size == nil {
        size = found
      } else if let found = Self.textures[word], texture == nil {
        texture = found
      } else {
        break
      }
      position += 1
    }
    guard let name = Self.shapeNames.first(where: { take($0) }), let shape = Self.shapes[name] else {
      position = start
      return false
    }
    if let ending = Self.endings.first(where: { take($0.key) }) { texture = ending.value }
    // A size goes before everything else, an article before it.
    let head = words[start]
    let beginsWithVowel = "aeiou".contains(head.first ?? "b")
    if start > 0, words[start - 1] == (beginsWithVowel ? "a" : "an") { facts.unread.append("article") }
    facts.things.append(
      CaptionFacts.Thing(shape: shape, color: color, size: size, texture: texture, place: pendingPlace))
    pendingPlace = nil
    resolve()
    return true
  }

  /// The last noun is the second of a relation that has its first, or both are known now.
  private mutating func resolve() {
    guard let relation = pending.last else { return }
    let last = facts.things.count - 1
    if let first = relation.first {
      if first >= 0 {
        pending.removeLast()
        facts.statements.append(.init(words: relation.meaning, first: first, second: last))
      } else {
        // "Above B is A": the first noun after the words is the second of the relation.
        pending[pending.count - 1] = (relation.meaning, nil)
      }
    } else {
      pending.removeLast()
      facts.statements.append(.init(words: relation.meaning, first: last, second: last - 1))
    }
  }

  private mutating func readRelation() -> Bool {
    let start = position
    for (phrase, meaning) in Self.afterNoun where take(phrase) {
      // "B with A to its left".
      let last = facts.things.count - 1
      facts.statements.append(.init(words: meaning, first: last, second: last - 1))
      return true
    }
    for (phrase, meaning) in Self.relations where take(phrase) {
      let followsNoun = start > 0 && !facts.things.isEmpty
      pending.append((meaning, followsNoun ? facts.things.count - 1 : -1))
      return true
    }
    return false
  }

  private mutating func readPlace() -> Bool {
    for (phrase, meaning) in Self.places where take(phrase) {
      if facts.things.isEmpty {
        pendingPlace = meaning
      } else {
        facts.things[facts.things.count - 1].place = meaning
      }
      return true
    }
    return false
  }

  /// "A star and a heart, both red".
  private mutating func readSharedColor() -> Bool {
    let start = position
    guard take("both") || take("all"), position < words.count, let color = Self.colors[words[position]] else {
      position = start
      return false
    }
    position += 1
    for index in facts.things.indices { facts.things[index].color = color }
    return true
  }
}

import CLIPCompute

/// Says what a scene shows in five ways, from terse to full, in varied grammar; nothing that is not so.
struct SceneCaptioner {
  let scene: Scene
  var choice: WordChoice
  /// The colors' and shapes' names in the caption being written, an object each.
  private var colorNames: [String] = []
  private var shapeNames: [String] = []

  init(_ scene: Scene, random: Philox) {
    self.scene = scene
    choice = WordChoice(random)
  }

  /// Five captions: the objects; with their patterns; with where they lie; with the background; all of it.
  mutating func captions() -> [String] {
    var captions: [String] = []
    for kind in 0..<5 {
      colorNames = scene.objects.map { choice.name($0.color.names) }
      shapeNames = scene.objects.map { choice.name($0.shape.names) }
      switch kind {
      case 0: captions.append(terse())
      case 1: captions.append(patterned())
      case 2: captions.append(related())
      case 3: captions.append(withBackground())
      default: captions.append(full())
      }
    }
    return captions
  }

  // MARK: - The five kinds

  /// Colors and shapes, often with the background; a lone object needs more than these to be told from
  /// others.
  private mutating func terse() -> String {
    guard scene.objects.count > 1 else {
      let object = noun(0, size: choice.chance(35), texture: true)
      return choice.chance(75) ? onBackground(object) : place(object)
    }
    let order = choice.shuffled(Array(scene.objects.indices))
    let colors = Set(scene.objects.map(\.color))
    if colors.count == 1, choice.chance(60) {
      let shapes = order.map { SceneWords.withArticle(shapeNames[$0]) }
      return "\(SceneWords.list(shapes)), \(order.count == 2 ? "both" : "all") \(colorNames[order[0]])"
    }
    let vague = choice.chance(8) ? order[0] : nil
    let bare = order.map { "\($0 == vague ? "" : colorNames[$0] + " ")\(shapeNames[$0])" }
    let items = bare.map(SceneWords.withArticle)
    let saysBackground = choice.chance(40)
    if choice.chance(20) {
      let background = saysBackground ? [choice.name(scene.background.names)] : []
      return (bare + background).joined(separator: ", ")
    }
    let list =
      order.count == 2 && choice.chance(30)
      ? "\(items[0]) \(choice.pick(["with", "and also", "together with"])) \(items[1])"
      : SceneWords.list(items)
    return saysBackground ? onBackground(list) : list
  }

  /// The objects with their patterns and some of their sizes.
  private mutating func patterned() -> String {
    let order = choice.shuffled(Array(scene.objects.indices))
    let items = order.map { noun($0, size: choice.chance(50), texture: true) }
    var list = SceneWords.list(items)
    if items.count == 1 {
      let object = choice.chance(60) ? place(list) : onBackground(list)
      return choice.pick(["", "a picture of ", "an image of ", "a single object: "]) + object
    }
    if choice.chance(50) {
      list = onBackground(list)
    } else if choice.chance(15) {
      return "\(list) in one image"
    }
    let number = items.count == 2 ? "two" : "three"
    // The plain list is the likeliest form, here and below: its number stands twice.
    switch choice.pick([0, 0, 1, 2, 3]) {
    case 1: return "a picture of \(list)"
    case 2: return "\(number) shapes: \(list)"
    case 3: return SceneWords.sentence("there are \(number) objects, \(list)")
    default: return list
    }
  }

  /// Which object lies where.
  private mutating func related() -> String {
    guard scene.objects.count > 1 else {
      let object = noun(0, size: true, texture: true)
      return choice.chance(50) ? place(object) : SceneWords.sentence(placedSentence(object))
    }
    let background = SceneWords.withArticle(choice.name(scene.background.names))
    return relationCaption(size: false, texturePercent: 25, background: choice.chance(40) ? background : nil)
  }

  /// The objects and what lies behind them.
  private mutating func withBackground() -> String {
    let order = choice.shuffled(Array(scene.objects.indices))
    let list = SceneWords.list(order.map { noun($0, size: false, texture: choice.chance(60)) })
    let background = SceneWords.withArticle(choice.name(scene.background.names))
    switch choice.pick([0, 0, 1, 2]) {
    case 1: return "on \(background), \(list)"
    case 2: return "\(background) with \(list) on it"
    default: return "\(list) \(choice.pick(["on", "against"])) \(background)"
    }
  }

  /// All that is to be said.
  private mutating func full() -> String {
    guard scene.objects.count > 1 else {
      return SceneWords.sentence(
        onBackground(placedSentence(noun(0, size: true, texture: true, sayPlain: true))))
    }
    let background = SceneWords.withArticle(choice.name(scene.background.names))
    return relationCaption(size: true, texturePercent: 100, background: background)
  }

  // MARK: - Parts of captions

  /// The object with "a": its size and pattern where asked for, its color, its shape.
  private mutating func noun(_ index: Int, size: Bool, texture: Bool, sayPlain: Bool = false) -> String {
    let object = scene.objects[index]
    var adjectives: [String] = []
    var ending = ""
    if size { adjectives.append(choice.name(object.size.adjectives)) }
    adjectives.append(colorNames[index])
    if texture, object.texture != .plain || sayPlain || choice.chance(25) {
      if let after = object.texture.afterNoun, choice.chance(15) {
        ending = " " + after
      } else {
        // Mostly before the color.
        let position = choice.chance(75) ? adjectives.count - 1 : adjectives.count
        adjectives.insert(choice.name(object.texture.adjectives), at: position)
      }
    }
    return SceneWords.withArticle("\(adjectives.joined(separator: " ")) \(shapeNames[index])\(ending)")
  }

  /// An object that was named before.
  private mutating func known(_ index: Int) -> String {
    choice.chance(40) && scene.objects.filter { $0.shape == scene.objects[index].shape }.count == 1
      ? "the \(shapeNames[index])" : "the \(colorNames[index]) \(shapeNames[index])"
  }

  /// The words with the background behind them.
  private mutating func onBackground(_ words: String) -> String {
    "\(words) on \(SceneWords.withArticle(choice.name(scene.background.names)))"
  }

  /// The first object's words with its place, or with the background when its place has no name.
  private mutating func place(_ words: String) -> String {
    guard let names = scene.objects[0].placeNames else { return onBackground(words) }
    return "\(words) \(choice.pick(names))"
  }

  private mutating func placedSentence(_ object: String) -> String {
    guard let names = scene.objects[0].placeNames else { return "there is \(object)" }
    let place = choice.pick(names)
    return choice.chance(50) ? "there is \(object) \(place)" : "\(place) is \(object)"
  }

  /// A relation between two objects, and how a third lies to one of them.
  private mutating func relationCaption(size: Bool, texturePercent: Int, background: String?) -> String {
    guard let relation = chooseRelation(among: Array(scene.objects.indices), about: nil) else {
      return terse()
    }
    let hasThird = scene.objects.count > 2
    let first = noun(relation.first, size: size, texture: choice.chance(texturePercent))
    let second = noun(relation.second, size: size, texture: choice.chance(texturePercent))
    var third = ""
    if let last = scene.objects.indices.first(where: { $0 != relation.first && $0 != relation.second }) {
      third = noun(last, size: size, texture: choice.chance(texturePercent))
      if let other = chooseRelation(among: [relation.first, relation.second], about: last) {
        third += " \(choice.pick(other.words)) \(known(other.second))"
      }
    }
    let words = choice.pick(relation.words)
    switch choice.pick(hasThird ? [0, 1, 2] : [0, 1, 2, 3]) {
    case 1:
      let start = background.map { "on \($0), " } ?? ""
      return SceneWords.sentence(
        "\(start)\(first) is \(words) \(second)\(hasThird ? ", and there is \(third)" : "")")
    case 2:
      let ending =
        (hasThird ? ", with \(third)" : "")
        + (background.map { ", \(hasThird ? "all" : "both") on \($0)" } ?? "")
      return "\(words) \(second) is \(first)\(ending)"
    case 3 where relation.afterNoun != nil:
      let ending = background.map { ", on \($0)" } ?? ""
      return "\(second) with \(first) \(relation.afterNoun ?? "")\(ending)"
    default:
      let ending = background.map { ", on \($0)" } ?? ""
      return "\(first) \(words) \(second)\(hasThird ? ", with \(third)" : "")\(ending)"
    }
  }
}

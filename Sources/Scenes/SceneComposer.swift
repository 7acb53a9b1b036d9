import CLIPCompute

/// Draws scenes of a split: what the objects are, where they lie, what lies behind them.
struct SceneComposer {
  /// What scenes the composer draws.
  enum Kind {
    /// One to three objects whose composition belongs to the split.
    case composition(SceneSplit)
    /// One object of a given color and shape.
    case single(SceneColor, SceneShape)
  }

  private let kind: Kind
  private var random: Philox

  init(_ kind: Kind, random: Philox) {
    self.kind = kind
    self.random = random
  }

  /// Draws one scene.
  mutating func scene() -> Scene {
    var objects = composition()
    SceneLayout.place(&objects, &random)
    for index in objects.indices { decorate(&objects[index]) }
    let background = background(behind: objects)
    return Scene(
      background: background, objects: objects, relations: SceneRelation.all(among: objects),
      noiseSeed: random.next())
  }

  /// Colors, shapes and textures of the split: drawn until they are in it, on average eight times for
  /// validation.
  private mutating func composition() -> [SceneObject] {
    switch kind {
    case .single(let color, let shape): return [object(color, shape)]
    case .composition(let split):
      while true {
        let objects = candidates(split)
        if SceneSplit.split(of: objects) == split { return objects }
      }
    }
  }

  /// Different pairs of color and shape; for the test split the first is a held-out one.
  private mutating func candidates(_ split: SceneSplit) -> [SceneObject] {
    let draw = random.integer(below: 100)
    let count = draw < 10 ? 1 : draw < 55 ? 2 : 3
    var objects: [SceneObject] = []
    while objects.count < count {
      let pairs =
        split != .test ? ScenePairs.seen : objects.isEmpty ? ScenePairs.heldOut : ScenePairs.all
      let pair = pairs[random.integer(below: pairs.count)]
      if objects.contains(where: { $0.color == pair.color && $0.shape == pair.shape }) { continue }
      objects.append(object(pair.color, pair.shape))
    }
    return objects
  }

  private mutating func object(_ color: SceneColor, _ shape: SceneShape) -> SceneObject {
    let draw = random.integer(below: 100)
    let texture: SceneTexture = draw < 40 ? .plain : draw < 60 ? .striped : draw < 80 ? .dotted : .checked
    return SceneObject(
      shape: shape, color: color, size: .small, texture: texture, x: 0.5, y: 0.5, radius: 0.1,
      tilt: random.uniform(in: -0.1..<0.1), patternDirection: random.integer(below: 4),
      patternPhase: random.uniform(), rgb: color.rgb)
  }

  /// Varies the color as no name would change: some ten bytes a channel.
  private mutating func decorate(_ object: inout SceneObject) {
    object.rgb = varied(object.rgb, by: 10)
  }

  private mutating func varied(_ color: SceneRGB, by range: Float) -> SceneRGB {
    let light = random.uniform(in: -range..<range)
    return SceneRGB(
      channel(color.red + light + random.uniform(in: -range..<range) * 0.5),
      channel(color.green + light + random.uniform(in: -range..<range) * 0.5),
      channel(color.blue + light + random.uniform(in: -range..<range) * 0.5))
  }

  private func channel(_ value: Float) -> Float { min(max(value, 0), 255) }

  /// A background that no object melts into.
  private mutating func background(behind objects: [SceneObject]) -> SceneBackground {
    var colors = SceneBackgroundColor.allCases
    random.shuffle(&colors)
    let contrasts = colors.map { color in objects.map { $0.contrast(with: color.rgb) }.min() ?? 1 }
    var usable = colors.indices.filter { contrasts[$0] >= 1 }
    // Black, white and gray together leave nothing that is far from each: then the best there is.
    if usable.isEmpty { usable = [colors.indices.max { contrasts[$0] < contrasts[$1] } ?? 0] }
    let draw = random.integer(below: 100)
    var kind: SceneBackground.Kind =
      draw < 34 ? .plain : draw < 54 ? .gradient : draw < 70 ? .twoTone : draw < 86 ? .checkered : .vignette
    let color = colors[usable[0]]
    var second = color
    if kind == .twoTone {
      let others = usable.dropFirst().filter { colors[$0].rgb.squaredDistance(to: color.rgb) > 60 * 60 }
      if let other = others.first { second = colors[other] } else { kind = .plain }
    }
    let rgb = varied(color.rgb, by: 8)
    let secondRGB = secondShade(kind, rgb, second)
    return SceneBackground(
      kind: kind, color: color, secondColor: second, direction: random.integer(below: 8),
      squares: 4 + random.integer(below: 3), rgb: rgb, secondRGB: secondRGB,
      noise: random.uniform(in: 0.5..<5))
  }

  /// The other end of a gradient, the corners of a vignette, the other squares: shades of the same name.
  private mutating func secondShade(
    _ kind: SceneBackground.Kind, _ rgb: SceneRGB, _ second: SceneBackgroundColor
  ) -> SceneRGB {
    let black = SceneRGB(0, 0, 0)
    let white = SceneRGB(255, 255, 255)
    let isDark = rgb.green < 128
    switch kind {
    case .plain: return rgb
    case .gradient: return isDark ? rgb.mixed(with: white, 0.32) : rgb.mixed(with: black, 0.32)
    case .checkered: return isDark ? rgb.mixed(with: white, 0.14) : rgb.mixed(with: black, 0.14)
    case .vignette: return rgb.mixed(with: black, 0.62)
    case .twoTone: return varied(second.rgb, by: 8)
    }
  }
}

extension SceneObject {
  /// How clearly the object stands out from a color; at least 1 is clear. A pattern's shade may come closer
  /// to it than the object's own color.
  fileprivate func contrast(with color: SceneRGB) -> Float {
    let own = rgb.squaredDistance(to: color) / (95 * 95)
    return texture == .plain ? own : min(own, shade.squaredDistance(to: color) / (55 * 55))
  }
}

/// Pairs of color and shape, in a fixed order.
enum ScenePairs {
  typealias Pair = (color: SceneColor, shape: SceneShape)

  static let all: [Pair] = SceneColor.allCases.flatMap { color in
    SceneShape.allCases.map { (color, $0) }
  }
  static let seen = all.filter { !SceneSplit.isHeldOut($0.color, $0.shape) }
  static let heldOut = all.filter { SceneSplit.isHeldOut($0.color, $0.shape) }
}

public import CLIPFiles

/// The patterns that fill an object.
public enum SceneTexture: String, CaseIterable, Codable, Sendable {
  case plain, striped, dotted, checked
}

/// The two sizes of an object.
public enum SceneSize: String, CaseIterable, Codable, Sendable {
  case small, large
}

/// One object of a scene, as plain data. Positions and lengths are parts of the image's side; y grows
/// downwards.
public struct SceneObject: Equatable, Codable, Sendable {
  /// The outline.
  public var shape: SceneShape
  /// The named color.
  public var color: SceneColor
  /// Which of the two sizes captions call it.
  public var size: SceneSize
  /// The pattern that fills it.
  public var texture: SceneTexture
  /// The center, `0..<1`.
  public var x: Float, y: Float
  /// Half the side of the upright square that holds the whole outline.
  public var radius: Float
  /// The tangent of half the angle by which the object is turned; at most 0.1, some 11 degrees.
  public var tilt: Float
  /// Which way the pattern runs, `0..<4`.
  public var patternDirection: Int
  /// Where the pattern begins, `0..<1` of its period.
  public var patternPhase: Float
  /// The color as drawn.
  public var rgb: SceneRGB

  /// Takes every property as it is.
  public init(
    shape: SceneShape, color: SceneColor, size: SceneSize, texture: SceneTexture, x: Float, y: Float,
    radius: Float, tilt: Float, patternDirection: Int, patternPhase: Float, rgb: SceneRGB
  ) {
    (self.shape, self.color, self.size, self.texture) = (shape, color, size, texture)
    (self.x, self.y, self.radius, self.tilt) = (x, y, radius, tilt)
    (self.patternDirection, self.patternPhase, self.rgb) = (patternDirection, patternPhase, rgb)
  }
}

/// What lies behind the objects, as plain data.
public struct SceneBackground: Equatable, Codable, Sendable {
  /// How the background is filled.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    case plain, gradient, vignette, checkered
    case twoTone = "two-tone"
  }

  /// How it is filled.
  public var kind: Kind
  /// The named color; of a two-tone background, one of the two.
  public var color: SceneBackgroundColor
  /// The other color of a two-tone background, else the same color.
  public var secondColor: SceneBackgroundColor
  /// Which of eight ways a gradient or a border runs, `0..<8`.
  public var direction: Int
  /// Squares a side of a checkered background.
  public var squares: Int
  /// The colors as drawn.
  public var rgb: SceneRGB, secondRGB: SceneRGB
  /// The strength of the noise over the whole picture: its standard deviation in bytes of sRGB.
  public var noise: Float

  /// Takes every property as it is.
  public init(
    kind: Kind, color: SceneBackgroundColor, secondColor: SceneBackgroundColor, direction: Int, squares: Int,
    rgb: SceneRGB, secondRGB: SceneRGB, noise: Float
  ) {
    (self.kind, self.color, self.secondColor) = (kind, color, secondColor)
    (self.direction, self.squares) = (direction, squares)
    (self.rgb, self.secondRGB, self.noise) = (rgb, secondRGB, noise)
  }
}

/// A picture as plain data: what is where, in the order in which it is painted, and what can truly be said
/// about it.
public struct Scene: Equatable, Codable, Sendable {
  /// What lies behind the objects, and the noise.
  public var background: SceneBackground
  /// The objects in the order in which they are painted.
  public var objects: [SceneObject]
  /// Every relation that holds between two objects; each is stated once.
  public var relations: [SceneRelation]
  /// The key of the picture's noise.
  public var noiseSeed: UInt64

  /// Takes every property as it is; `relations` must hold among `objects`.
  public init(
    background: SceneBackground, objects: [SceneObject], relations: [SceneRelation], noiseSeed: UInt64
  ) {
    (self.background, self.objects) = (background, objects)
    (self.relations, self.noiseSeed) = (relations, noiseSeed)
  }

  /// What a dataset's `.json` says about the picture.
  public var json: JSONValue {
    .object([
      "background": .object([
        "kind": .string(background.kind.rawValue),
        "colors": .array(backgroundColors.map { .string($0.rawValue) }),
      ]),
      "objects": .array(objects.map(\.json)),
      "relations": .array(relations.map(\.json)),
    ])
  }

  /// The background's one or two named colors.
  public var backgroundColors: [SceneBackgroundColor] {
    background.kind == .twoTone ? [background.color, background.secondColor] : [background.color]
  }
}

extension SceneObject {
  /// What a dataset's `.json` says about the object; lengths to a thousandth of the side.
  public var json: JSONValue {
    .object([
      "shape": .string(shape.rawValue), "color": .string(color.rawValue), "size": .string(size.rawValue),
      "texture": .string(texture.rawValue), "x": thousandths(x), "y": thousandths(y),
      "radius": thousandths(radius),
    ])
  }

  private func thousandths(_ length: Float) -> JSONValue {
    .number((Double(length) * 1000).rounded() / 1000)
  }
}

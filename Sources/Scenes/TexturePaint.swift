/// The color of an object's every point: its own, or a pattern of it and a lighter or darker shade.
struct TexturePaint {
  private let texture: SceneTexture
  private let base: SceneRGB, shade: SceneRGB
  private let originX: Float, originY: Float
  private let axisX: Float, axisY: Float
  private let phase: Float
  /// Pixels after which the pattern repeats.
  private let period: Float

  /// - Parameter side: the image's side in pixels
  init(_ object: SceneObject, side: Float) {
    texture = object.texture
    base = object.rgb
    shade = object.shade
    (originX, originY, phase) = (object.x * side, object.y * side, object.patternPhase)
    let (cosine, sine) = object.rotation
    // Half the square root of 2.
    let diagonal: Float = 0.70710678
    let (directionX, directionY): (Float, Float) =
      switch object.patternDirection {
      case 0: (1, 0)
      case 1: (0, 1)
      case 2: (diagonal, diagonal)
      default: (diagonal, -diagonal)
      }
    (axisX, axisY) = (cosine * directionX - sine * directionY, sine * directionX + cosine * directionY)
    period = object.patternPeriod * side
  }

  /// The color at a point, smooth over a pixel where the pattern changes.
  func color(x: Float, y: Float) -> SceneRGB {
    if texture == .plain { return base }
    let dx = x - originX
    let dy = y - originY
    let u = (dx * axisX + dy * axisY) / period + phase
    let v = (dy * axisX - dx * axisY) / period + phase
    let part: Float
    switch texture {
    case .plain: part = 0
    case .striped: part = band(u)
    case .checked:
      let across = band(u)
      let along = band(v)
      part = across + along - 2 * across * along
    case .dotted:
      let across = u - u.rounded(.down) - 0.5
      let along = v - v.rounded(.down) - 0.5
      let distance = (across * across + along * along).squareRoot()
      part = min(max((Self.dotRadius - distance) * period + 0.5, 0), 1)
    }
    return base.mixed(with: shade, part)
  }

  /// One in one half of the period, zero in the other.
  private func band(_ u: Float) -> Float {
    let distance = abs(u - u.rounded(.down) - 0.5) - 0.25
    return min(max(distance * period + 0.5, 0), 1)
  }

  private static let dotRadius: Float = 0.3
}

extension SceneObject {
  /// The second color of the object's pattern.
  var shade: SceneRGB {
    color.isLight
      ? rgb.mixed(with: SceneRGB(10, 10, 14), 0.55) : rgb.mixed(with: SceneRGB(255, 255, 250), 0.72)
  }

  /// After how much of the image's side the pattern repeats: about three times over a small object.
  var patternPeriod: Float {
    let isLarge = size == .large
    switch texture {
    case .plain, .striped: return isLarge ? 0.085 : 0.068
    case .dotted: return isLarge ? 0.086 : 0.07
    case .checked: return isLarge ? 0.125 : 0.098
    }
  }
}

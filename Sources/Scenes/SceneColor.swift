/// A color as bytes of sRGB.
public struct SceneRGB: Equatable, Codable, Sendable {
  /// Each from 0 to 255; mixtures are not rounded.
  public var red: Float, green: Float, blue: Float

  /// - Parameters:
  ///   - red, green, blue: `0...255`
  public init(_ red: Float, _ green: Float, _ blue: Float) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// The color moved towards another by a part `0...1`.
  func mixed(with other: SceneRGB, _ part: Float) -> SceneRGB {
    SceneRGB(
      red + (other.red - red) * part, green + (other.green - green) * part, blue + (other.blue - blue) * part)
  }

  /// How different two colors look, squared: the weights are a rough measure of the eye's for each channel.
  func squaredDistance(to other: SceneRGB) -> Float {
    let r = red - other.red
    let g = green - other.green
    let b = blue - other.blue
    return 0.9 * r * r + 1.5 * g * g + 0.6 * b * b
  }
}

/// The colors an object can have.
///
/// The order of the cases is part of the data's definition: it decides which pairs are held out.
public enum SceneColor: String, CaseIterable, Codable, Sendable {
  case red, orange, yellow, green, cyan, blue, purple, pink, brown, black, white, gray

  /// The position among all colors, `0..<12`.
  public var index: Int { Self.positions[self] ?? 0 }

  /// What captions call the color; the first name is the usual one.
  public var names: [String] {
    switch self {
    case .cyan: ["cyan", "turquoise"]
    case .purple: ["purple", "violet"]
    default: [rawValue]
    }
  }

  /// The color before an object's own slight variation.
  public var rgb: SceneRGB {
    switch self {
    case .red: SceneRGB(222, 34, 38)
    case .orange: SceneRGB(250, 138, 16)
    case .yellow: SceneRGB(252, 226, 40)
    case .green: SceneRGB(38, 162, 58)
    case .cyan: SceneRGB(52, 208, 214)
    case .blue: SceneRGB(34, 74, 224)
    case .purple: SceneRGB(132, 44, 172)
    case .pink: SceneRGB(255, 124, 192)
    case .brown: SceneRGB(124, 72, 34)
    case .black: SceneRGB(18, 18, 20)
    case .white: SceneRGB(252, 252, 252)
    case .gray: SceneRGB(130, 130, 132)
    }
  }

  /// Whether a pattern on this color is drawn in a darker shade instead of a lighter one.
  var isLight: Bool {
    switch self {
    case .orange, .yellow, .cyan, .pink, .white: true
    default: false
    }
  }

  private static let positions = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) })
}

/// The muted colors of backgrounds.
public enum SceneBackgroundColor: String, CaseIterable, Codable, Sendable {
  case lightGray = "light gray"
  case beige
  case paleBlue = "pale blue"
  case paleGreen = "pale green"
  case palePink = "pale pink"
  case lavender
  case tan
  case slate
  case darkGray = "dark gray"
  case navy
  case darkGreen = "dark green"
  case maroon

  /// The color before a scene's own slight variation.
  public var rgb: SceneRGB {
    switch self {
    case .lightGray: SceneRGB(206, 206, 206)
    case .beige: SceneRGB(232, 220, 190)
    case .paleBlue: SceneRGB(182, 206, 232)
    case .paleGreen: SceneRGB(188, 220, 188)
    case .palePink: SceneRGB(238, 206, 212)
    case .lavender: SceneRGB(200, 188, 228)
    case .tan: SceneRGB(196, 164, 122)
    case .slate: SceneRGB(98, 114, 132)
    case .darkGray: SceneRGB(72, 72, 74)
    case .navy: SceneRGB(32, 40, 82)
    case .darkGreen: SceneRGB(28, 62, 42)
    case .maroon: SceneRGB(88, 28, 40)
    }
  }
}

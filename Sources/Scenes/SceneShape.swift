/// The outlines an object can have.
///
/// The order of the cases is part of the data's definition: it decides which pairs are held out.
public enum SceneShape: String, CaseIterable, Codable, Sendable {
  case circle, square, triangle, diamond, pentagon, hexagon, star, heart, cross, ring, crescent, arrow, oval
  case semicircle, teardrop
  case lightningBolt = "lightning bolt"

  /// The position among all shapes, `0..<16`.
  public var index: Int { Self.positions[self] ?? 0 }

  /// What captions call the shape; the first name is the usual one.
  public var names: [String] {
    switch self {
    case .circle: ["circle", "disk"]
    case .diamond: ["diamond", "rhombus"]
    case .star: ["star", "five-pointed star"]
    case .cross: ["cross", "plus sign"]
    case .ring: ["ring", "hoop"]
    case .crescent: ["crescent", "crescent moon"]
    case .oval: ["oval", "ellipse"]
    case .semicircle: ["semicircle", "half circle"]
    case .teardrop: ["teardrop", "drop"]
    case .square, .triangle, .pentagon, .hexagon, .heart, .arrow, .lightningBolt: [rawValue]
    }
  }

  /// How far from its center a shape is certain to hold a smaller one, as a part of its radius; nil where a
  /// smaller object would not stand out inside.
  var innerRadius: Float? {
    switch self {
    case .circle: 0.93
    case .square: 0.8
    case .diamond: 0.62
    case .pentagon: 0.8
    case .hexagon: 0.86
    case .ring: 0.58
    default: nil
    }
  }

  /// Whether a shape leaves enough of itself visible, and is sure to be touched, when another lies over its
  /// side.
  var isSolid: Bool { innerRadius != nil && self != .ring }

  private static let positions = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) })
}

/// An outline as a union of parts, each the intersection of simple regions, inside the square `[-1, 1]²`.
///
/// Signed distances to half planes and disks are exact; their maximum over a part and minimum over parts is
/// exact next to the edges, which is where anti-aliasing looks. Parts overlap, so that no seam shows between
/// them. Coordinates are literals and lengths come from square roots: the same on every machine.
struct ShapeGeometry: Sendable {
  /// A region of the plane; y grows downwards.
  enum Region: Sendable {
    /// `normalX * x + normalY * y <= offset`, with a unit normal.
    case halfPlane(normalX: Float, normalY: Float, offset: Float)
    case disk(x: Float, y: Float, radius: Float)
    case outsideDisk(x: Float, y: Float, radius: Float)
    /// Around the origin, with half axes along x and y.
    case ellipse(halfWidth: Float, halfHeight: Float)
  }

  let parts: [[Region]]

  /// The outline of each shape, by ``SceneShape/index``.
  static let all: [ShapeGeometry] = SceneShape.allCases.map { ShapeGeometry(parts: outline(of: $0)) }

  private static func outline(of shape: SceneShape) -> [[Region]] {
    switch shape {
    case .circle: [[.disk(x: 0, y: 0, radius: 0.94)]]
    case .square: [polygon([(-0.81, -0.81), (0.81, -0.81), (0.81, 0.81), (-0.81, 0.81)])]
    case .triangle: [polygon([(0, -0.94), (0.9, 0.64), (-0.9, 0.64)])]
    case .diamond: [polygon([(0, -1), (0.74, 0), (0, 1), (-0.74, 0)])]
    case .pentagon: [polygon(pentagonCorners)]
    case .hexagon:
      [polygon([(1, 0), (0.5, 0.866025), (-0.5, 0.866025), (-1, 0), (-0.5, -0.866025), (0.5, -0.866025)])]
    case .star: starArms
    case .heart:
      [
        [.disk(x: -0.45, y: -0.3, radius: 0.5)], [.disk(x: 0.45, y: -0.3, radius: 0.5)],
        polygon([(0, 0.88), (-0.808469, 0.048569), (-0.45, -0.3), (0.45, -0.3), (0.808469, 0.048569)]),
      ]
    case .cross:
      [
        polygon([(-0.3, -0.93), (0.3, -0.93), (0.3, 0.93), (-0.3, 0.93)]),
        polygon([(-0.93, -0.3), (0.93, -0.3), (0.93, 0.3), (-0.93, 0.3)]),
      ]
    case .ring: [[.disk(x: 0, y: 0, radius: 0.97), .outsideDisk(x: 0, y: 0, radius: 0.58)]]
    case .crescent: [[.disk(x: 0.12, y: 0, radius: 0.92), .outsideDisk(x: 0.62, y: 0, radius: 0.76)]]
    case .arrow:
      [
        polygon([(-0.95, -0.24), (0.3, -0.24), (0.3, 0.24), (-0.95, 0.24)]),
        polygon([(0.05, -0.78), (0.98, 0), (0.05, 0.78)]),
      ]
    case .oval: [[.ellipse(halfWidth: 0.98, halfHeight: 0.56)]]
    case .semicircle:
      [[.disk(x: 0, y: 0.4, radius: 0.92), .halfPlane(normalX: 0, normalY: 1, offset: 0.4)]]
    case .teardrop:
      [
        [.disk(x: 0, y: 0.33, radius: 0.62)],
        polygon([(0, -0.97), (0.544946, 0.034308), (0, 0.5), (-0.544946, 0.034308)]),
      ]
    case .lightningBolt:
      [
        polygon([(-0.12, -0.9), (0.5, -0.9), (0.14, 0.14), (-0.56, 0.14)]),
        polygon([(-0.1, -0.2), (0.58, -0.2), (-0.34, 0.93)]),
      ]
    }
  }

  private static let pentagonCorners: [(Float, Float)] = [
    (0, -1), (0.951057, -0.309017), (0.587785, 0.809017), (-0.587785, 0.809017), (-0.951057, -0.309017),
  ]

  /// Each arm is the wedge between the two edges that meet in its tip, cut a little past the center: past the
  /// inner corners a wedge runs on inside its neighbors.
  private static let starArms: [[Region]] = {
    let inner: [(Float, Float)] = [
      (0.270381, -0.372148), (0.437486, 0.142148), (0, 0.46), (-0.437486, 0.142148), (-0.270381, -0.372148),
    ]
    return (0..<5).map { arm in
      let tip = pentagonCorners[arm]
      return [
        edge(from: inner[(arm + 4) % 5], to: tip), edge(from: tip, to: inner[arm]),
        .halfPlane(normalX: -tip.0, normalY: -tip.1, offset: 0.12),
      ]
    }
  }()

  /// A convex polygon; corners run clockwise as seen with y downwards.
  private static func polygon(_ corners: [(Float, Float)]) -> [Region] {
    corners.indices.map { edge(from: corners[$0], to: corners[($0 + 1) % corners.count]) }
  }

  private static func edge(from start: (Float, Float), to end: (Float, Float)) -> Region {
    let dx = end.0 - start.0
    let dy = end.1 - start.1
    let length = (dx * dx + dy * dy).squareRoot()
    let normalX = dy / length
    let normalY = -dx / length
    return .halfPlane(normalX: normalX, normalY: normalY, offset: normalX * start.0 + normalY * start.1)
  }
}

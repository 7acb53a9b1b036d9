public import CLIPFiles

/// How one object lies to another: `first` is `kind` of `second`, both positions in ``Scene/objects``.
public struct SceneRelation: Equatable, Hashable, Codable, Sendable {
  /// What can be said of two objects; the opposites (right of, below, around, behind) swap the objects.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    case leftOf = "left of"
    case above
    case inside
    case inFrontOf = "in front of"
  }

  /// What holds.
  public var kind: Kind
  /// The position of the object that is left, above, inside or in front.
  public var first: Int
  /// The position of the other object.
  public var second: Int

  /// States that the object at position `first` is `kind` the one at `second`.
  public init(_ kind: Kind, _ first: Int, _ second: Int) {
    (self.kind, self.first, self.second) = (kind, first, second)
  }

  /// What a dataset's `.json` says about the relation.
  public var json: JSONValue {
    .object(["relation": .string(kind.rawValue), "first": .integer(first), "second": .integer(second)])
  }

  /// Every relation that holds among objects, in a fixed order.
  ///
  /// Left of and above need the two outlines' upright squares to be apart along that axis: the last column of
  /// the one comes before the first column of the other. Inside means within the disk that the outer shape is
  /// sure to hold; in front of means painted later over a part of the other.
  static func all(among objects: [SceneObject]) -> [SceneRelation] {
    var relations: [SceneRelation] = []
    for (i, first) in objects.enumerated() {
      for (j, second) in objects.enumerated() where i != j {
        if first.x + first.radius <= second.x - second.radius {
          relations.append(SceneRelation(.leftOf, i, j))
        }
        if first.y + first.radius <= second.y - second.radius {
          relations.append(SceneRelation(.above, i, j))
        }
        guard i > j, !first.isApart(from: second) else { continue }
        relations.append(SceneRelation(first.isInside(second) ? .inside : .inFrontOf, i, j))
      }
    }
    return relations
  }
}

extension SceneObject {
  /// Whether the outlines' upright squares are apart by at least `gap` along one axis.
  func isApart(from other: SceneObject, gap: Float = 0) -> Bool {
    max(abs(x - other.x), abs(y - other.y)) >= radius + other.radius + gap
  }

  /// Whether the object lies in the disk that the other's shape is sure to hold, even at its corners.
  func isInside(_ other: SceneObject) -> Bool {
    guard let inner = other.shape.innerRadius else { return false }
    let dx = x - other.x
    let dy = y - other.y
    let reach = inner * other.radius - SceneObject.cornerReach * radius
    return reach > 0 && dx * dx + dy * dy <= reach * reach
  }

  /// How far an outline can reach from its center, in radii: the corners of a square.
  static let cornerReach: Float = 1.17
}

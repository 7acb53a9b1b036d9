/// An axis of the model space on whose end answers stand, though sizes beyond it could be tried.
public struct AxisWall: Equatable, Sendable {
  /// Such as `vision-mlp`.
  public let axis: String
  /// The end: the axis' least or largest size.
  public let size: Int
  /// Whether it is the least size.
  public let isLeast: Bool
  /// How many models of the front stand there.
  public let models: Int
  /// Of so many.
  public let frontModels: Int
  /// Whether the recommended model stands there.
  public let holdsAnswer: Bool
  /// The furthest size beyond that there could be: the whole model's, or the least that a model can have.
  public let furthest: Int

  /// What to do, in a sentence.
  public var advice: String {
    let who =
      holdsAnswer
      ? "the answer\(models > 1 ? " and \(models - 1) other \(models == 2 ? "model" : "models")" : "") of the front"
      : "\(models) of the front's \(frontModels) models"
    let verb = holdsAnswer && models <= 1 || !holdsAnswer && models == 1 ? "has" : "have"
    return "\(axis): \(who) \(verb) its \(isLeast ? "least" : "largest") size, \(size); "
      + (isLeast ? "add smaller sizes (down to \(furthest))" : "add larger sizes (up to \(furthest))")
  }

  /// The walls of a front: ends on which the answer, or at least a third of the front's models, stand.
  public static func all(_ front: SearchFront) -> [AxisWall] {
    let models = Set(front.members.map(\.index)).sorted(), space = front.recipe.space
    guard !models.isEmpty else { return [] }
    return space.axes.enumerated().flatMap { place, axis -> [AxisWall] in
      // There is nothing between or beyond what is chosen from by name.
      guard axis.names.isEmpty, axis.sizes.count > 1, let least = axis.sizes.first, let most = axis.sizes.last else {
        return []
      }
      let dense = space.denseSize(of: axis.name)
      // Patches may be as large as the image; what is physical for an image is at least a patch.
      let floor =
        axis.descends
        ? space.dense.vision.imageSize
        : axis.name == "image-size" ? space.dense.vision.patchSize : ModelSpace.leastSize(of: axis.name)
      return [(end: 0, size: least, furthest: floor), (axis.sizes.count - 1, most, dense)].compactMap { one in
        guard one.size != one.furthest else { return nil }
        // Of patches the first size is the largest.
        let isLeast = (one.end == 0) != axis.descends
        let standing = models.filter { front.finished[$0].point[place] == one.end }
        let holdsAnswer = front.answer.map { standing.contains($0.index) } ?? false
        guard holdsAnswer || 3 * standing.count >= models.count && standing.count > 1 else { return nil }
        return AxisWall(
          axis: axis.name, size: one.size, isLeast: isLeast, models: standing.count, frontModels: models.count,
          holdsAnswer: holdsAnswer, furthest: one.furthest)
      }
    }
  }
}

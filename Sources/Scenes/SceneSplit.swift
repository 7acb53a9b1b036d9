/// The three parts of the procedural data, disjoint by what the scenes are composed of.
///
/// - Held-out pairs of color and shape (32 of 192) are in no object of a training or validation scene; each
///   test scene has at least one.
/// - A composition is the set of (color, shape, texture) of a scene's objects. One in eight, chosen by a
///   hash, belongs to validation, the rest to training.
///
/// The rule depends on the composition alone, never on a seed: training data of one seed share no composition
/// with validation or test data of another.
public enum SceneSplit: String, CaseIterable, Codable, Sendable {
  case train, validation, test

  /// Whether a pair is kept for the test split. Each shape loses two of its twelve colors, each color two or
  /// three of the sixteen shapes, so that every color and every shape is still learned.
  public static func isHeldOut(_ color: SceneColor, _ shape: SceneShape) -> Bool {
    (7 * shape.index + 5 * color.index) % 12 < 2
  }

  /// The split that scenes made of these objects belong to.
  public static func split(of objects: [SceneObject]) -> SceneSplit {
    if objects.contains(where: { isHeldOut($0.color, $0.shape) }) { return .test }
    return compositionHash(objects) % 8 == 0 ? .validation : .train
  }

  /// Tells compositions apart whatever the order of the objects (64-bit FNV-1a over their sorted codes).
  static func compositionHash(_ objects: [SceneObject]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for code in objects.map(\.compositionCode).sorted() {
      for byte in [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8)] {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
      }
    }
    // FNV's low bits mix the least.
    return hash >> 24
  }

  /// The stream of random numbers of a sample: indices of different splits never meet.
  func stream(_ index: Int) -> UInt64 {
    let part: UInt64 =
      switch self {
      case .train: 0
      case .validation: 1
      case .test: 2
      }
    return part << 56 | UInt64(truncatingIfNeeded: index) & (1 << 56 - 1)
  }
}

extension SceneObject {
  /// Color, shape and texture as one number below 768.
  var compositionCode: Int {
    let patterns = SceneTexture.allCases
    let pattern = patterns.firstIndex(of: texture) ?? 0
    return (color.index * SceneShape.allCases.count + shape.index) * patterns.count + pattern
  }
}

import CLIPCompute
public import CLIPImages

/// Zero-shot classification of generated pictures: one object each, the classes are color and shape.
public struct SceneClasses: Sendable {
  /// One class.
  public struct Class: Equatable, Sendable {
    /// The object's color.
    public let color: SceneColor
    /// The object's shape.
    public let shape: SceneShape
    /// Such as "red lightning bolt".
    public let name: String
    /// Whether training scenes never show the pair.
    public let isHeldOut: Bool
  }

  /// A picture with its class.
  public struct LabelledImage: Equatable, Sendable {
    /// `[rows, columns, 3]`.
    public let image: PixelImage
    /// The position in ``SceneClasses/all``.
    public let label: Int
    /// What it shows, as data.
    public let scene: Scene
  }

  /// The 192 classes; a label is a position here.
  public static let all: [Class] = ScenePairs.all.map { color, shape in
    Class(
      color: color, shape: shape, name: "\(color.rawValue) \(shape.rawValue)",
      isHeldOut: SceneSplit.isHeldOut(color, shape))
  }

  /// Names of the classes, in the order of ``all``.
  public static var names: [String] { all.map(\.name) }

  /// Prompts with `{c}` where the class's name goes, as CLIP_benchmark writes them.
  public static let templates = [
    "{c}", "a {c}", "a picture of a {c}", "an image of a {c}", "there is a {c}.", "a single object: a {c}",
    "a {c} on a plain background", "a small {c}", "a large {c}", "the {c}",
  ]

  /// Every template filled in with a class's name; "a" before a vowel becomes "an".
  public static func prompts(for name: String) -> [String] {
    templates.map { template in
      guard let place = template.firstRange(of: "{c}") else { return template }
      var head = String(template[..<place.lowerBound])
      if head == "a " || head.hasSuffix(" a ") {
        head = String(head.dropLast(2)) + SceneWords.withArticle(name)
      } else {
        head += name
      }
      return head + template[place.upperBound...]
    }
  }

  /// The user's seed.
  public let seed: UInt64
  private let renderer: SceneRenderer

  /// - Parameters:
  ///   - seed: another seed gives other pictures
  ///   - imageSize: rows and columns
  /// - Throws: `InputError` when the size is not among ``SceneGenerator/imageSizes``.
  public init(seed: UInt64, imageSize: Int = 64) throws {
    self.seed = seed
    renderer = try SceneRenderer(checking: imageSize)
  }

  /// A picture of one object. Labels follow one another, so that any `192 * n` neighbors hold `n` of each
  /// class.
  public func sample(_ index: Int) -> LabelledImage {
    let remainder = index % Self.all.count
    let label = remainder < 0 ? remainder + Self.all.count : remainder
    // The byte above the index keeps these apart from the splits' streams.
    let stream = 0xFF << 56 | UInt64(truncatingIfNeeded: index) & (1 << 56 - 1)
    let random = Philox(seed: seed, purpose: .scenes, index: stream)
    let pair = Self.all[label]
    var composer = SceneComposer(.single(pair.color, pair.shape), random: random)
    let scene = composer.scene()
    return LabelledImage(image: renderer.image(of: scene), label: label, scene: scene)
  }
}

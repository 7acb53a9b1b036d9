import CLIPCompute
public import CLIPFiles
public import CLIPImages

/// Endless pictures with captions, any of which can be had on its own.
///
/// Sample `index` depends on the seed, the split and the index alone: not on the samples before it, the
/// number of threads or the machine.
public struct SceneGenerator: Sendable {
  /// The user's seed.
  public let seed: UInt64
  /// The rows and columns of the pictures.
  public let imageSize: Int
  /// Which compositions the scenes are made of.
  public let split: SceneSplit
  private let renderer: SceneRenderer

  /// The sizes a picture can have: below 32 pixels patterns vanish.
  public static let imageSizes = 32...1024

  /// - Parameters:
  ///   - seed: another seed gives other pictures of the same split
  ///   - imageSize: rows and columns
  ///   - split: which compositions the scenes are made of
  /// - Throws: ``InputError`` when the size is not among ``imageSizes``.
  public init(seed: UInt64, imageSize: Int = 64, split: SceneSplit) throws {
    self.seed = seed
    self.split = split
    self.imageSize = imageSize
    renderer = try SceneRenderer(checking: imageSize)
  }

  /// A picture, its five captions and what they are about.
  public func sample(_ index: Int) -> SceneSample {
    let scene = scene(index)
    return SceneSample(
      index: index, image: renderer.image(of: scene), captions: captions(of: scene, index: index),
      scene: scene)
  }

  /// What is in a sample, without painting it.
  public func scene(_ index: Int) -> Scene {
    let random = Philox(seed: seed, purpose: .scenes, index: split.stream(index))
    var composer = SceneComposer(.composition(split), random: random)
    return composer.scene()
  }

  /// The captions of a sample, without painting it.
  public func captions(_ index: Int) -> [String] { captions(of: scene(index), index: index) }

  private func captions(of scene: Scene, index: Int) -> [String] {
    let random = Philox(seed: seed, purpose: .captions, index: split.stream(index))
    var captioner = SceneCaptioner(scene, random: random)
    return captioner.captions()
  }
}

/// A picture with captions.
public struct SceneSample: Equatable, Sendable {
  /// The number it was asked for by.
  public let index: Int
  /// `[rows, columns, 3]`.
  public let image: PixelImage
  /// Five true captions, from terse to full.
  public let captions: [String]
  /// What it shows, as data.
  public let scene: Scene

  /// The sample's name in a dataset: its index with at least six digits.
  public var key: String { Self.key(index) }

  /// What a dataset's `.json` says about the sample.
  public var json: JSONValue {
    guard var object = scene.json.objectValue else { return scene.json }
    object["captions"] = .array(captions.map { .string($0) })
    return .object(object)
  }

  static func key(_ index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}

extension SceneRenderer {
  /// A renderer for a size that a user chose.
  init(checking imageSize: Int) throws {
    guard SceneGenerator.imageSizes.contains(imageSize) else {
      let sizes = SceneGenerator.imageSizes
      throw InputError(
        "a scene cannot be \(imageSize) pixels a side", at: "image size",
        advice: "choose \(sizes.lowerBound) to \(sizes.upperBound)")
    }
    self.init(imageSize: imageSize)
  }
}

import CLIPFiles
internal import CLIPScenes

/// Procedural scenes as a data set that lies nowhere: `scenes:test?count=1000&seed=0&size=64`.
///
/// The word after the colon is a split (`train`, `validation`, `test`: pictures with five captions each) or `classes`:
/// pictures of one object, labeled with its color and shape.
public struct SceneSource: IndexedSource {
  static let prefix = "scenes:"
  static let format = ImageTextFormat(
    name: "scenes", summary: "procedural pictures with captions: scenes:test?count=1000&seed=0&size=64",
    recognizes: { path, _ in path.hasPrefix(prefix) },
    open: { path, options in
      let kinds = SceneSplit.allCases.map(\.rawValue) + ["classes"]
      guard !Folder.exists(path) else { throw InputError("is a folder, not a generator", file: path) }
      return try SceneSource(path, kinds)
    })

  /// What is generated.
  private enum Content: Sendable {
    case captioned(SceneGenerator)
    case labeled(SceneClasses)
  }

  /// As the user wrote it, such as `scenes:test?count=1000`.
  public let path: String
  /// As the path says, from 1 to 1,000,000,000; 1000 where it says nothing.
  public let count: Int
  private let content: Content
  /// Kind and settings written out, defaults too: two spellings of the same scenes are the same.
  private let canonical: String

  /// Whether a path names labeled scenes.
  static func isLabeled(_ path: String) -> Bool { path.hasPrefix(prefix + "classes") }

  private init(_ path: String, _ kinds: [String]) throws {
    let parts = path.dropFirst(Self.prefix.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let kind = String(parts[0])
    var settings = ["count": 1000, "seed": 0, "size": 64]
    for setting in parts.dropFirst().flatMap({ $0.split(separator: "&") }) {
      let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard settings[pair[0]] != nil else {
        throw InputError(
          "unknown setting \(pair[0].quoted())", file: path,
          advice: Suggestion.advice(for: pair[0], among: settings.keys.sorted()))
      }
      guard pair.count == 2, let value = Int(pair[1]), value >= 0 else {
        throw InputError(
          "\(pair[0]) needs a whole number", file: path, advice: "such as \(pair[0])=\(settings[pair[0]] ?? 0)")
      }
      settings[pair[0]] = value
    }
    self.path = path
    canonical = kind + settings.keys.sorted().map { "&\($0)=\(settings[$0] ?? 0)" }.joined()
    count = settings["count"] ?? 1000
    guard (1...1_000_000_000).contains(count) else {
      throw InputError("count must be from 1 to 1000000000, found \(count)", file: path)
    }
    let seed = UInt64(settings["seed"] ?? 0), size = settings["size"] ?? 64
    content = try namingFile(path) {
      if kind == "classes" { return .labeled(try SceneClasses(seed: seed, imageSize: size)) }
      guard let split = SceneSplit(rawValue: kind) else {
        throw InputError("unknown scenes \(kind.quoted())", advice: Suggestion.advice(for: kind, among: kinds))
      }
      return .captioned(try SceneGenerator(seed: seed, imageSize: size, split: split))
    }
  }

  /// What is generated, however the path spells it.
  public func identity() -> DataIdentity {
    var digest = IdentityDigest()
    digest.add(canonical)
    return DataIdentity(format: Self.format.name, path: path, samples: count, digest: digest.text())
  }

  /// The scene of a number, always the same one; a labeled one has no captions. None is unusable.
  public func sample(at index: Int) throws -> ImageTextSample {
    switch content {
    case .captioned(let generator):
      let sample = generator.sample(index)
      return ImageTextSample(
        key: sample.key, image: .pixels(sample.image), captions: sample.captions, file: path, member: sample.key,
        metadata: sample.json)
    case .labeled(let classes):
      let sample = classes.sample(index), key = "\(index)"
      return ImageTextSample(
        key: key, image: .pixels(sample.image), captions: [], label: sample.label, file: path, member: key)
    }
  }
}

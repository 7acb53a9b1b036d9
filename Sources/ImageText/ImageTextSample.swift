public import CLIPFiles
public import CLIPImages

/// A sample's image, as its source holds it.
public enum ImagePayload: Sendable {
  /// A JPEG, PNG or WebP file's bytes.
  case encoded(SampleBytes)
  /// A picture made in memory.
  case pixels(PixelImage)
}

/// One image with what is said about it.
public struct ImageTextSample: Sendable {
  /// The sample's name within its data set.
  public var key: String
  /// The image itself, not yet decoded.
  public var image: ImagePayload
  /// What describes the image; empty where the data set has only labels.
  public var captions: [String]
  /// The image's class, counted from 0.
  public var label: Int?
  /// The file or shard the sample came from.
  public var file: String
  /// What the sample is called inside `file`, when that holds several.
  public var member: String?
  /// What else the data set says about the sample.
  public var metadata: JSONValue?

  /// A sample of its parts.
  public init(
    key: String, image: ImagePayload, captions: [String], label: Int? = nil, file: String,
    member: String? = nil,
    metadata: JSONValue? = nil
  ) {
    self.key = key
    self.image = image
    self.captions = captions
    self.label = label
    self.file = file
    self.member = member
    self.metadata = metadata
  }

  /// The sample's picture, decoded where it is a file.
  /// - Throws: ``InputError`` when it cannot be decoded.
  public func picture(_ options: DecodingOptions = DecodingOptions()) throws -> PixelImage {
    switch image {
    case .pixels(let picture): picture
    case .encoded(let bytes): try bytes.withUnsafeBytes { try ImageDecoder.decode($0, options) }
    }
  }

  /// Where the sample came from, for messages: `photos/cat.jpg` or `train/00000.tar: 000012`.
  public var origin: String {
    if let member { "\(file): \(member)" } else { file }
  }
}

/// A sample that cannot be used, and why. Readers throw it and can go on with the next sample.
public struct SkippedSample: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where the sample came from: `photos/cat.jpg`, `train/00000.tar: 000012` or `pairs.csv: line 7`.
  public var origin: String
  /// What is wrong with it.
  public var reason: String

  /// A fault of one sample.
  public init(origin: String, reason: String) {
    self.origin = origin
    self.reason = reason
  }

  /// One line without control characters, whatever the file held.
  public var description: String { inputError.description }

  /// The same as an error that ends a run, for `--strict`.
  public var inputError: InputError { InputError(reason, file: origin) }
}

/// How many samples were left out, with the reasons of the first of them.
public struct SkippedSamples: Equatable, Sendable {
  /// How many are listed; the rest is counted only.
  public static let maximumListed = 100

  /// All that were left out.
  public private(set) var count = 0
  /// The first of them.
  public private(set) var listed: [SkippedSample] = []
  /// How often each reason occurred, in the order of their first samples; the first few only.
  private var reasons: [(text: String, count: Int)] = []

  /// None left out yet.
  public init() {}

  /// Counts one more, and lists it while there is room.
  public mutating func add(_ sample: SkippedSample) {
    count += 1
    if listed.count < Self.maximumListed { listed.append(sample) }
    if let known = reasons.firstIndex(where: { $0.text == sample.reason }) {
      reasons[known].count += 1
    } else if reasons.count < 8 {
      reasons.append((sample.reason, 1))
    }
  }

  /// `2 samples skipped; the first: photos/cat.jpg: the image is empty (0 bytes)`, or nil when there was none. What else
  /// was wrong with several follows, so that the cause shows and not its first symptom only.
  public var summary: String? {
    guard let first = listed.first else { return nil }
    let others = reasons.dropFirst().sorted { $0.count > $1.count }.prefix(2).filter { $0.count > 1 }
    let more = others.map { "; \($0.count) more: \($0.text)" }.joined()
    return "\(count) sample\(count == 1 ? "" : "s") skipped; the first: \(first)\(more)"
  }

  /// By their number and those that are listed.
  public static func == (first: SkippedSamples, second: SkippedSamples) -> Bool {
    first.count == second.count && first.listed == second.listed
  }
}

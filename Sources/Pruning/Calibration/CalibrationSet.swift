public import CLIPCheckpoints
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
import CLIPModelShapes
import CLIPModels
public import CLIPRanks
public import CLIPTensors
import CLIPTokenization

/// Image-text pairs that a pruning looks at: prepared once, kept in memory.
///
/// One caption an image, drawn by the seed where there are several.
public struct CalibrationSet: Sendable {
  /// `[pairs, 3, imageSize, imageSize]`, normalized; of a set that several ranks divide those pairs that are here.
  public let images: Tensor
  /// `[pairs, contextLength]`, row by row, of the same pairs.
  public let ids: [Int32]
  /// Tells data sets, and choices out of them, apart.
  public let fingerprint: Fingerprint
  /// Samples that could not be used.
  public let skipped: SkippedSamples
  /// Which pairs lie where, of a set that several ranks divide; nil where all are here.
  let share: CalibrationShare?

  /// Tells sets of pairs apart by what a model sees of them.
  var key: String {
    let pixels = images.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) }
    return "\(pixels) \(ids.withUnsafeBytes { MurmurHash.hash($0) })"
  }

  /// How many pairs there are, of all ranks together.
  public var count: Int { share?.count ?? images.shape[0] }

  /// The fewest pairs that statistics are made of.
  public static let minimumCount = 16

  /// The pairs themselves, for tests and for data that is in memory already.
  public init(images: Tensor, ids: [Int32], fingerprint: Fingerprint = Fingerprint()) {
    self.init(images: images, ids: ids, share: nil, fingerprint: fingerprint)
  }

  init(
    images: Tensor, ids: [Int32], share: CalibrationShare?, fingerprint: Fingerprint,
    skipped: SkippedSamples = SkippedSamples()
  ) {
    self.images = images
    self.ids = ids
    self.share = share
    self.fingerprint = fingerprint
    self.skipped = skipped
  }

  /// Draws pairs from data, for a model's tokenizer, preprocessing and context length.
  ///
  /// - Parameters:
  ///   - source: such as ``ImageTextData/openCaptioned(_:_:)`` opens, or a user's own
  ///   - count: how many pairs; fewer when the data set holds fewer
  ///   - seed: which ones, and which of their captions
  ///   - ranks: the processes that divide the pairs, each of which prepares and holds its part; nil prepares all here
  ///   - progress: told how many samples are done of how many
  /// - Throws: ``InputError`` when the data set is damaged, or holds too few usable pairs; ``RankDisagreement`` for ranks
  ///   that have other data.
  public init(
    _ source: any ImageTextSource, for model: LoadedModel, decoding: DecodingOptions = DecodingOptions(), count: Int,
    seed: UInt64 = 0, ranks: (any RankGroup)? = nil, on pool: ThreadPool, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let preparation = PairPreparation(model, decoding, seed: seed)
    if let ranks, ranks.count > 1 {
      self = try Self.divided(
        source, preparation, count: count, seed: seed, by: ranks, on: pool, progress: progress)
      return
    }
    let source = try source.indexed()
    let order = Self.order(of: source.count, seed: seed)
    let size = preparation.size, pixels = 3 * size * size
    let pairs = min(count, source.count)
    try Self.requireMemory(pairs, pixels: pixels)
    var images = Tensor(zeros: [pairs, 3, size, size])
    var ids: [Int32] = [], fingerprint = Fingerprint(), skipped = SkippedSamples(), taken = 0, next = 0
    while taken < images.shape[0], next < order.count {
      // A batch at a time, so that samples that cannot be used are replaced in the order's own sequence.
      let chosen = Array(order[next..<min(next + min(256, images.shape[0] - taken), order.count)])
      next += chosen.count
      let results = pool.prepare(chosen, of: source) { sample, index in
        try preparation(sample, number: chosen[index])
      }
      for result in results {
        switch result {
        case .failure(let fault): skipped.add(fault)
        case .success(let pair):
          images.withUnsafeMutableElements { target in
            _ = UnsafeMutableBufferPointer(rebasing: target[(taken * pixels)...]).update(fromContentsOf: pair.pixels)
          }
          ids += pair.ids
          fingerprint.add(pair.share)
          taken += 1
        }
      }
      progress(taken, images.shape[0])
    }
    guard taken >= Self.minimumCount else { throw Self.tooFew(taken, source.path, skipped) }
    self.init(
      images: images.rows(0..<taken), ids: ids, share: nil, fingerprint: fingerprint, skipped: skipped)
  }

  /// In which order samples are looked at.
  static func order(of count: Int, seed: UInt64) -> [Int] {
    var order = Array(0..<count)
    var shuffling = Philox(seed: seed, purpose: .captions)
    shuffling.shuffle(&order)
    return order
  }

  static func requireMemory(_ pairs: Int, pixels: Int) throws {
    try AvailableMemory.now()?.require(4 * Double(pixels) * Double(pairs), for: "calibration with \(pairs) pictures") {
      _ in
      "use fewer --calibration-samples"
    }
  }

  static func tooFew(_ pairs: Int, _ path: String, _ skipped: SkippedSamples) -> InputError {
    InputError(
      "holds \(pairs) usable image-text pairs, calibration needs at least \(minimumCount)", file: path,
      advice: skipped.summary ?? "name another data set or split")
  }

  /// The first pairs.
  public func prefix(_ count: Int) -> CalibrationSet {
    let count = min(count, self.count), context = ids.count / max(images.shape[0], 1)
    let places = share?.places(of: 0..<count) ?? 0..<count
    return CalibrationSet(
      images: images.rows(places), ids: Array(ids[..<(places.count * context)]), share: share?.selecting(0..<count),
      fingerprint: fingerprint)
  }
}

/// Makes pairs of samples as a model sees them.
struct PairPreparation: Sendable {
  /// Rows and columns of a picture.
  let size: Int
  /// Tokens of a text.
  let context: Int
  private let tokenizer: Tokenizer
  private let preprocessing: Preprocessing
  private let decoding: DecodingOptions
  private let seed: UInt64

  init(_ model: LoadedModel, _ decoding: DecodingOptions, seed: UInt64) {
    tokenizer = model.tokenizer
    preprocessing = model.preprocessing
    size = model.preprocessing.imageSize
    context = model.model.configuration.text.contextLength
    self.decoding = decoding
    self.seed = seed
  }

  struct Pair: Sendable {
    let pixels: [Float]
    let ids: [Int32]
    let share: Fingerprint.Share
  }

  /// One of a sample's captions, drawn by the seed, with its picture.
  /// - Throws: ``SkippedSample`` for a sample without a caption, and what decoding throws.
  func callAsFunction(_ sample: ImageTextSample, number: Int) throws -> Pair {
    try sample.requireCaption()
    var random = Philox(seed: seed, purpose: .captions, index: UInt64(number) + 1)
    let caption = sample.captions[random.integer(below: sample.captions.count)]
    return Pair(
      pixels: preprocessing(try sample.picture(decoding)),
      ids: tokenizer.tokenize(caption, contextLength: context), share: Fingerprint.Share(of: sample))
  }
}

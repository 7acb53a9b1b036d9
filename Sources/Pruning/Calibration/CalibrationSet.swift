public import CLIPCheckpoints
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
import CLIPModelShapes
import CLIPModels
public import CLIPTensors
import CLIPTokenization

/// Image-text pairs that a pruning looks at: prepared once, kept in memory.
///
/// One caption an image, drawn by the seed where there are several.
public struct CalibrationSet: Sendable {
  /// `[pairs, 3, imageSize, imageSize]`, normalized.
  public let images: Tensor
  /// `[pairs, contextLength]`, row by row.
  public let ids: [Int32]
  /// Tells data sets, and choices out of them, apart.
  public let fingerprint: Fingerprint
  /// Samples that could not be used.
  public let skipped: SkippedSamples

  /// Tells sets of pairs apart by what a model sees of them.
  var key: String {
    let pixels = images.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) }
    return "\(pixels) \(ids.withUnsafeBytes { MurmurHash.hash($0) })"
  }

  /// How many pairs there are.
  public var count: Int { images.shape[0] }

  /// The fewest pairs that statistics are made of.
  public static let minimumCount = 16

  /// The pairs themselves, for tests and for data that is in memory already.
  public init(images: Tensor, ids: [Int32], fingerprint: Fingerprint = Fingerprint()) {
    self.images = images
    self.ids = ids
    self.fingerprint = fingerprint
    skipped = SkippedSamples()
  }

  /// Draws pairs from data, for a model's tokenizer, preprocessing and context length.
  ///
  /// - Parameters:
  ///   - source: such as ``ImageTextData/openCaptioned(_:_:)`` opens, or a user's own
  ///   - count: how many pairs; fewer when the data set holds fewer
  ///   - seed: which ones, and which of their captions
  ///   - progress: told how many samples are done of how many
  /// - Throws: ``InputError`` when the data set is damaged, or holds too few usable pairs.
  public init(
    _ source: any ImageTextSource, for model: LoadedModel, decoding: DecodingOptions = DecodingOptions(), count: Int,
    seed: UInt64 = 0, on pool: ThreadPool, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let source = try source.indexed()
    let preprocessing = model.preprocessing, tokenizer = model.tokenizer
    let context = model.model.configuration.text.contextLength
    var order = Array(0..<source.count)
    var shuffling = Philox(seed: seed, purpose: .captions)
    shuffling.shuffle(&order)
    let size = preprocessing.imageSize, pixels = 3 * size * size
    let pairs = min(count, source.count)
    try AvailableMemory.now()?.require(4 * Double(pixels) * Double(pairs), for: "calibration with \(pairs) pictures") {
      _ in
      "use fewer --calibration-samples"
    }
    var images = Tensor(zeros: [pairs, 3, size, size])
    var ids: [Int32] = [], fingerprint = Fingerprint(), skipped = SkippedSamples(), taken = 0, next = 0
    while taken < images.shape[0], next < order.count {
      // A batch at a time, so that samples that cannot be used are replaced in the order's own sequence.
      let chosen = Array(order[next..<min(next + min(256, images.shape[0] - taken), order.count)])
      next += chosen.count
      let results = pool.prepare(chosen, of: source) { sample, index in
        try sample.requireCaption()
        var random = Philox(seed: seed, purpose: .captions, index: UInt64(chosen[index]) + 1)
        let caption = sample.captions[random.integer(below: sample.captions.count)]
        return Pair(
          pixels: preprocessing(try sample.picture(decoding)),
          ids: tokenizer.tokenize(caption, contextLength: context), share: Fingerprint.Share(of: sample))
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
    guard taken >= Self.minimumCount else {
      throw InputError(
        "holds \(taken) usable image-text pairs, calibration needs at least \(Self.minimumCount)", file: source.path,
        advice: skipped.summary ?? "name another data set or split")
    }
    self.images = images.rows(0..<taken)
    self.ids = ids
    self.fingerprint = fingerprint
    self.skipped = skipped
  }

  private struct Pair: Sendable {
    let pixels: [Float]
    let ids: [Int32]
    let share: Fingerprint.Share
  }

  /// The first pairs.
  public func prefix(_ count: Int) -> CalibrationSet {
    let count = min(count, self.count), context = ids.count / max(self.count, 1)
    return CalibrationSet(
      images: images.rows(0..<count), ids: Array(ids[..<(count * context)]), fingerprint: fingerprint)
  }
}

public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
public import CLIPRanks
import CLIPTensors
public import CLIPTokenization

/// Draws batches of pictures and captions, on all threads, the same ones for the same seed and position.
///
/// An epoch has ``batchesPerEpoch`` batches, whatever the data holds: a sample that cannot be used is left out and
/// counted, and the next one in the epoch's order takes its place; at the order's end those are the first of the next
/// pass over the data. No batch holds a sample twice. An epoch's last samples that do not fill a batch are left out, as
/// open_clip's training does.
///
/// Several ranks share a batch: each prepares its part of the same samples, and what is left out on one is known to all.
public struct TrainingData: Sendable {
  private let source: any IndexedSource
  private let tokenizer: Tokenizer
  private let preprocessing: Preprocessing
  private let settings: Settings
  private var order: SampleOrder
  /// Whether items carry a hash of their picture: what cached features are found by.
  var keysPictures = false
  /// What was left out so far.
  public internal(set) var leftOut = LeftOutSamples()

  /// How samples become inputs.
  public struct Settings: Sendable {
    /// Samples of a batch, of all ranks together.
    public var batchSize = 64
    /// The processes that share each batch; nil where this one has all of it.
    public var ranks: (any RankGroup)?
    /// Token ids of a caption: longer ones are cut, shorter ones filled up.
    public var contextLength = 77
    /// Of the samples' order, the choice among captions, and augmentation.
    public var seed: UInt64 = 0
    /// Throws at the first unusable sample instead of leaving it out.
    public var isStrict = false
    /// How large a picture may be, and whether it is turned as its camera says.
    public var decoding = DecodingOptions()
    /// What happens to pictures; nil prepares them as for evaluation.
    public var augmentation: Augmentation?
    /// How many samples an epoch takes; nil takes all.
    public var samplesPerEpoch: Int?
    /// How messages name settings.
    public var names = SettingNames.keys

    /// open_clip's defaults.
    public init() {}
  }

  /// One drawn sample.
  public struct Item: Sendable {
    /// Its number in the data set.
    public let sample: Int
    /// Which of its captions was taken.
    public let caption: Int
    /// `[3, imageSize, imageSize]`, normalized.
    public let pixels: [Float]
    /// `[contextLength]`
    public let ids: [Int32]
    /// The caption itself.
    public let text: String
    /// A hash of the picture as its source holds it, where ``TrainingData/keysPictures`` asks for it, else 0.
    let pictureKey: UInt128
  }

  /// - Throws: ``InputError`` when the data set cannot be read, or holds less than a batch.
  public init(
    _ source: any ImageTextSource, tokenizer: Tokenizer, preprocessing: Preprocessing, _ settings: Settings
  ) throws {
    let indexed = try source.indexed()
    self.source = indexed
    self.tokenizer = tokenizer
    self.preprocessing = preprocessing
    self.settings = settings
    let wanted = settings.samplesPerEpoch ?? indexed.count
    guard min(indexed.count, wanted) >= settings.batchSize else {
      throw InputError(
        "holds \(indexed.count) samples, \(wanted) an epoch: less than a batch of \(settings.batchSize)",
        file: source.path,
        advice: "lower \(settings.names("batch-size"))")
    }
    order = SampleOrder(count: indexed.count, seed: settings.seed)
  }

  /// Samples of a batch, of all ranks together.
  var batchSize: Int { settings.batchSize }

  /// Batches of an epoch.
  public var batchesPerEpoch: Int { samplesPerEpoch / settings.batchSize }

  /// Samples that an epoch draws from the data set. With fewer than it holds, the next epochs go on with others.
  public var samplesPerEpoch: Int { min(settings.samplesPerEpoch ?? source.count, 1 << 40) }

  /// Draws the batch at a position and moves the position behind it.
  /// - Returns: of several ranks this one's part: as many samples as each of the others
  /// - Throws: ``InputError`` when the data set is damaged, when less than a batch of its samples can be used, or, if
  ///   strict, for the first unusable one.
  public mutating func next(_ position: inout DataPosition, on pool: ThreadPool) throws -> [Item] {
    let rank = settings.ranks?.rank ?? 0, part = settings.batchSize / (settings.ranks?.count ?? 1)
    // How many each rank has; all know it of all.
    var filled = [Int](repeating: 0, count: settings.ranks?.count ?? 1)
    var batch: [Item] = [], tried: Set<Int> = [], failures = 0, last: String?
    while filled.contains(where: { $0 < part }) {
      var drawn: [(sample: Int, stream: UInt64)] = [], shares: [Range<Int>] = []
      for count in filled {
        let first = drawn.count
        // Whoever was tried for this batch is in it, or cannot be used.
        while drawn.count - first < part - count, tried.count < source.count {
          let one = draw(&position)
          if tried.insert(one.sample).inserted { drawn.append(one) }
        }
        shares.append(first..<drawn.count)
      }
      guard !drawn.isEmpty else { throw tooFew(filled.reduce(0, +), last) }
      let samples = Array(drawn[shares[rank]])
      var faults: [LeftOutSamples.Fault] = []
      for (result, one) in zip(prepare(samples, pool), samples) {
        switch result {
        case .success(let item): batch.append(item)
        case .failure(let fault):
          if settings.isStrict { throw fault.inputError }
          faults.append(LeftOutSamples.Fault(sample: one.sample, reason: fault.description))
        }
      }
      let all = try settings.ranks.map { try LeftOutSamples.Fault.gather(faults, from: $0) } ?? [faults]
      for number in filled.indices { filled[number] += shares[number].count - all[number].count }
      for fault in all.joined() { leftOut.add(fault) }
      last = all.joined().last?.reason ?? last
      failures += all.reduce(0) { $0 + $1.count }
      if failures > max(1000, 20 * settings.batchSize) {
        throw InputError(
          "hardly a sample can be used: \(failures) in a row were left out", file: source.path, advice: last)
      }
    }
    position.batches += 1
    if position.batches >= batchesPerEpoch { position = DataPosition(epoch: position.epoch + 1) }
    return batch
  }

  /// A batch has seen every sample of the data set and is not full: it would have to hold some of them twice.
  private func tooFew(_ usable: Int, _ last: String?) -> InputError {
    InputError(
      "only \(usable) of its \(source.count) samples can be used, less than a batch of \(settings.batchSize)",
      file: source.path,
      advice: "lower \(settings.names("batch-size")) or mend the data" + (last.map { "; one reason: \($0)" } ?? ""))
  }

  /// The next sample, and the number of its random stream: no two draws of a run share one.
  private mutating func draw(_ position: inout DataPosition) -> (sample: Int, stream: UInt64) {
    let place = position.drawn, total = position.epoch * samplesPerEpoch + place
    position.drawn += 1
    // What is drawn beyond the epoch, in place of others, comes again in the next one: with another stream.
    let stream =
      place < samplesPerEpoch
      ? UInt64(total) : 1 << 63 | UInt64(position.epoch) << 42 ^ UInt64(place) & (1 << 42 - 1)
    return (order.sample(total % source.count, of: total / source.count), stream)
  }

  /// The samples that so many epochs draw where all can be used, in their order in the data set.
  ///
  /// After two passes over the data hardly any is missing: then all are named.
  func drawnSamples(epochs: Int) -> [Int] {
    let used = batchesPerEpoch * settings.batchSize
    let (draws, overflows) = used.multipliedReportingOverflow(by: epochs)
    if overflows || draws >= 2 * source.count { return Array(0..<source.count) }
    var order = order, samples: Set<Int> = []
    for epoch in 0..<epochs {
      for place in 0..<used {
        let total = epoch * samplesPerEpoch + place
        samples.insert(order.sample(total % source.count, of: total / source.count))
      }
    }
    return samples.sorted()
  }

  private func prepare(
    _ samples: [(sample: Int, stream: UInt64)], _ pool: ThreadPool
  ) -> [Result<Item, SkippedSample>] {
    pool.prepare(samples.map(\.sample), of: source) { sample, index in
      try sample.requireCaption()
      var random = Philox(seed: settings.seed, purpose: .augmentation, index: samples[index].stream)
      let caption = sample.captions.count == 1 ? 0 : random.integer(below: sample.captions.count)
      let picture = try sample.picture(settings.decoding)
      let pixels =
        settings.augmentation.map { preprocessing(picture, augmentation: $0, random: &random) }
        ?? preprocessing(picture)
      return Item(
        sample: samples[index].sample, caption: caption, pixels: pixels,
        ids: tokenizer.tokenize(sample.captions[caption], contextLength: settings.contextLength),
        text: sample.captions[caption], pictureKey: keysPictures ? FeatureCache.key(of: sample.image) : 0)
    }
  }
}

extension TrainingData.Item {
  /// The pictures of a batch as one tensor `[batch, 3, imageSize, imageSize]`.
  static func images(_ batch: [TrainingData.Item], imageSize: Int) -> Tensor {
    var tensor = Tensor(uninitialized: [batch.count, 3, imageSize, imageSize])
    tensor.withUnsafeMutableElements { target in
      for (index, item) in batch.enumerated() {
        let place = UnsafeMutableBufferPointer(rebasing: target[(index * item.pixels.count)...])
        _ = place.update(fromContentsOf: item.pixels)
      }
    }
    return tensor
  }
}

public import Compute
import Files
public import ImageText
public import Images
import Synchronization
import Tensors
public import Tokenization

/// Draws batches of pictures and captions, on all threads, the same ones for the same seed and position.
///
/// A sample that cannot be used is left out and counted, and the next one takes its place. An epoch's last samples that
/// do not fill a batch are left out, as open_clip's training does.
public struct TrainingData: Sendable {
  private let source: any IndexedSource
  private let tokenizer: Tokenizer
  private let preprocessing: Preprocessing
  private let settings: Settings
  private var order: SampleOrder
  /// What was left out since this was made.
  public private(set) var skipped = SkippedSamples()

  /// How samples become inputs.
  public struct Settings: Sendable {
    public var batchSize = 64
    public var contextLength = 77
    public var seed: UInt64 = 0
    /// Throws at the first unusable sample instead of leaving it out.
    public var isStrict = false
    public var decoding = DecodingOptions()
    /// What happens to pictures; nil prepares them as for evaluation.
    public var augmentation: Augmentation?
    /// How many samples an epoch takes; nil takes all.
    public var samplesPerEpoch: Int?

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
        advice: "lower --batch-size")
    }
    order = SampleOrder(count: indexed.count, seed: settings.seed)
  }

  /// Samples of the data set.
  public var count: Int { source.count }

  /// Batches of an epoch.
  public var batchesPerEpoch: Int { samplesPerEpoch / settings.batchSize }

  /// Samples that an epoch draws from the data set. With fewer than it holds, the next epochs go on with others.
  public var samplesPerEpoch: Int { min(settings.samplesPerEpoch ?? source.count, 1 << 40) }

  /// Draws the batch at a position and moves the position behind it.
  /// - Throws: ``InputError`` when the data set is damaged, when hardly a sample can be used, or, if strict, for the
  ///   first unusable one.
  public mutating func next(_ position: inout DataPosition, on pool: ThreadPool) throws -> [Item] {
    var batch: [Item] = [], failures = 0
    while batch.count < settings.batchSize {
      var samples: [(sample: Int, stream: UInt64)] = []
      while samples.count < settings.batchSize - batch.count {
        samples.append(draw(&position))
      }
      for result in prepare(samples, pool) {
        switch result {
        case .success(let item): batch.append(item)
        case .failure(let fault):
          if settings.isStrict { throw fault.inputError }
          skipped.add(fault)
          failures += 1
        }
      }
      if failures > max(1000, 20 * settings.batchSize) {
        throw InputError(
          "hardly a sample can be used: \(failures) in a row were left out", file: source.path,
          advice: skipped.listed.last?.description)
      }
    }
    if samplesPerEpoch - position.drawn < settings.batchSize { position = DataPosition(epoch: position.epoch + 1) }
    return batch
  }

  /// The next sample, and the number of its random stream: no two draws of a run share one.
  private mutating func draw(_ position: inout DataPosition) -> (Int, UInt64) {
    let total = position.epoch * samplesPerEpoch + position.drawn
    let sample = order.sample(total % source.count, of: total / source.count)
    position.drawn += 1
    if position.drawn >= samplesPerEpoch { position = DataPosition(epoch: position.epoch + 1) }
    return (sample, UInt64(total))
  }

  private func prepare(
    _ samples: [(sample: Int, stream: UInt64)], _ pool: ThreadPool
  ) -> [Result<Item, SkippedSample>] {
    let results = Mutex([Result<Item, SkippedSample>?](repeating: nil, count: samples.count))
    pool.forEach(samples.count) { index in
      let result = item(samples[index].sample, stream: samples[index].stream)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }

  private func item(_ number: Int, stream: UInt64) -> Result<Item, SkippedSample> {
    var origin = source.path
    do {
      let sample = try source.sample(at: number)
      origin = sample.origin
      guard !sample.captions.isEmpty else { throw SkippedSample(origin: origin, reason: "has no caption") }
      var random = Philox(seed: settings.seed, purpose: .augmentation, index: stream)
      let caption = sample.captions.count == 1 ? 0 : random.integer(below: sample.captions.count)
      let picture = try sample.picture(settings.decoding)
      let pixels =
        settings.augmentation.map { preprocessing(picture, augmentation: $0, random: &random) }
        ?? preprocessing(picture)
      return .success(
        Item(
          sample: number, caption: caption, pixels: pixels,
          ids: tokenizer.tokenize(sample.captions[caption], contextLength: settings.contextLength),
          text: sample.captions[caption]))
    } catch let fault as SkippedSample {
      return .failure(fault)
    } catch {
      return .failure(SkippedSample(origin: origin, reason: "\(error)"))
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

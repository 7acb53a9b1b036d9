public import CLIPCheckpoints
public import CLIPModels
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
package import CLIPRanks
public import CLIPTensors
public import CLIPTokenization

/// Runs a data set through a model: pictures and captions in, unit-length features out.
public struct FeatureExtraction: Sendable {
  /// What makes features of pixels and tokens.
  public let model: any FeatureEncoder
  /// Makes tokens of texts.
  public let tokenizer: Tokenizer
  /// Makes pixels of pictures.
  public let preprocessing: Preprocessing
  /// What a picture may ask for.
  public var decoding = DecodingOptions()
  /// Pictures that go through the model at once.
  public var batchSize = 64
  /// Throws at the first unusable sample instead of leaving it out.
  public var isStrict = false
  /// The most samples to take; nil takes all.
  public var limit: Int?
  /// The processes that divide the work, each with the same model and data; all have all features then. Nil where this one
  /// does all of it.
  package var ranks: (any RankGroup)?

  /// A model that was opened, pruned or trained.
  public init(_ loaded: LoadedModel) {
    self.init(model: loaded.model, tokenizer: loaded.tokenizer, preprocessing: loaded.preprocessing)
  }

  /// A model with what prepares its inputs.
  public init(model: any FeatureEncoder, tokenizer: Tokenizer, preprocessing: Preprocessing) {
    self.model = model
    self.tokenizer = tokenizer
    self.preprocessing = preprocessing
  }

  /// A data set's features.
  public struct Features: Sendable {
    /// `[images, embed]`, unit length
    public var image: Tensor
    /// `[captions, embed]`, unit length
    public var text: Tensor
    /// The captions.
    public var captions: [String]
    /// For each caption, its image.
    public var owner: [Int]
    /// Each image's class, where the data has classes.
    public var labels: [Int?]
    /// Each image's name.
    public var keys: [String]
    /// Samples that could not be used, and why.
    public var skipped: SkippedSamples
    /// Tells the data from other data.
    public var fingerprint: Fingerprint
    /// Time in the image tower, decoding and preprocessing included, in seconds.
    public var imageSeconds: Double
    /// Time in the text tower, in seconds.
    public var textSeconds: Double
  }

  /// A sample, prepared.
  struct Item: Sendable {
    let key: String
    let pixels: [Float]
    let captions: [String]
    let ids: [[Int32]]
    let label: Int?
  }

  /// What makes an item of a sample, on any thread.
  func preparation(
    captions: Bool, label: @escaping @Sendable (ImageTextSample) throws -> Int?
  ) -> @Sendable (ImageTextSample) throws -> Item {
    let context = model.configuration.text.contextLength
    return { [preprocessing, decoding, tokenizer] sample in
      Item(
        key: sample.key, pixels: preprocessing(try sample.picture(decoding)),
        captions: captions ? sample.captions : [],
        ids: captions ? sample.captions.map { tokenizer.tokenize($0, contextLength: context) } : [],
        label: try label(sample))
    }
  }

  /// Encodes every sample of a source.
  ///
  /// - Parameters:
  ///   - captions: whether captions are encoded too
  ///   - label: what class a sample has; by default the one it came with
  ///   - progress: told how many pictures are done, and how many there are where that is known
  /// - Throws: ``InputError`` when the data is damaged or, if strict, for the first unusable sample.
  public func run(
    _ source: any ImageTextSource, captions: Bool = true,
    label: @escaping @Sendable (ImageTextSample) throws -> Int? = { $0.label }, on pool: ThreadPool,
    progress: (_ done: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws -> Features {
    if let ranks {
      return try run(
        source.indexed(), dividedBy: ranks, preparation(captions: captions, label: label), on: pool, progress: progress)
    }
    let model = model.prepared(), embed = model.configuration.embedDimension, size = preprocessing.imageSize
    let prepare = preparation(captions: captions, label: label)
    try requireMemory(pixels: 3 * size * size, samples: limit ?? source.knownCount)
    var loader = try BatchLoader(
      source, batchSize: batchSize, pool: pool, strict: isStrict, limit: limit,
      prepare: { sample, _ in try prepare(sample) })
    var images: [Float] = [], said: [String] = [], owner: [Int] = [], labels: [Int?] = [], keys: [String] = []
    var texts = TextQueue(embed: embed)
    let clock = ContinuousClock()
    var imageTime = Duration.zero, textTime = Duration.zero
    let total = source.knownCount.map { min($0, limit ?? .max) }
    while true {
      let start = clock.now
      guard let batch = try loader.next() else { break }
      images += try model.imageFeatures(Self.pixels(of: batch, size: size), on: pool).elements
      imageTime += clock.now - start
      for item in batch {
        owner += Array(repeating: keys.count, count: item.ids.count)
        said += item.captions
        keys.append(item.key)
        labels.append(item.label)
        texts.add(item.ids)
      }
      textTime += try clock.measure { try texts.encodeFullBatches(model, pool) }
      progress(keys.count, total)
    }
    textTime += try clock.measure { try texts.encodeRest(model, pool) }
    guard !keys.isEmpty else {
      throw InputError(
        "holds no usable image", file: source.path,
        advice: loader.skipped.summary ?? "check the path, the split and --dataset-type")
    }
    return Features(
      image: Tensor(images, [keys.count, embed]), text: Tensor(texts.features, [owner.count, embed]), captions: said,
      owner: owner, labels: labels, keys: keys, skipped: loader.skipped, fingerprint: loader.fingerprint,
      imageSeconds: imageTime.seconds, textSeconds: textTime.seconds)
  }

  /// `[items, 3, size, size]`
  static func pixels(of items: [Item], size: Int) -> Tensor {
    var input = Tensor(uninitialized: [items.count, 3, size, size])
    input.withUnsafeMutableElements { target in
      for (index, item) in items.enumerated() {
        let place = UnsafeMutableBufferPointer(rebasing: target[(index * item.pixels.count)...])
        _ = place.update(fromContentsOf: item.pixels)
      }
    }
    return input
  }

  /// Fewer texts are not worth preparing the model for.
  private static let fewTexts = 32

  /// A batch's pictures are held twice: as they were prepared, and side by side.
  func requireMemory(pixels: Int, samples: Int?) throws {
    let batch = min(batchSize, samples ?? batchSize)
    try AvailableMemory.now()?.require(8 * Double(pixels) * Double(batch), for: "a batch of \(batch) pictures") { _ in
      "use a smaller --batch-size"
    }
  }

  /// Encodes texts alone: class prompts, say.
  public func encode(_ texts: [String], on pool: ThreadPool) throws -> Tensor {
    let model = texts.count < Self.fewTexts ? model : model.prepared()
    guard let ranks else { return try encode(texts[...], model, on: pool) }
    let own = texts.count * ranks.rank / ranks.count..<texts.count * (ranks.rank + 1) / ranks.count
    let rows = try encode(texts[own], model, on: pool).elements
    return Tensor(try ranks.gatherFloats(rows).flatMap { $0 }, [texts.count, model.configuration.embedDimension])
  }

  private func encode(_ texts: ArraySlice<String>, _ model: any FeatureEncoder, on pool: ThreadPool) throws -> Tensor {
    let embed = model.configuration.embedDimension, context = model.configuration.text.contextLength
    var queue = TextQueue(embed: embed)
    queue.add(texts.map { tokenizer.tokenize($0, contextLength: context) })
    try queue.encodeRest(model, pool)
    return Tensor(queue.features, [texts.count, embed])
  }
}

/// Texts waiting for the text tower, gathered into large batches and sorted by length: a group of equally long texts
/// wastes nothing on padding.
struct TextQueue {
  let embed: Int
  var features: [Float] = []
  private var waiting: [[Int32]] = []
  private static let batch = 2048

  init(embed: Int) { self.embed = embed }

  mutating func add(_ ids: [[Int32]]) { waiting += ids }

  mutating func encodeFullBatches(_ model: any FeatureEncoder, _ pool: ThreadPool) throws {
    while waiting.count >= Self.batch { try encode(Self.batch, model, pool) }
  }

  mutating func encodeRest(_ model: any FeatureEncoder, _ pool: ThreadPool) throws {
    while !waiting.isEmpty { try encode(min(Self.batch, waiting.count), model, pool) }
  }

  private mutating func encode(_ count: Int, _ model: any FeatureEncoder, _ pool: ThreadPool) throws {
    let texts = waiting.prefix(count)
    let lengths = texts.map { ($0.lastIndex { $0 != 0 } ?? 0) + 1 }
    let order = texts.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let encoded = try model.textFeatures(order.flatMap { texts[$0] }, on: pool).elements
    let first = features.count
    features += [Float](repeating: 0, count: count * embed)
    for (row, text) in order.enumerated() {
      features.replaceSubrange(
        first + text * embed..<first + (text + 1) * embed, with: encoded[row * embed..<(row + 1) * embed])
    }
    waiting.removeFirst(count)
  }
}

public import CLIPCheckpoints
public import CLIPModels
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
public import CLIPTokenization

/// One evaluation from data set to result: features, metrics, standard errors, and what they were measured on.
public struct Evaluator: Sendable {
  /// What turns pictures and texts into features.
  public let model: any FeatureEncoder
  /// What `precision` says in results.
  public var precision = "fp32"
  public let tokenizer: Tokenizer
  public let preprocessing: Preprocessing
  /// What results call the model and its weights.
  public let name: String
  public let pretrained: String
  public var decoding = DecodingOptions()
  public var batchSize = 64
  public var isStrict = false
  public var limit: Int?
  public var dataOptions = DataSetOptions()
  /// For the bootstrap of the standard errors.
  public var seed: UInt64 = 0
  /// The toolkit's version, written into results.
  public var version: String

  /// Evaluates a checkpoint.
  public init(_ loaded: LoadedModel, version: String) {
    self.init(
      loaded.model, loaded.tokenizer, loaded.preprocessing, name: loaded.name, pretrained: loaded.pretrained,
      version: version)
  }

  /// Evaluates a model that need not lie in a file: one in training, say.
  public init(
    _ model: any FeatureEncoder, _ tokenizer: Tokenizer, _ preprocessing: Preprocessing, name: String,
    pretrained: String,
    version: String
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.preprocessing = preprocessing
    self.name = name
    self.pretrained = pretrained
    self.version = version
  }

  /// What an evaluation found, and how fast.
  public struct Outcome: Sendable {
    public var result: EvaluationResult
    public let skipped: SkippedSamples
    public let images: Int
    public let texts: Int
    public let imagesPerSecond: Double
    public let textsPerSecond: Double
    /// What is odd about the data but no fault.
    public var notes: [String] = []
  }

  /// Evaluates on one data set.
  ///
  /// - Parameters:
  ///   - path: as ``ImageTextData`` or ``ClassificationData`` opens it
  ///   - task: nil chooses classification for data with class names, else retrieval
  ///   - progress: told how many pictures are done, and of how many
  /// - Throws: ``InputError`` when the data is missing, damaged or does not suit the task.
  public func run(
    _ path: String, task: EvaluationResult.Task? = nil, on pool: ThreadPool,
    progress: (_ done: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws -> Outcome {
    switch task ?? Self.task(for: path) {
    case .retrieval: try run(.captions(ImageTextData.open(path, dataOptions)), on: pool, progress: progress)
    case .classification: try run(.classes(ClassificationData.open(path, dataOptions)), on: pool, progress: progress)
    }
  }

  /// Evaluates on data that is open.
  /// - Throws: ``InputError`` when the data is damaged or does not suit the task.
  public func run(
    _ data: EvaluationData, on pool: ThreadPool, progress: (_ done: Int, _ total: Int?) -> Void = { _, _ in }
  ) throws -> Outcome {
    switch data {
    case .captions(let source): try retrieval(source, pool, progress)
    case .classes(let data): try classification(data, pool, progress)
    }
  }

  /// What is asked of the model on a data set by default: classification where it has class names.
  public static func task(for path: String) -> EvaluationResult.Task {
    ClassificationData.recognizes(path) ? .classification : .retrieval
  }

  private var extraction: FeatureExtraction {
    var extraction = FeatureExtraction(model: model, tokenizer: tokenizer, preprocessing: preprocessing)
    extraction.decoding = decoding
    extraction.batchSize = batchSize
    extraction.isStrict = isStrict
    extraction.limit = limit
    return extraction
  }

  private func retrieval(
    _ source: any ImageTextSource, _ pool: ThreadPool, _ progress: (Int, Int?) -> Void
  ) throws -> Outcome {
    let features = try extraction.run(source, on: pool, progress: progress)
    guard !features.owner.isEmpty else {
      throw InputError("holds no captions", file: source.path, advice: "for labeled images use --task classification")
    }
    let metrics = try RetrievalMetrics(
      image: features.image, text: features.text, owner: features.owner, on: pool)
    var details = details(features)
    details["captions"] = .integer(features.owner.count)
    details["bootstrap_seed"] = .integer(Int(clamping: seed))
    return outcome(
      source.path, .retrieval, metrics.metrics, Bootstrap.errors(of: metrics, seed: seed).json, details, features,
      texts: features.owner.count, textSeconds: features.textSeconds)
  }

  private func classification(
    _ data: ClassificationData, _ pool: ThreadPool, _ progress: (Int, Int?) -> Void
  ) throws -> Outcome {
    let prompts = data.classNames.indices.map(data.prompts)
    var textSeconds = 0.0
    let classifier = try ZeroShotClassification.classifier(prompts: prompts) { texts in
      let clock = ContinuousClock(), start = clock.now
      defer { textSeconds += (clock.now - start).seconds }
      return try extraction.encode(texts, on: pool)
    }
    let features = try extraction.run(
      data.source, captions: false, label: { try data.label(of: $0) }, on: pool, progress: progress)
    let outcome = try ZeroShotClassification(
      image: features.image, classifier: classifier, labels: features.labels.compactMap { $0 }, on: pool)
    var details = details(features)
    details["classes"] = .integer(data.classNames.count)
    details["templates"] = .integer(data.templates.count)
    var found = self.outcome(
      data.source.path, .classification, outcome.metrics, ["acc1": .number(outcome.standardError)], details, features,
      texts: data.classNames.count * data.templates.count, textSeconds: textSeconds)
    found.notes = data.notes
    return found
  }

  private func details(_ features: FeatureExtraction.Features) -> JSONObject {
    [
      "images": .integer(features.keys.count), "skipped": .integer(features.skipped.count),
      "data_fingerprint": .string("\(features.fingerprint)"), "precision": .string(precision),
      "carbonclip_version": .string(version),
    ]
  }

  private func outcome(
    _ path: String, _ task: EvaluationResult.Task, _ metrics: JSONObject, _ errors: JSONObject, _ details: JSONObject,
    _ features: FeatureExtraction.Features, texts: Int, textSeconds: Double
  ) -> Outcome {
    Outcome(
      result: EvaluationResult(
        dataset: Folder.name(of: path), model: name, pretrained: pretrained, task: task,
        metrics: metrics, standardErrors: errors, details: details),
      skipped: features.skipped, images: features.keys.count, texts: texts,
      imagesPerSecond: Double(features.keys.count) / features.imageSeconds,
      textsPerSecond: Double(texts) / max(textSeconds, 1e-9))
  }
}

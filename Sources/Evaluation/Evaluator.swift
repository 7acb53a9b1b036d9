public import CLIPCheckpoints
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
public import CLIPImages
public import CLIPModelShapes
public import CLIPModels
import CLIPTensors
public import CLIPTokenization

/// Evaluations from data to result: features, figures, standard errors, and what they were measured on.
///
///     let found = try Evaluator(loaded).retrieval(source, on: pool)
///     print(found.meanRecallAt1, found.standardErrors.meanRecallAt1)
public struct Evaluator: Sendable {
  /// What turns pictures and texts into features, and how samples are read: batches, limits, strictness.
  public var extraction: FeatureExtraction
  /// What results say of the model's arithmetic.
  public var arithmetic = Arithmetic.float32
  /// What results call the model.
  public let name: String
  /// What results call its weights.
  public let pretrained: String
  /// For the bootstrap of the standard errors.
  public var seed: UInt64 = 0
  /// The toolkit's version, written into results; empty leaves it out.
  public var version: String

  /// Evaluates a model that was opened, pruned or trained.
  public init(_ loaded: LoadedModel, version: String = "") {
    self.init(
      loaded.model, loaded.tokenizer, loaded.preprocessing, name: loaded.name, pretrained: loaded.pretrained,
      version: version)
  }

  /// Evaluates whatever gives features: a model in 8-bit arithmetic, say.
  public init(
    _ model: any FeatureEncoder, _ tokenizer: Tokenizer, _ preprocessing: Preprocessing, name: String,
    pretrained: String, version: String = ""
  ) {
    extraction = FeatureExtraction(model: model, tokenizer: tokenizer, preprocessing: preprocessing)
    self.name = name
    self.pretrained = pretrained
    self.version = version
  }

  /// Told how many pictures are done, and of how many where that is known.
  public typealias Progress = (_ done: Int, _ total: Int?) -> Void

  /// Evaluates on the data at a path.
  ///
  /// - Parameters:
  ///   - path: as ``ImageTextData`` or ``ClassificationData`` opens it
  ///   - task: nil chooses classification for data with class names, else retrieval
  /// - Throws: ``InputError`` when the data is missing, damaged or does not suit the task.
  public func run(
    _ path: String, _ options: DataSetOptions = DataSetOptions(), task: EvaluationTask? = nil, on pool: ThreadPool,
    progress: Progress = { _, _ in }
  ) throws -> any EvaluationResult {
    let data: EvaluationData =
      switch task ?? Self.task(for: path) {
      case .retrieval: .captions(try ImageTextData.open(path, options))
      case .classification: .classes(try ClassificationData.open(path, options))
      }
    var found = try run(data, on: pool, progress: progress)
    found.run.dataset = Folder.name(of: path)
    return found
  }

  /// Evaluates on data that is open: retrieval, or classification where it has classes.
  /// - Throws: ``InputError`` when the data is damaged or does not suit.
  public func run(
    _ data: EvaluationData, on pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> any EvaluationResult {
    switch data {
    case .captions(let source): try retrieval(source, on: pool, progress: progress)
    case .classes(let data): try classification(data, on: pool, progress: progress)
    }
  }

  /// What is asked of the model on a data set by default: classification where it has class names.
  public static func task(for path: String) -> EvaluationTask {
    ClassificationData.recognizes(path) ? .classification : .retrieval
  }

  /// Searches images with captions both ways.
  /// - Throws: ``InputError`` when the data is damaged or has no captions.
  public func retrieval(
    _ source: any ImageTextSource, on pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> RetrievalResult {
    try retrieval(of: features(of: source, on: pool, progress: progress), source.path, on: pool)
  }

  /// A user's own metric of images with captions.
  /// - Throws: ``InputError`` when the data is damaged or has no captions, and what the metric throws.
  public func measure(
    _ metric: any AccuracyMetric, on source: any ImageTextSource, _ pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> MeasuredAccuracy {
    try accuracy(metric, of: features(of: source, on: pool, progress: progress), source.path, on: pool)
  }

  /// The same beside what retrieval finds, of the same features.
  package func retrieval(
    _ source: any ImageTextSource, with metric: any AccuracyMetric, on pool: ThreadPool, progress: Progress
  ) throws -> (RetrievalResult, MeasuredAccuracy) {
    let features = try features(of: source, on: pool, progress: progress)
    return (
      try retrieval(of: features, source.path, on: pool), try accuracy(metric, of: features, source.path, on: pool)
    )
  }

  private func accuracy(
    _ metric: any AccuracyMetric, of features: FeatureExtraction.Features, _ path: String, on pool: ThreadPool
  ) throws -> MeasuredAccuracy {
    let accuracy = try metric.accuracy(of: features, on: pool)
    guard accuracy.value.isFinite, accuracy.standardError.isFinite, accuracy.standardError >= 0 else {
      throw InputError("metric \(metric.name) is not a finite number", file: path)
    }
    return accuracy
  }

  func features(
    of source: any ImageTextSource, on pool: ThreadPool, progress: Progress
  ) throws -> FeatureExtraction.Features {
    let features = try extraction.run(source, on: pool, progress: progress)
    guard !features.owner.isEmpty else {
      throw InputError("holds no captions", file: source.path, advice: "for labeled images use --task classification")
    }
    return features
  }

  private func retrieval(
    of features: FeatureExtraction.Features, _ path: String, on pool: ThreadPool
  ) throws -> RetrievalResult {
    let metrics = try RetrievalMetrics(image: features.image, text: features.text, owner: features.owner, on: pool)
    let run = run(path, features, texts: features.owner.count, textSeconds: features.textSeconds)
    return RetrievalResult(run, metrics, seed: seed)
  }

  /// Classifies labeled images by their classes' names.
  /// - Throws: ``InputError`` when the data is damaged, or labels do not fit the names.
  public func classification(
    _ data: ClassificationData, on pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> ClassificationResult {
    let (found, run) = try zeroShot(data, on: pool, progress: progress)
    return ClassificationResult(run, found, templates: data.templates.count)
  }

  func zeroShot(
    _ data: ClassificationData, on pool: ThreadPool, progress: Progress
  ) throws -> (ZeroShotClassification, EvaluationRun) {
    let (features, classifier, textSeconds) = try zeroShotFeatures(
      data, label: { try data.label(of: $0) }, on: pool, progress: progress)
    let found = try ZeroShotClassification(
      image: features.image, classifier: classifier, labels: features.labels.compactMap { $0 }, on: pool)
    var run = run(
      data.source.path, features, texts: data.classNames.count * data.templates.count, textSeconds: textSeconds)
    run.notes = data.notes
    return (found, run)
  }

  /// Pictures' features and the classes' weights.
  func zeroShotFeatures(
    _ data: ClassificationData, label: @escaping @Sendable (ImageTextSample) throws -> Int?, on pool: ThreadPool,
    progress: Progress
  ) throws -> (features: FeatureExtraction.Features, classifier: Tensor, textSeconds: Double) {
    let prompts = data.classNames.indices.map(data.prompts)
    let clock = ContinuousClock()
    var textTime = Duration.zero
    let classifier = try ZeroShotClassification.classifier(prompts: prompts) { texts in
      let start = clock.now
      defer { textTime += clock.now - start }
      return try extraction.encode(texts, on: pool)
    }
    let features = try extraction.run(data.source, captions: false, label: label, on: pool, progress: progress)
    return (features, classifier, textTime.seconds)
  }

  private func run(
    _ path: String, _ features: FeatureExtraction.Features, texts: Int, textSeconds: Double
  ) -> EvaluationRun {
    var run = EvaluationRun(dataset: Folder.name(of: path), model: name, pretrained: pretrained)
    run.images = features.keys.count
    run.texts = texts
    run.skipped = features.skipped
    run.fingerprint = features.fingerprint
    run.arithmetic = arithmetic
    run.version = version
    run.imagesPerSecond = Double(features.keys.count) / features.imageSeconds
    run.textsPerSecond = Double(texts) / max(textSeconds, 1e-9)
    return run
  }
}

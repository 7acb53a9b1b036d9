internal import CLIPCheckpoints
internal import CLIPEvaluation
internal import CLIPFiles
public import CLIPImageText
internal import CLIPModelShapes
internal import CLIPPruning
internal import CLIPQuantization

/// What a trained candidate can do: retrieval and classification, in float32 and as the accelerator computes it.
extension CandidateTrainer {
  /// Measures a trained candidate on test data: both accuracies of the measurement become those.
  /// - Throws: as ``measure(_:)``.
  public func measure(again measurement: inout CandidateMeasurement, on test: any ImageTextSource) throws {
    try measure(again: &measurement, on: test, wholeNumbers: nil)
  }

  /// The same where the accuracy in whole numbers is known.
  package func measure(
    again measurement: inout CandidateMeasurement, on test: any ImageTextSource,
    wholeNumbers known: CandidateMeasurement.Accuracy?
  ) throws {
    // Its making is told once, with the measurement that it was made for.
    measurement.footprint = nil
    let model = try self.model(of: measurement)
    measurement.float32 = try accuracy(model, on: test, stage: "test")
    measurement.int8 = try known ?? quantizedAccuracy(model, in: arithmetic(of: measurement), on: test)
  }

  /// Zero-shot classification of a trained candidate on pictures with class names.
  /// - Throws: as ``measure(_:)``.
  public func classify(_ measurement: CandidateMeasurement, on data: ClassificationData) throws -> ClassAccuracy {
    let model = try self.model(of: measurement)
    let float32 = try classification(Evaluator(model, version: version), on: data)
    let int8 = try classification(quantized(model, in: arithmetic(of: measurement)), on: data)
    return ClassAccuracy(
      float32: float32.accuracy, int8: int8.accuracy, int8TopFive: int8.topFive, standardError: float32.standardError,
      classes: float32.classes)
  }

  private func classification(_ evaluator: Evaluator, on data: ClassificationData) throws -> ClassificationResult {
    var evaluator = evaluator
    evaluator.extraction.decoding = recipe.decoding
    let found = try evaluator.classification(data, on: pool) { done, total in
      self.observe(Stage(name: "classifying", done: done, total: total ?? done))
    }
    if shouldStop() { throw CancellationError() }
    return found
  }

  /// Whether the trained weights of a measurement are still there.
  public func hasWeights(of measurement: CandidateMeasurement) -> Bool {
    measurement.checkpoint.isEmpty || Folder.exists("\(folder)/\(measurement.checkpoint)")
  }

  func model(of measurement: CandidateMeasurement) throws -> LoadedModel {
    measurement.checkpoint.isEmpty
      ? dense : try LoadedModel(LoadedModel.Request(pretrained: "\(folder)/\(measurement.checkpoint)"))
  }

  func accuracy(
    _ model: LoadedModel, on source: any ImageTextSource, stage: String
  ) throws -> CandidateMeasurement.Accuracy {
    if let command = (source as? AccuracySets)?.aim.command { return try accuracy(model, by: command) }
    return try accuracy(Evaluator(model, version: version), on: source, stage: stage)
  }

  func quantizedAccuracy(
    _ model: LoadedModel, in arithmetic: Arithmetic, on source: any ImageTextSource
  ) throws -> CandidateMeasurement.Accuracy {
    // The program reads a checkpoint, which is in floats.
    if let command = (source as? AccuracySets)?.aim.command { return .unknown(metric: command.name) }
    return try accuracy(quantized(model, in: arithmetic), on: source, stage: "measuring in \(arithmetic)")
  }

  func accuracy(
    _ evaluator: Evaluator, on source: any ImageTextSource, stage: String
  ) throws -> CandidateMeasurement.Accuracy {
    var evaluator = evaluator
    evaluator.extraction.decoding = recipe.decoding
    if let sets = source as? AccuracySets { return try accuracy(evaluator, on: sets, stage: stage) }
    func observe(_ done: Int, _ total: Int?) { self.observe(Stage(name: stage, done: done, total: total ?? done)) }
    let found: RetrievalResult, own: MeasuredAccuracy?
    if let metric = recipe.accuracyMetric {
      (found, own) = try evaluator.retrieval(source, with: metric, on: pool, progress: observe)
    } else {
      (found, own) = (try evaluator.retrieval(source, on: pool, progress: observe), nil)
    }
    if shouldStop() { throw CancellationError() }
    return CandidateMeasurement.Accuracy(found, own, metric: recipe.accuracyMetric?.name)
  }

  /// Pairs of training data that show the ranges of activations; more change no range by much.
  private static let rangePairs = 256

  /// In what a measurement was made, where a search chooses among several.
  private func arithmetic(of measurement: CandidateMeasurement) -> Arithmetic {
    recipe.space.arithmetics.first { $0.description == measurement.arithmetic } ?? recipe.arithmetic
  }

  func quantized(_ model: LoadedModel, in arithmetic: Arithmetic) throws -> Evaluator {
    let pairs = try calibrationSet(for: model).prefix(Self.rangePairs)
    let quantized = try QuantizedModel(
      model.model, images: pairs.images, ids: pairs.ids, arithmetic: arithmetic, on: pool)
    return Evaluator(
      quantized, model.tokenizer, model.preprocessing, name: model.name, pretrained: model.pretrained, version: version)
  }
}

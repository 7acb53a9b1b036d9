internal import CLIPCheckpoints
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPPruning
internal import CLIPQuantization

/// What a trained candidate can do: retrieval and classification, in float32 and as an 8-bit accelerator computes it.
extension CandidateTrainer {
  /// Measures a trained candidate on test data: both accuracies of the measurement become those.
  /// - Throws: as ``measure(_:)``.
  public func measure(again measurement: inout CandidateMeasurement, on data: String) throws {
    // Its making is told once, with the measurement that it was made for.
    measurement.footprint = nil
    let model = try self.model(of: measurement)
    measurement.float32 = try accuracy(model, on: data, recipe.testOptions, stage: "test")
    measurement.int8 = try quantizedAccuracy(model, on: data, recipe.testOptions)
  }

  /// Zero-shot classification of a trained candidate on pictures with class names.
  /// - Throws: as ``measure(_:)``.
  public func classify(_ measurement: CandidateMeasurement, on data: String) throws -> ClassAccuracy {
    let model = try self.model(of: measurement)
    let float32 = try classification(Evaluator(model, version: version), on: data)
    let int8 = try classification(quantized(model), on: data)
    return ClassAccuracy(
      float32: float32.accuracy, int8: int8.accuracy, int8TopFive: int8.topFive, standardError: float32.standardError,
      classes: float32.classes)
  }

  private func classification(
    _ evaluator: Evaluator, on data: String
  ) throws -> (accuracy: Double, topFive: Double?, standardError: Double, classes: Int) {
    var evaluator = evaluator
    evaluator.dataOptions = recipe.testOptions
    evaluator.decoding = recipe.decoding
    let outcome = try evaluator.run(data, task: .classification, on: pool) { done, total in
      self.observe(Stage(name: "classifying", done: done, total: total ?? done))
    }
    if shouldStop() { throw CancellationError() }
    let result = outcome.result
    guard let accuracy = result.metrics["acc1"]?.doubleValue, accuracy.isFinite else {
      throw InputError("gave no acc1", file: data)
    }
    return (
      accuracy, result.metrics["acc5"]?.doubleValue, result.standardErrors["acc1"]?.doubleValue ?? 0,
      result.details["classes"]?.intValue ?? 0
    )
  }

  /// Whether the trained weights of a measurement are still there.
  public func hasWeights(of measurement: CandidateMeasurement) -> Bool {
    measurement.checkpoint.isEmpty || Folder.exists("\(folder)/\(measurement.checkpoint)")
  }

  private func model(of measurement: CandidateMeasurement) throws -> LoadedModel {
    try LoadedModel(
      LoadedModel.Request(
        pretrained: measurement.checkpoint.isEmpty ? recipe.pretrained : "\(folder)/\(measurement.checkpoint)"))
  }

  func accuracy(
    _ model: LoadedModel, on data: String, _ options: DataSetOptions, stage: String
  ) throws -> CandidateMeasurement.Accuracy {
    try accuracy(Evaluator(model, version: version), on: data, options, stage: stage)
  }

  private func accuracy(
    _ evaluator: Evaluator, on data: String, _ options: DataSetOptions, stage: String
  ) throws -> CandidateMeasurement.Accuracy {
    var evaluator = evaluator
    evaluator.dataOptions = options
    evaluator.decoding = recipe.decoding
    let outcome = try evaluator.run(data, task: .retrieval, on: pool) { done, total in
      self.observe(Stage(name: stage, done: done, total: total ?? done))
    }
    if shouldStop() { throw CancellationError() }
    return try CandidateMeasurement.Accuracy(outcome.result, data: data)
  }

  /// Pairs of training data that show the ranges of activations; more change no range by much.
  private static let rangePairs = 256

  func quantizedAccuracy(
    _ model: LoadedModel, on data: String, _ options: DataSetOptions
  ) throws -> CandidateMeasurement.Accuracy {
    try accuracy(quantized(model), on: data, options, stage: "measuring in int8")
  }

  private func quantized(_ model: LoadedModel) throws -> Evaluator {
    let pairs = try calibrationSet().prefix(Self.rangePairs)
    let quantized = try QuantizedModel(model.model, images: pairs.images, ids: pairs.ids, on: pool)
    return Evaluator(
      quantized, model.tokenizer, model.preprocessing, name: model.name, pretrained: model.pretrained, version: version)
  }
}

extension CandidateMeasurement.Accuracy {
  /// - Throws: `InputError` where the result holds no recall.
  init(_ result: EvaluationResult, data: String) throws {
    func metric(_ name: String) throws -> Double {
      guard let value = result.metrics[name]?.doubleValue, value.isFinite else {
        throw InputError("gave no \(name)", file: data, advice: "search on image-text pairs, not on classes")
      }
      return value
    }
    self.init(
      mean: try metric("mean_recall@1"), standardError: result.standardErrors["mean_recall@1"]?.doubleValue ?? 0,
      imageRecall: try metric("image_retrieval_recall@1"), textRecall: try metric("text_retrieval_recall@1"),
      chance: result.details["images"]?.intValue.flatMap { $0 > 0 ? 1 / Double($0) : nil })
  }
}

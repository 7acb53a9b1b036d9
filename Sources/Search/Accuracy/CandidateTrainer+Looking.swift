internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
internal import CLIPCompute
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPPruning
internal import CLIPTraining

/// Looks: a shape cut, refitted and measured, without any training.
extension CandidateTrainer {
  /// What keys begin with; its number counts their definitions.
  private static let lookVersion = "l1-"

  /// What a look depends on, the shape and the data themselves among it; equal keys give equal looks.
  /// - Throws: `InputError` for a shape that the dense model cannot be cut to.
  public func lookKey(_ point: [Int]) throws -> String {
    let text = """
      \(digest) \(try recipe.space.shape(point).json().text()) \(recipe.importance.name) \(recipe.ridge) \
      \(recipe.calibrationSamples) \(recipe.seed) \(data.digest) \(recipe.accuracyText)
      """
    return Self.lookVersion + String(MurmurHash.hash(text), radix: 16)
  }

  /// What an earlier look at the shape said, or what one says now; the latter is kept beside the trained candidates.
  /// - Returns: the look, and whether it was known
  /// - Throws: as ``look(_:)``.
  public func lookOnce(_ point: [Int]) throws -> (look: CandidateLook, wasKnown: Bool) {
    let path = "\(folder)/looks/\(try lookKey(point)).json"
    if Folder.containsFile(path), let known = try? CandidateLook(JSONParser.parse(TextFile.text(of: path))) {
      return (known, true)
    }
    let look = try look(point)
    try Folder.make("\(folder)/looks")
    try AtomicFile.write(JSONValue.object(look.json).text() + "\n", to: path)
    return (look, false)
  }

  /// Cuts the dense model to the shape at a point, refits it and measures it on the validation data.
  ///
  /// What the whole model does on the calibration pairs, and the pairs themselves, are prepared by the first look or
  /// candidate of a process; that counts for it.
  /// - Throws: `InputError` when data or disk fail; `CancellationError` when stopped.
  public func look(_ point: [Int]) throws -> CandidateLook {
    var meter = try EnergyMeter(), seconds = 0.0
    let found = try timed(&seconds) { try accuracy(untrained(point), on: data.validation, stage: "looking") }
    meter.sample()
    return CandidateLook(
      accuracy: found, seconds: seconds,
      footprint: RunFootprint(of: meter, grid: grid, pue: pue, threads: pool.threads))
  }

  /// The shape at a point, cut and refitted; the dense model itself at its own point.
  func untrained(_ point: [Int]) throws -> LoadedModel {
    try recipe.space.shape(point) == recipe.dense ? dense : pruned(point)
  }
}

/// What else could be learned of a shape before it is trained: for a study of what that would say.
extension CandidateTrainer {
  /// A look in 8 bits.
  package func lookInInt8(_ point: [Int]) throws -> CandidateMeasurement.Accuracy {
    try quantizedAccuracy(untrained(point), in: recipe.arithmetic(at: point), on: data.validation)
  }

  /// How far the shape's affinities between pictures and texts are from the dense model's on the calibration pairs.
  package func divergence(_ point: [Int]) throws -> Double {
    if try recipe.space.shape(point) == recipe.dense { return 0 }
    return try pruning(for: recipe.space.request(point)).divergence(of: cut(point))
  }

  /// What a share of the training gives, with a schedule of its own, in float32; nothing is kept.
  package func trainedBriefly(_ point: [Int], share: Double) throws -> CandidateMeasurement.Accuracy {
    var settings = recipe.training
    settings.seed = recipe.seed
    let samples = Double(settings.samplesPerEpoch ?? data.training.count) * share
    settings.samplesPerEpoch = max(settings.globalBatch, Int(samples))
    let shape = try untrained(point)
    let trainer = try trainer(shape, settings, stage: "training a little")
    guard try trainer.run(shouldStop: shouldStop) == .finished else { throw CancellationError() }
    let evaluator = Evaluator(
      trainer.model, shape.tokenizer, shape.preprocessing, name: dense.name, pretrained: "", version: version)
    return try accuracy(evaluator, on: data.validation, stage: "measuring")
  }
}

internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
public import CLIPCompute
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPModelShapes
internal import CLIPPruning
internal import CLIPRecipes
internal import CLIPTraining

/// Cuts the dense model to a shape, fine-tunes it with the dense model as its teacher, and measures what it can do.
///
/// Whatever it makes lies in a folder under the candidate's key, a fingerprint of all that its training depends on: a
/// candidate that was interrupted goes on, and one that was finished is not trained again, by whichever search.
public final class CandidateTrainer {
  /// What is being done, for a progress line.
  public struct Stage: Sendable {
    /// Such as `fine-tuning`.
    public let name: String
    /// How much is done.
    public let done: Int
    /// Of how much.
    public let total: Int
  }

  let recipe: SearchRecipe
  let folder: String
  let pool: ThreadPool
  let version: String
  private let loaded: LoadedModel
  private let digest: String
  private let tell: (Stage) -> Void
  let shouldStop: () -> Bool
  private var calibration: CalibrationSet?
  /// What is trained and measured on.
  private let data: [DataIdentity]
  private let grid: GridIntensity
  private let pue: Double
  /// Of the candidate that is being made.
  private var meter: CandidateMeter?

  /// Says what is being done, and keeps the account of what it costs.
  func observe(_ stage: Stage) {
    meter?.keep()
    tell(stage)
  }

  /// - Parameters:
  ///   - folder: of all candidates
  ///   - observe: told what is being done
  ///   - shouldStop: asked between batches; a measurement that is stopped throws `CancellationError`
  /// - Throws: `InputError` when the dense model cannot be read.
  public init(
    _ recipe: SearchRecipe, folder: String, on pool: ThreadPool, version: String,
    observe: @escaping (Stage) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) throws {
    self.recipe = recipe
    self.folder = folder
    self.pool = pool
    self.version = version
    tell = observe
    self.shouldStop = shouldStop
    grid = try GridTable().grid(recipe.ownGrid)
    pue = try OperationalCarbon.checkedPUE(recipe.ownPUE)
    loaded = try LoadedModel(LoadedModel.Request(pretrained: recipe.pretrained))
    digest = try CheckpointDigest.of(loaded)
    data = [
      try DataIdentity.of(recipe.trainData, recipe.trainOptions),
      try DataIdentity.of(recipe.validationData, recipe.validationOptions),
    ]
  }

  /// What no file of the dense model's says and was taken for granted.
  public var assumptions: [String] { loaded.assumptions }

  /// What a measurement depends on, the shape and the data themselves among it; equal keys give equal measurements.
  /// - Throws: `InputError` for a shape that the dense model cannot be cut to.
  public func key(_ point: [Int]) throws -> String {
    let shape = try recipe.space.shape(point)
    let text = """
      candidate-4 \(digest) \(shape.json().text()) \(recipe.strategy) \(recipe.ridge) \(recipe.calibrationSamples) \
      \(recipe.seed) \(data.map(\.digest).joined(separator: " ")) \
      \(recipe.settings(pretrained: "", samplesSeed: recipe.seed).json.text())
      """
    return String(MurmurHash.hash(text), radix: 16)
  }

  /// The key of earlier versions, which knew the data by its path alone: what they measured is known by it.
  /// - Throws: as ``key(_:)``.
  public func earlierKey(_ point: [Int]) throws -> String {
    let shape = try recipe.space.shape(point)
    let text = """
      candidate-3 \(digest) \(shape) \(recipe.strategy) \(recipe.ridge) \(recipe.calibrationSamples) \(recipe.seed) \
      \(recipe.validationData) \(recipe.settings(pretrained: "", samplesSeed: recipe.seed).json.text())
      """
    return String(MurmurHash.hash(text), radix: 16)
  }

  /// Whether an earlier version made the shape at a point. It is made anew: nothing says which data it saw.
  /// - Throws: as ``key(_:)``.
  func hasEarlier(_ point: [Int]) throws -> Bool {
    Folder.containsFile("\(folder)/\(try earlierKey(point))/measurement.json")
  }

  /// What is known of the shape at a point, or what training and measuring it gives; the latter is kept for ever after,
  /// and whether it was known.
  /// - Throws: as ``measure(_:)``.
  public func measureOnce(_ point: [Int]) throws -> (measurement: CandidateMeasurement, wasKnown: Bool) {
    let home = "\(folder)/\(try key(point))", path = "\(home)/measurement.json"
    if Folder.containsFile(path), let known = CandidateMeasurement(try JSONParser.parse(try TextFile.text(of: path))),
      known.checkpoint.isEmpty || Folder.containsFile("\(folder)/\(known.checkpoint)/open_clip_config.json")
    {
      return (known, true)
    }
    try Folder.make(home)
    let meter = try CandidateMeter(home: home, grid: grid, pue: pue, threads: pool.threads)
    self.meter = meter
    defer { self.meter = nil }
    var measurement: CandidateMeasurement
    do { measurement = try measure(point) } catch {
      meter.save()
      throw error
    }
    measurement.footprint = meter.footprint()
    try AtomicFile.write(JSONValue.object(measurement.json).text() + "\n", to: path)
    try meter.discard()
    // What only an interrupted candidate needs.
    try Folder.remove("\(home)/pruned")
    for name in ResumePoint.files(in: "\(home)/run/checkpoints") {
      try Folder.remove("\(home)/run/checkpoints/\(name)")
    }
    return (measurement, false)
  }

  /// Trains and measures the shape at a point.
  /// - Throws: `InputError` when data or disk fail, or training diverges; `CancellationError` when stopped.
  public func measure(_ point: [Int]) throws -> CandidateMeasurement {
    let shape = try recipe.space.shape(point), key = try key(point)
    var times = CandidateMeasurement.Times(), samples = 0, checkpoint = ""
    if shape != recipe.dense {
      let pruned = "\(folder)/\(key)/pruned"
      times.pruning = try timed { try prune(recipe.space.request(point), to: pruned) }
      times.training = try timed { (samples, checkpoint) = try tune(pruned, key: key) }
    }
    let model = try LoadedModel(
      LoadedModel.Request(pretrained: checkpoint.isEmpty ? recipe.pretrained : "\(folder)/\(checkpoint)"))
    if !checkpoint.isEmpty, try !WeightRange(of: model).isFinite { throw Self.divergence("its weights are not finite") }
    var float32: CandidateMeasurement.Accuracy?, int8: CandidateMeasurement.Accuracy?
    times.evaluation = try timed {
      do {
        float32 = try accuracy(model, on: recipe.validationData, recipe.validationOptions, stage: "measuring")
        int8 = try quantizedAccuracy(model, on: recipe.validationData, recipe.validationOptions)
      } catch let error as InputError where !checkpoint.isEmpty && error.problem.contains("finite") {
        // The whole model was sound, so its weights grew beyond all bounds in training.
        throw Self.divergence(error.problem)
      }
    }
    guard let float32, let int8 else { throw InputError("nothing was measured", file: recipe.validationData) }
    return CandidateMeasurement(
      float32: float32, int8: int8, parameters: shape.parameterCount,
      multiplyAdds: shape.imageMultiplyAdds + shape.textMultiplyAdds, samples: samples, times: times,
      checkpoint: checkpoint)
  }

  private static func divergence(_ sign: String) -> InputError {
    InputError(
      "fine-tuning diverged: \(sign)", advice: "lower finetune's lr, or set grad-clip-norm: 1, and --retry-failed")
  }

  /// Times a piece of a trial: a few steps of training the whole model, and its measurement.
  /// - Throws: as ``measure(_:)``.
  public func probe() throws -> TimeProbe {
    let model = try LoadedModel(LoadedModel.Request(pretrained: recipe.pretrained))
    let evaluation = try timed {
      _ = try accuracy(model, on: recipe.validationData, recipe.validationOptions, stage: "measuring")
      _ = try quantizedAccuracy(model, on: recipe.validationData, recipe.validationOptions)
    }
    let node = recipe.settings(pretrained: recipe.pretrained, samplesSeed: recipe.seed)
    let samples = try TrainingRequest(node, preset: .finetune).settings.samplesPerEpoch ?? 4096
    let few = RecipeNode(
      .map([
        ("train-num-samples", RecipeNode(word: "\(min(samples, 512))", origin: "probe")),
        ("distill-features", RecipeNode(word: "online", origin: "probe")),
        ("epochs", RecipeNode(word: "1", origin: "probe")),
      ]), origin: "probe")
    let request = try TrainingRequest(node.overridden(by: few), preset: .finetune)
    let trainer = try request.trainer(in: "\(folder)/probe/run", on: pool, version: version) {
      if case .step(let record) = $0 {
        self.observe(Stage(name: "training a little", done: record.step, total: record.totalSteps))
      }
    }
    var finished = false
    let training = try timed { finished = try trainer.run(shouldStop: shouldStop) == .finished }
    guard finished else { throw CancellationError() }
    let rate = Double(min(samples, 512)) / training
    // Smaller models see as many samples more as they are cheaper.
    return TimeProbe(
      evaluation: evaluation, samplesPerSecond: rate, secondsPerTrial: Double(samples) / rate + evaluation)
  }

  private func timed(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start).seconds
  }

  /// Cuts the dense model, unless that was done before.
  private func prune(_ request: ShapeRequest, to path: String) throws {
    let marker = "\(path)/pruned.txt"
    if Folder.containsFile(marker) { return }
    var options = Pruner.Options()
    options.strategy = recipe.strategy
    options.ridge = recipe.ridge
    options.seed = recipe.seed
    var pruner = try Pruner(loaded.model, loaded.checkpoint.state, options, on: pool)
    pruner.progress = { self.observe(Stage(name: $0, done: $1, total: $2)) }
    pruner.shouldStop = shouldStop
    let set = pruner.needsData ? try calibrationSet() : nil
    let store = try RankingStore(path: "\(folder)/rankings/\(try pruner.rankingKey(set)).jsonl")
    let result = try pruner.run(request, calibration: set, store: store)
    try result.write(to: path, of: loaded)
    try AtomicFile.write(recipe.strategy + "\n", to: marker)
  }

  func calibrationSet() throws -> CalibrationSet {
    if let calibration { return calibration }
    let set = try CalibrationSet(
      recipe.trainData, recipe.trainOptions, decoding: recipe.decoding, count: recipe.calibrationSamples,
      seed: recipe.seed, tokenizer: loaded.tokenizer,
      preprocessing: loaded.preprocessing, contextLength: loaded.model.configuration.text.contextLength, on: pool
    ) { self.observe(Stage(name: "calibration data", done: $0, total: $1)) }
    calibration = set
    return set
  }

  /// Fine-tunes a cut model; returns how many samples it saw and where it lies.
  private func tune(_ pruned: String, key: String) throws -> (samples: Int, checkpoint: String) {
    var node = recipe.settings(pretrained: pruned, samplesSeed: recipe.seed)
    if node["feature-cache"] == nil {
      node = node.overridden(
        by: RecipeNode(
          .map([("feature-cache", RecipeNode(.string("\(folder)/features"), origin: recipe.node.origin))]),
          origin: recipe.node.origin))
    }
    let request = try TrainingRequest(node, preset: .finetune)
    let trainer = try request.trainer(
      in: "\(folder)/\(key)/run", resume: .latest, on: pool, version: version
    ) { event in
      switch event {
      case .step(let record): self.observe(Stage(name: "fine-tuning", done: record.step, total: record.totalSteps))
      case .preparing(let what, let done, let total): self.observe(Stage(name: what, done: done, total: total))
      default: break
      }
    }
    guard try trainer.run(shouldStop: shouldStop) == .finished else { throw CancellationError() }
    return (trainer.samples, "\(key)/run/checkpoints/epoch_\(request.settings.epochs)")
  }
}

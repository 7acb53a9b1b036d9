internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
public import CLIPCompute
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPModelShapes
package import CLIPPruning
public import CLIPRanks
internal import CLIPStudies
internal import CLIPTraining

/// Cuts the dense model to a shape, fine-tunes it with the dense model as its teacher, and measures what it can do.
///
/// Data, dense model and the teacher's features are opened once, for all candidates. What is cut is handed on in memory.
/// Whatever is trained lies in a folder under the candidate's key, a fingerprint of all that its training depends on: a
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
  /// What is trained and measured on.
  let data: SearchData
  /// The whole model: what is cut, and the teacher.
  let dense: LoadedModel
  let digest: String
  private let tell: (Stage) -> Void
  private let isAsked: () -> Bool
  /// Of the candidate that is being made.
  var owner: Ownership?
  /// Asked to, or another process goes on with the candidate.
  var shouldStop: () -> Bool { { [isAsked, weak self] in isAsked() || self?.owner?.isLost ?? false } }
  /// The processes that train a candidate together; nil where this one trains alone.
  let ranks: (any RankGroup)?
  /// By the size of pictures.
  private var calibration: [Int: CalibrationSet] = [:]
  /// The whole model for pictures and patches of other sizes.
  private var resized: [[Int]: LoadedModel] = [:]
  /// What pruning knows of the whole model, by these sizes.
  private var sessions: [[Int]: PruningSession] = [:]
  private var cuts: [(point: [Int], result: Pruner.Result)] = []
  /// Where a recipe's masks cut: what was learned.
  var masks: LearnedMasks?
  /// Bytes that cut models may take together, each counted as if it were whole.
  private static let heldCuts = 500_000_000
  private var teacher: Teacher?
  private let features: FeatureStore
  let grid: GridIntensity
  let pue: Double
  /// Of the candidate that is being made.
  var meter: CandidateMeter?

  /// Says what is being done, and keeps the account of what it costs.
  func observe(_ stage: Stage) {
    meter?.keep()
    tell(stage)
  }

  /// - Parameters:
  ///   - data: nil opens what the recipe names
  ///   - folder: of all candidates
  ///   - ranks: processes that train a candidate together; rank 0 measures, the others call ``help(_:_:)``
  ///   - observe: told what is being done
  ///   - shouldStop: asked between batches; a measurement that is stopped throws `CancellationError`
  /// - Throws: `InputError` when the dense model or the data cannot be read.
  public init(
    _ recipe: SearchRecipe, data: SearchData? = nil, folder: String, on pool: ThreadPool,
    ranks: (any RankGroup)? = nil, version: String, observe: @escaping (Stage) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws {
    self.recipe = recipe
    self.folder = folder
    self.pool = pool
    self.ranks = ranks.flatMap { $0.count > 1 ? $0 : nil }
    self.version = version
    tell = observe
    isAsked = shouldStop
    grid = try GridTable().grid(recipe.ownGrid)
    pue = try OperationalCarbon.checkedPUE(recipe.ownPUE)
    dense = try LoadedModel(LoadedModel.Request(pretrained: recipe.pretrained))
    digest = try dense.digest()
    self.data = try data ?? SearchData(opening: recipe)
    features = FeatureStore(folder: recipe.featureCache ?? "\(folder)/features")
  }

  /// The same with another seed of everything random.
  /// - Throws: as making one does.
  func reseeded(_ seed: UInt64) throws -> CandidateTrainer {
    var recipe = recipe
    recipe.seed = seed
    return try CandidateTrainer(
      recipe, data: data, folder: folder, on: pool, ranks: ranks, version: version, observe: tell,
      shouldStop: isAsked)
  }

  /// What no file of the dense model's says and was taken for granted.
  public var assumptions: [String] { dense.assumptions }

  /// What keys begin with; its number counts their definitions.
  private static let keyVersion = "c6-"

  /// What a measurement depends on, the shape and the data themselves among it; equal keys give equal measurements.
  /// - Throws: `InputError` for a shape that the dense model cannot be cut to.
  public func key(_ point: [Int]) throws -> String {
    let shape = try recipe.space.shape(point)
    let text = """
      \(digest) \(shape.json().text()) \(recipe.importance.name) \(recipe.ridge) \(recipe.calibrationSamples) \
      \(recipe.seed) \(data.digest) \(recipe.trainingText) \(recipe.accuracyText)\(recipe.masksText)
      """
    return Self.keyVersion + String(MurmurHash.hash(text), radix: 16)
  }

  /// Whether an earlier version left candidates in the folder. They are made anew: their keys cannot be compared.
  var hasEarlier: Bool {
    (try? Folder.names(in: folder))?.contains {
      !$0.hasPrefix(Self.keyVersion) && Folder.containsFile("\(folder)/\($0)/measurement.json")
    } ?? false
  }

  /// A fingerprint of the base model, wherever it lies, and of the data: that of ``SearchRecipe/fingerprint(_:)``.
  var fingerprint: String {
    StudyIdentity.fingerprintVersion + String(MurmurHash.hash("\(digest) \(data.digest)"), radix: 16)
  }

  /// Trains and measures the shape at a point.
  /// - Throws: `InputError` when data or disk fail, or training diverges; `CancellationError` when stopped.
  public func measure(_ point: [Int]) throws -> CandidateMeasurement { try measure(point, key: key(point)) }

  func measure(_ point: [Int], key: String) throws -> CandidateMeasurement {
    let shape = try recipe.space.shape(point)
    var times = CandidateMeasurement.Times(), samples = 0, checkpoint = "", model = dense
    try callRanks(trains: shape != recipe.dense)
    if shape != recipe.dense {
      let pruned = try timed(&times.pruning) { try self.pruned(point) }
      (samples, checkpoint) = try timed(&times.training) { try tune(pruned, key: key) }
      // What is measured is what was written, in its number format.
      model = try LoadedModel(LoadedModel.Request(pretrained: "\(folder)/\(checkpoint)"))
      if try !WeightRange(of: model).isFinite { throw Self.divergence("its weights are not finite") }
    }
    let accuracies = try timed(&times.evaluation) {
      do {
        return (
          try accuracy(model, on: data.validation, stage: "measuring"),
          try quantizedAccuracy(model, in: recipe.arithmetic(at: point), on: data.validation)
        )
      } catch let error as InputError where !checkpoint.isEmpty && error.problem.contains("finite") {
        // The whole model was sound, so its weights grew beyond all bounds in training.
        throw Self.divergence(error.problem)
      }
    }
    var measurement = CandidateMeasurement(
      float32: accuracies.0, int8: accuracies.1, parameters: shape.parameterCount,
      multiplyAdds: shape.imageMultiplyAdds + shape.textMultiplyAdds, samples: samples, times: times,
      checkpoint: checkpoint, arithmetic: recipe.arithmetic(at: point).description)
    if !checkpoint.isEmpty { measurement.products = recipe.trainingPrecision }
    return measurement
  }

  private static func divergence(_ sign: String) -> InputError {
    InputError(
      "fine-tuning diverged: \(sign)", advice: "lower finetune's lr, or set grad-clip-norm: 1, and --retry-failed")
  }

  /// Times a piece of a trial: a few steps of training the whole model, and its measurement.
  /// - Throws: as ``measure(_:)``.
  public func probe() throws -> TimeProbe {
    var evaluation = 0.0, training = 0.0
    try timed(&evaluation) {
      _ = try accuracy(dense, on: data.validation, stage: "measuring")
      _ = try quantizedAccuracy(dense, in: recipe.arithmetic, on: data.validation)
    }
    var settings = recipe.settledTraining
    let samples = settings.samplesPerEpoch ?? data.training.count
    settings.samplesPerEpoch = min(samples, 512)
    settings.teacherFeatures = .online
    settings.epochs = 1
    let trainer = try trainer(dense, settings, stage: "training a little")
    try timed(&training) {
      guard try trainer.run(shouldStop: shouldStop) == .finished else { throw CancellationError() }
    }
    let rate = Double(min(samples, 512)) / training
    // Smaller models see as many samples more as they are cheaper.
    var probe = TimeProbe(
      evaluation: evaluation, samplesPerSecond: rate, secondsPerTrial: Double(samples) / rate + evaluation)
    if recipe.looks != nil {
      let first = try look(recipe.space.smallestPoint).seconds
      let second = try look(recipe.space.axes.map { $0.sizes.count / 2 }).seconds
      (probe.secondsPerLook, probe.preparation) = (second, max(0, first - second))
    }
    return probe
  }

  func timed<Value>(_ seconds: inout Double, _ body: () throws -> Value) rethrows -> Value {
    let start = ContinuousClock.now
    let value = try body()
    seconds = (ContinuousClock.now - start).seconds
    return value
  }

  /// The dense model for the pictures and patches that a shape has.
  private func whole(for request: ShapeRequest) throws -> LoadedModel {
    guard request.imageSize != nil || request.patchSize != nil else { return dense }
    let key = Self.sizes(request)
    if let known = resized[key] { return known }
    let model = try dense.resized(imageSize: request.imageSize, patchSize: request.patchSize)
    resized[key] = model
    return model
  }

  private static func sizes(_ request: ShapeRequest) -> [Int] { [request.imageSize ?? 0, request.patchSize ?? 0] }

  /// Cuts the dense model. What the whole model does on the pairs is looked at once, for all candidates.
  /// The last ones are held, so that a shape that is looked at and then trained is cut once.
  package func cut(_ point: [Int]) throws -> Pruner.Result {
    let request = recipe.space.request(point)
    // What is cut is the same in every arithmetic.
    let point = recipe.space.arithmetic(point) == nil ? point : Array(point.dropLast())
    if let known = cuts.first(where: { $0.point == point }) { return known.result }
    let result =
      try recipe.masks.map { try learnedMasks($0).cut(to: recipe.space.shape(point)) }
      ?? pruning(for: request).run(request)
    let most = Self.heldCuts / max(1, 4 * recipe.dense.parameterCount)
    cuts = Array(cuts.suffix(max(0, most - 1))) + (most > 0 ? [(point, result)] : [])
    return result
  }

  /// The cut model, ready to run.
  func pruned(_ point: [Int]) throws -> LoadedModel {
    try cut(point).loaded(from: whole(for: recipe.space.request(point)), name: "pruned")
  }

  /// What pruning knows of the whole model for a shape's pictures and patches.
  func pruning(for request: ShapeRequest) throws -> PruningSession {
    let key = Self.sizes(request)
    if let known = sessions[key] { return known }
    let made = try session(for: request, needsPairs: false)
    sessions[key] = made
    return made
  }

  /// Cuts the whole model by its strategy's ranking to a budget.
  func allocation(within budget: Budget) throws -> Pruner.Result {
    // What a size costs is measured on pairs, whether or not the strategy looks at any.
    try session(for: ShapeRequest(), needsPairs: true).run(ShapeRequest(), budget: budget)
  }

  private func session(for request: ShapeRequest, needsPairs: Bool) throws -> PruningSession {
    let dense = try whole(for: request)
    var compensation = recipe.importance.compensation
    compensation.ridge = recipe.ridge
    var pruner = try Pruner(
      dense, importance: recipe.importance, compensation: compensation, seed: recipe.seed, on: pool)
    pruner.progress = { [weak self] in self?.observe(Stage(name: $0, done: $1, total: $2)) }
    pruner.shouldStop = shouldStop
    let set = pruner.needsData || needsPairs ? try calibrationSet(for: dense) : nil
    let store = try RankingStore(path: "\(folder)/rankings/\(try pruner.rankingKey(set)).jsonl")
    return PruningSession(pruner, calibration: set, store: store)
  }

  /// Pairs of training data as a model sees them.
  func calibrationSet(for model: LoadedModel) throws -> CalibrationSet {
    let size = model.preprocessing.imageSize
    if let known = calibration[size] { return known }
    let set = try CalibrationSet(
      data.training, for: model, decoding: recipe.decoding, count: recipe.calibrationSamples, seed: recipe.seed,
      on: pool
    ) { self.observe(Stage(name: "calibration data", done: $0, total: $1)) }
    calibration[size] = set
    return set
  }

  /// Fine-tunes a cut model; returns how many samples it saw and where it lies. A run that was interrupted goes on.
  func tune(_ pruned: LoadedModel, key: String) throws -> (samples: Int, checkpoint: String) {
    var settings = try rankSettings()
    settings.seed = recipe.seed
    let trainer = try trainer(pruned, settings, in: "\(key)/run", stage: "fine-tuning")
    guard try trainer.run(shouldStop: shouldStop) == .finished else { throw CancellationError() }
    return (trainer.samples, "\(key)/run/checkpoints/epoch_\(settings.epochs)")
  }

  func trainer(
    _ model: LoadedModel, _ settings: TrainingSettings, in run: String? = nil, stage: String
  ) throws -> Trainer {
    let teacher = try self.teacher ?? Teacher(dense)
    self.teacher = teacher
    return try Trainer(
      Student(model), data: data.training, teachers: [teacher], losses: recipe.losses, settings, features: features,
      in: run.map { "\(folder)/\($0)" }, resume: run == nil ? .never : .latest, on: pool, ranks: ranks, version: version
    ) { event in
      switch event {
      case .step(let record): self.observe(Stage(name: stage, done: record.step, total: record.totalSteps))
      case .preparing(let what, let done, let total): self.observe(Stage(name: what, done: done, total: total))
      default: break
      }
    }
  }
}

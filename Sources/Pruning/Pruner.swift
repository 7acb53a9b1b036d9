public import CLIPModels
public import CLIPCompute
import CLIPFiles
internal import CLIPModelShapes
internal import CLIPTensors
public import CLIPTraining
public import CLIPWeights

/// Cuts a model to a shape: scores, plan, slices, compensation.
public struct Pruner {
  /// How a model is cut.
  public struct Options: Sendable {
    /// One of ``ImportanceCatalog/names``.
    public var strategy = ImportanceCatalog.standard
    /// nil does what suits the strategy: everything, or nothing for the floors and the reference.
    public var compensation: CompensationOptions?
    /// The ridge of the refits, as a share of the Gram matrix's mean diagonal; nil for the standard.
    public var ridge: Double?
    public var seed: UInt64 = 0

    /// The default strategy.
    public init() {}
  }

  public let model: CLIPModel
  public let parameters: StateDictionary
  public let options: Options
  public let pool: ThreadPool
  private let strategy: any ImportanceStrategy
  /// What is done to the weights that stay.
  public let compensation: CompensationOptions
  /// Told what is being done, how much of it is done, and of how much.
  public var progress: (_ stage: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  /// Asked between steps.
  public var shouldStop: () -> Bool = { false }

  /// - Throws: ``InputError`` for a strategy that does not exist, or weights that are not finite.
  public init(_ model: CLIPModel, _ parameters: StateDictionary, _ options: Options, on pool: ThreadPool) throws {
    self.model = model
    self.parameters = parameters
    self.options = options
    self.pool = pool
    strategy = try ImportanceCatalog.strategy(options.strategy)
    var compensation = options.compensation ?? (type(of: strategy).compensates ? CompensationOptions() : .none)
    if let ridge = options.ridge { compensation.ridge = ridge }
    self.compensation = compensation
    for parameter in ParameterList(model.configuration).parameters {
      guard try parameters.parameter(parameter.name, Shape(parameter.shape)).isFinite else {
        throw InputError(
          "holds numbers that are not finite", file: parameters.path, at: parameter.name,
          advice: "the checkpoint is damaged; use another one")
      }
    }
  }

  /// Whether image-text pairs are needed.
  public var needsData: Bool { type(of: strategy).needsData || compensation.needsData }

  /// Refuses what cannot be done before any data is read.
  /// - Throws: ``InputError`` naming the flag and its range.
  public func check(_ request: ShapeRequest, _ budget: Budget?) throws {
    try strategy.check(try request.shape(of: model.configuration), of: model.configuration)
    if budget != nil, !type(of: strategy).allocates {
      throw InputError(
        "--strategy \(options.strategy) cuts to sizes that are given and cannot choose them",
        advice: "give sizes, or take another strategy")
    }
  }

  /// Tells rankings apart: by the weights, the pairs, the strategy and the seed.
  /// - Throws: ``InputError`` when a parameter cannot be read.
  public func rankingKey(_ calibration: CalibrationSet?) throws -> String {
    var text = "ranking-1 \(options.strategy) \(options.seed) \(model.configuration)"
    for parameter in ParameterList(model.configuration).parameters {
      let tensor = try parameters.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    if let calibration { text += " \(calibration.key)" }
    return String(MurmurHash.hash(text), radix: 16)
  }

  /// A pruned model and how it came about.
  public struct Result {
    public let plan: PruningPlan
    public let importance: Importance
    /// The pruned model's parameters.
    public let parameters: ParameterBlock
    /// Runs on ``parameters``.
    public let model: CLIPModel
    /// What each axis costs at each size, measured to spend a budget; nil where sizes were given.
    public let sensitivity: ModelSensitivity?
    /// For each block that stays, the share of the dense stream's variance that the pruned stream lacks after it; empty
    /// where nothing was compensated.
    public let visionErrors: [Double]
    public let textErrors: [Double]
    /// Time spent on scores and on compensation, in seconds.
    public let rankingSeconds: Double
    public let compensationSeconds: Double
  }

  /// Cuts the model.
  ///
  /// - Parameters:
  ///   - request: the sizes asked for
  ///   - budget: chooses the sizes that are not asked for; nil leaves them
  ///   - calibration: pairs to look at; never those that accuracy is measured on
  ///   - store: where scores are kept
  /// - Throws: ``InputError`` when the model cannot be cut so, or pairs are missing; `CancellationError` when stopped.
  public func run(
    _ request: ShapeRequest, budget: Budget? = nil, calibration: CalibrationSet?, store: RankingStore = RankingStore()
  ) throws -> Result {
    try check(request, budget)
    var target = try request.shape(of: model.configuration)
    if calibration == nil, needsData || budget != nil { throw CalibrationMissing.error }
    let clock = ContinuousClock(), start = clock.now
    let context = RankingContext(
      model: model, parameters: parameters, calibration: calibration, target: target, seed: options.seed, pool: pool,
      store: store, progress: progress, shouldStop: shouldStop)
    let importance = try strategy.importance(context)
    guard importance.vision.isFinite, importance.text.isFinite else {
      throw InputError("scores are not finite", file: parameters.path, advice: "check the checkpoint's weights")
    }
    var sensitivity: ModelSensitivity?
    if let budget {
      let measured = try measureSensitivity(importance, context)
      target = try measured.shape(within: budget, request, from: target, importance, of: model.configuration)
      sensitivity = measured
    }
    let plan = PruningPlan(importance, target: target, of: model.configuration)
    let ranked = clock.now
    let block = try ParameterBlock(
      ParameterList(plan.configuration).parameters, from: PrunedParameters(parameters, plan))
    let pruned = try CLIPModel(plan.configuration, from: block)
    let errors = try compensate(pruned, plan, calibration, context.statisticsBox.value)
    return Result(
      plan: plan, importance: importance, parameters: block, model: pruned, sensitivity: sensitivity,
      visionErrors: errors.vision,
      textErrors: errors.text, rankingSeconds: (ranked - start).seconds,
      compensationSeconds: (clock.now - ranked).seconds)
  }
}

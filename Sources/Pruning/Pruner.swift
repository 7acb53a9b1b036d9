public import CLIPCheckpoints
public import CLIPCompute
import CLIPFiles
public import CLIPLayers
public import CLIPModelShapes
public import CLIPModels
public import CLIPRanks
internal import CLIPTensors

/// Cuts a model to a shape: scores, plan, slices, compensation.
///
///     let pruned = try Pruner(loaded, importance: SurgeonImportance(), on: pool).run(request, calibration: pairs)
///     let features = try pruned.model.imageFeatures(pixels, on: pool)
///
/// What comes out is a model in memory, which can be run, measured, trained or cut again; it is written when asked.
///
/// Several processes cut one model together where they are named as ``ranks``: each passes its part of the pairs through the
/// towers, sums over the pairs are added up over all of them, and every rank ends with the same model.
public struct Pruner {
  /// The model that is cut; it stays as it is.
  public let model: CLIPModel
  /// What the model was made from.
  public let parameters: any ParameterSource
  /// What tells which parts matter.
  public let importance: any ImportanceStrategy
  /// What is done to the weights that stay.
  public let compensation: CompensationOptions
  /// Of everything that is left to chance.
  public let seed: UInt64
  /// The threads to work on.
  public let pool: ThreadPool
  /// A library that must be able to hold the pruned model as it was released; nil leaves the shape free.
  public var loadable: OtherLibrary?
  /// What products of calibration are computed in; nil takes bfloat16 for towers of 512 channels and more, where the
  /// processor multiplies it, and floats for all others. Sums and solutions of the fits are floats and doubles.
  public var precision: ProductArithmetic?
  /// The processes that cut the model together, each of them with the same model, settings and data; nil where this one does
  /// all of it. All call ``run(_:budget:calibration:store:)``, with pairs that all have or that they divided when they drew
  /// them; stores of ranks but 0 need not know anything. Set it before a ``PruningSession`` is made.
  public var ranks: (any RankGroup)?
  /// The program's version, where ranks must have the same.
  public var version = ""
  /// Told what is being done, how much of it is done, and of how much.
  public var progress: (_ stage: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  /// Asked between steps; of several ranks all stop where one is asked to.
  public var shouldStop: () -> Bool = { false }

  /// - Parameters:
  ///   - parameters: what the model was made from: a checkpoint's state, a trained or a pruned model's block
  ///   - compensation: nil does what suits the strategy
  /// - Throws: ``InputError`` for weights that are not finite.
  public init(
    _ model: CLIPModel, _ parameters: any ParameterSource, importance: any ImportanceStrategy = SurgeonImportance(),
    compensation: CompensationOptions? = nil, seed: UInt64 = 0, on pool: ThreadPool
  ) throws {
    self.model = model
    self.parameters = parameters
    self.importance = importance
    self.compensation = compensation ?? importance.compensation
    self.seed = seed
    self.pool = pool
    for parameter in ParameterList(model.configuration).parameters {
      guard try parameters.parameter(parameter.name, Shape(parameter.shape)).isFinite else {
        throw InputError(
          "holds numbers that are not finite", at: parameter.name, advice: "the model is damaged; use another one")
      }
    }
  }

  /// Cuts a model that was opened, trained or cut before.
  /// - Throws: ``InputError`` for weights that are not finite.
  public init(
    _ loaded: LoadedModel, importance: any ImportanceStrategy = SurgeonImportance(),
    compensation: CompensationOptions? = nil, seed: UInt64 = 0, on pool: ThreadPool
  ) throws {
    try self.init(
      loaded.model, loaded.parameters, importance: importance, compensation: compensation, seed: seed, on: pool)
  }

  /// Whether image-text pairs are needed.
  public var needsData: Bool { importance.needsData || compensation.needsData }

  /// Refuses what cannot be done before any data is read.
  /// - Throws: ``InputError`` naming the flag and its range.
  public func check(_ request: ShapeRequest, _ budget: Budget?) throws {
    let request = try completed(request, budget)
    let vision = model.configuration.vision
    guard request.imageSize ?? vision.imageSize == vision.imageSize,
      request.patchSize ?? vision.patchSize == vision.patchSize
    else { throw InputError("the model sees other images or patches", advice: "resize it before it is cut") }
    if [model.configuration.vision.mlpWidth, model.configuration.text.mlpWidth].contains(where: { $0.contains(0) }) {
      throw InputError(
        "has blocks without a feed-forward layer, which cannot be cut again",
        advice: "cut the model that it was cut from")
    }
    if group != nil, !importance.isDivisible {
      throw InputError(
        "--strategy \(importance.name) looks at pairs that several ranks cannot divide", advice: "start one process")
    }
    let dense = model.configuration, shape = try request.shape(of: dense)
    try importance.check(shape, of: dense)
    guard let budget else { return }
    guard importance.allocates else {
      throw InputError(
        "--strategy \(importance.name) cuts to sizes that are given and cannot choose them",
        advice: "give sizes, or take another strategy")
    }
    // Ranking takes minutes, and the least shape is known without it.
    _ = try ModelSensitivity(unmeasured: dense).shape(
      within: budget, request, from: shape, Importance(zerosFor: dense), of: dense, loadable: loadable != nil)
  }

  /// The request with what ``loadable`` makes of it.
  private func completed(_ request: ShapeRequest, _ budget: Budget?) throws -> ShapeRequest {
    guard let loadable else { return request }
    return try request.loadable(by: loadable, of: model.configuration, leavesOpen: budget != nil)
  }

  /// Tells rankings apart: by the weights, the pairs, the strategy and the seed.
  /// Sums of several ranks are added in another order than those of one process, so each number of ranks has a ranking of its
  /// own where pairs are looked at; all ranks ask for it together.
  /// - Throws: ``InputError`` when a parameter cannot be read.
  public func rankingKey(_ calibration: CalibrationSet?) throws -> String {
    var text = "ranking-2 \(importance.name) \(seed) \(model.configuration.json().text())\(try weightHashes())"
    if let calibration { text += try group?.gather(" \(calibration.key)").joined() ?? " \(calibration.key)" }
    if let precision { text += " \(precision.rawValue)" }
    return String(MurmurHash.hash(text), radix: 16)
  }

  private func weightHashes() throws -> String {
    var text = ""
    for parameter in ParameterList(model.configuration).parameters {
      let tensor = try parameters.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    return text
  }

  /// The ranks, where there are several.
  var group: (any RankGroup)? { ranks.flatMap { $0.count > 1 ? $0 : nil } }

  /// Refuses ranks with another program, model or other settings than rank 0; alone it does nothing. Cutting asks for it, too.
  /// - Parameter facts: more to agree on, before anything is computed
  /// - Throws: ``RankDisagreement`` on all ranks alike.
  public func requireAgreement(_ facts: [(what: String, value: String)] = []) throws {
    try group?.requireAgreement(
      facts + [
        ("another version of the program", version), ("other weights", try weightHashes()),
        (
          "other settings",
          "\(importance.name) \(compensation) \(seed) \(loadable?.rawValue ?? "") \(precision?.rawValue ?? "")"
        ),
      ])
  }

  /// Does what is the same on all ranks and may fail: then one of them tells it.
  private func together<Value>(_ body: () throws -> Value) throws -> Value {
    guard let group else { return try body() }
    return try group.together(body)
  }

  /// A pruned model and how it came about.
  public struct Result {
    /// What stays of the whole model.
    public let plan: PruningPlan
    /// The scores that the plan follows.
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
    /// The same for the text tower.
    public let textErrors: [Double]
    /// Time spent on scores, and on measuring sizes where a budget is to be spent, in seconds.
    public let rankingSeconds: Double
    /// Time spent on slices and on compensation, in seconds.
    public let compensationSeconds: Double

    /// The pruned model with the whole one's tokenizer and preprocessing: to embed with, to measure, train, cut again or
    /// write.
    public func loaded(from whole: LoadedModel, name: String) -> LoadedModel {
      whole.with(model, parameters: parameters, name: name)
    }
  }

  /// Cuts the model.
  ///
  /// - Parameters:
  ///   - request: the sizes asked for
  ///   - budget: chooses the sizes that are not asked for; nil leaves them
  ///   - calibration: pairs to look at; never those that accuracy is measured on
  ///   - store: where scores are kept
  /// - Throws: ``InputError`` when the model cannot be cut so, or pairs are missing; `CancellationError` when stopped;
  ///   ``RankDisagreement`` on all ranks where they do not fit together or cannot cut the model so.
  public func run(
    _ request: ShapeRequest, budget: Budget? = nil, calibration: CalibrationSet?, store: RankingStore = RankingStore()
  ) throws -> Result {
    try run(request, budget: budget, calibration: calibration, store: store, memory: PruningMemory(self))
  }

  /// The same with what cuts of this model on these pairs have shown before.
  func run(
    _ request: ShapeRequest, budget: Budget? = nil, calibration: CalibrationSet?, store: RankingStore,
    memory: PruningMemory
  ) throws -> Result {
    let (wanted, shape) = try together {
      try check(request, budget)
      let wanted = try completed(request, budget)
      if calibration == nil, needsData || budget != nil { throw CalibrationMissing.error }
      return (wanted, try wanted.shape(of: model.configuration))
    }
    try group?.requireAgreement([("other sizes", "\(request) \(budget.map { "\($0)" } ?? "")")])
    let calibration = try memory.divided(calibration) { try requireAgreement() }
    var target = shape
    let clock = ContinuousClock(), start = clock.now
    let context = RankingContext(
      model: model, parameters: parameters, calibration: calibration, target: target, seed: seed, pool: pool,
      ranks: group, store: store, progress: progress, shouldStop: shouldStop, memory: memory)
    let importance = try checked(try self.importance.importance(context))
    var sensitivity: ModelSensitivity?
    if let budget {
      let measured = try measureSensitivity(importance, context)
      target = try together {
        try measured.shape(
          within: budget, wanted, from: target, importance, of: model.configuration, loadable: loadable != nil)
      }
      sensitivity = measured
    }
    if let loadable, let obstacle = target.obstacle(to: loadable) {
      try together { () -> Void in
        throw InputError("\(loadable.title) cannot hold the shape: \(obstacle)", advice: "ask for other sizes")
      }
    }
    let plan = PruningPlan(importance, target: target, of: model.configuration)
    let ranked = clock.now
    let (pruned, block) = try cut(plan)
    let errors = try compensate(pruned, block, plan, calibration, memory)
    return Result(
      plan: plan, importance: importance, parameters: block, model: pruned, sensitivity: sensitivity,
      visionErrors: errors.vision,
      textErrors: errors.text, rankingSeconds: (ranked - start).seconds,
      compensationSeconds: (clock.now - ranked).seconds)
  }

  /// Scores that a plan can be made of; of several ranks rank 0's.
  private func checked(_ own: Importance) throws -> Importance {
    try together {
      guard own.fits(model.configuration) else {
        throw InputError("strategy \(self.importance.name) gave other numbers of scores than the model has parts")
      }
    }
    let scores = try group.map { own.replacing(try $0.broadcast(own.numbers)) } ?? own
    return try together {
      guard scores.vision.isFinite, scores.text.isFinite else {
        throw InputError("scores are not finite", advice: "check the model's weights")
      }
      return scores
    }
  }
}

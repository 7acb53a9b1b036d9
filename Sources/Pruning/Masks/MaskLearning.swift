public import CLIPCheckpoints
public import CLIPCompute
import CLIPFiles
public import CLIPImageText
import CLIPLayers
public import CLIPModelShapes
import CLIPModels
import CLIPTraining
internal import CLIPUnits

/// Learns which channels, heads and hidden units of an image tower can go, while its weights learn to do without them: TinyCLIP's
/// learned masks.
///
///     let masks = try MaskLearning(loaded, budget: budget, on: pool).run(pairs)
///     let small = try masks.cut()
///
/// Each step draws all gates from their ``HardConcrete`` distributions, puts them into the weights (``GatedWeights``), takes the
/// gradient of the loss with the model as it was as teacher, and moves weights and gates. ``SparsityConstraint`` holds the
/// expected multiply-adds of one image (``ExpectedCost``) at the budget. The text tower stays whole, as budgets for one image
/// have it, and keeps its weights; the logit scale learns.
///
/// Source: automatic weight inheritance of TinyCLIP (arXiv:2309.12314, section 3.2), which is CoFi's pruning (arXiv:2204.00408)
/// with the gates of arXiv:1712.01312. Unlike there only the image tower is gated, multiply-adds are counted in the place of
/// parameters, and whole layers have no gates of their own.
public struct MaskLearning {
  /// `learned-masks`, in flags, recipes and reports.
  public static let name = "learned-masks"
  /// One line for help texts.
  public static let summary = "gates on an image tower's parts, learned together with its weights (TinyCLIP)"

  /// What is cut, and the teacher.
  public let model: LoadedModel
  /// What shall be left of one image's multiply-adds.
  public let budget: Budget
  /// How masks are learned.
  public let settings: MaskSettings
  /// The threads to work on.
  public let pool: ThreadPool
  /// Told how many samples are done, of how many.
  public var progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  /// Asked between steps.
  public var shouldStop: () -> Bool = { false }

  /// What gates start at: open with a probability of 97 %, and wide open with half of that.
  private static let start = 2.0

  /// - Throws: `InputError` for a model, a budget or settings that this cannot do, before any data is read.
  public init(
    _ model: LoadedModel, budget: Budget, _ settings: MaskSettings = MaskSettings(), on pool: ThreadPool
  ) throws {
    try Self.check(budget, of: model.model.configuration)
    try settings.check()
    // What no strategy can cut: weights that are not finite, blocks without a feed-forward layer.
    try Pruner(model, importance: RandomImportance(), on: pool).check(ShapeRequest(), nil)
    self.model = model
    self.budget = budget
    self.settings = settings
    self.pool = pool
  }

  /// Refuses what cannot be before anything is opened.
  /// - Throws: `InputError` for a budget of other things than one image or that cannot be reached, or an image tower that has
  ///   parts without gates.
  public static func check(_ budget: Budget, of dense: CLIPConfiguration) throws {
    guard budget.kind == .imageMacs else {
      throw InputError(
        "\(name) cuts the image tower alone, to multiply-adds of one image",
        advice: "give --target-image-macs 25%; in a family image-macs: 25 %")
    }
    guard dense.vision.poolType != .attention, !dense.vision.tower.hasInnerNorms else {
      throw InputError(
        "\(name) has no gates for an image tower that pools by attention or has norms inside its branches",
        advice: "take another strategy")
    }
    let gates = MaskGates(dense.vision)
    _ = try MaskSizes(dense, gates, [Double](repeating: start, count: gates.count), HardConcrete())
      .shape(within: budget.limit)
  }

  /// Learns; the same masks and weights for the same seed, on any number of threads.
  /// - Throws: `InputError` when data is damaged or learning diverges; `CancellationError` when stopped.
  public func run(_ source: any IndexedSource) throws -> LearnedMasks {
    let clock = ContinuousClock(), begin = clock.now, dense = model.model.configuration
    var training = settings.training
    training.samplesPerEpoch = settings.samples
    var batches = try TaughtBatches(source, for: model, training, losses: settings.losses)
    let steps = batches.schedule.steps, samples = steps * batches.batchSize
    var locks = TowerLocks()
    locks.locksText = true
    let engine = try TrainingEngine(
      dense, from: AnyParameters(model.parameters), locks: locks, optimizer: training.optimizer,
      precision: training.precision ?? .trainingStandard, seed: training.seed, on: pool)
    engine.recomputesActivations = training.checkpointsActivations || training.accumulation > 1
    let gates = MaskGates(dense.vision), distribution = HardConcrete(), cost = ExpectedCost(dense)
    let weights = GatedWeights(gates, of: dense, in: engine.weights, on: pool)
    var logAlphas = [Double](repeating: Self.start, count: gates.count)
    var constraint = SparsityConstraint(target: 1 - Double(budget.limit) / cost.whole, steps: steps)
    var optimizer = GateOptimizer(count: gates.count, rate: settings.rate)
    var updates = 0, faults = 0
    for step in 0..<steps {
      if shouldStop() { throw CancellationError() }
      let batch = try batches.next(on: pool)
      let (values, slopes) = gates.draw(logAlphas, distribution, seed: training.seed, step: step)
      weights.close(engine.weights, values)
      let loss = try engine.computeGradients(batch, settings.losses)
      let found = weights.gradients(values, engine.gradients)
      weights.open(engine.weights)
      let norm = engine.gradientNorm()
      guard loss.total.isFinite, norm.isFinite, found.allSatisfy(\.isFinite) else {
        faults += 1
        guard faults < 3 else {
          throw InputError(
            "learning masks diverged: no finite gradient in three steps in a row, the last of them step \(step + 1)",
            advice: "lower the learning rate of weights or of gates")
        }
        continue
      }
      (updates, faults) = (updates + 1, 0)
      engine.update(
        step: updates, rate: batches.schedule.rate(at: step),
        factor: TrainingEngine.clippingFactor(norm: norm, limit: training.gradientClip))
      let expected = Self.sparsity(logAlphas, gates, distribution, cost, width: dense.vision.width)
      let pressure = constraint.slope(expected.sparsity, at: step)
      optimizer.update(
        &logAlphas, along: gates.range.map { found[$0] * slopes[$0] + pressure * expected.slopes[$0] })
      constraint.ascend(expected.sparsity, at: step)
      progress((step + 1) * batches.batchSize, samples)
    }
    return LearnedMasks(
      dense: dense, logAlphas: logAlphas, parameters: engine.weights, budget: budget,
      seconds: (clock.now - begin).seconds, pool: pool)
  }

  /// One less the expected share of multiply-adds, and its slope along each gate's `log alpha`.
  package static func sparsity(
    _ logAlphas: [Double], _ gates: MaskGates, _ distribution: HardConcrete, _ cost: ExpectedCost, width: Int
  ) -> (sparsity: Double, slopes: [Double]) {
    let open = logAlphas.map(distribution.openProbability), sizes = gates.sums(open, width: width)
    let grown = cost.slopes(at: sizes)
    var slopes = open.map { -$0 * (1 - $0) / cost.whole }
    for index in gates.channels { slopes[index] *= grown.width }
    for layer in gates.heads.indices {
      for index in gates.heads[layer] { slopes[index] *= grown.heads[layer] }
      for index in gates.units[layer] { slopes[index] *= grown.units[layer] }
    }
    return (1 - cost(sizes) / cost.whole, slopes)
  }
}

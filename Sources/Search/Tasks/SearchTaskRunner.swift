internal import CLIPCarbonFootprint
public import CLIPCompute
public import CLIPFiles
public import CLIPRanks
internal import CLIPStudies

/// Does tasks of searches, one after another; what is alike in them, base model, data, what pruning knows, is prepared once.
public final class SearchTaskRunner {
  private let pool: ThreadPool
  private let ranks: (any RankGroup)?
  private let version: String
  private let allowsCommands: Bool
  private let observe: (CandidateTrainer.Stage) -> Void
  private let shouldStop: @Sendable () -> Bool
  private var bench: Bench?

  /// All that tasks of one search share.
  private struct Bench {
    let recorded: JSONValue, candidates: String, fingerprint: String
    let recipe: SearchRecipe
    let trainer: CandidateTrainer
    let prices: HardwarePrices
  }

  /// - Parameters:
  ///   - ranks: processes that train a candidate together, all with the same task
  ///   - version: the program's: tasks of another are refused
  ///   - allowsCommands: whether programs that a recipe's metric names are run
  public init(
    on pool: ThreadPool, ranks: (any RankGroup)? = nil, version: String, allowsCommands: Bool,
    observe: @escaping (CandidateTrainer.Stage) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.pool = pool
    self.ranks = ranks
    self.version = version
    self.allowsCommands = allowsCommands
    self.observe = observe
    self.shouldStop = shouldStop
  }

  /// Looks at the task's point, or trains, measures and prices it.
  /// - Parameter started: when it was taken, in seconds since 1970
  /// - Returns: what the coordinator takes up; nil on ranks that only helped
  /// - Throws: `InputError` where it cannot be done here; `CancellationError` when stopped.
  public func run(_ task: SearchTask, started: Double) throws -> JSONObject? {
    var meter = try EnergyMeter()
    let bench = try self.bench(task)
    guard bench.recipe.space.axes.count <= task.point.count else {
      throw InputError("the task's point has \(task.point.count) levels, fewer than the space's axes")
    }
    if let ranks, ranks.rank > 0 {
      try bench.trainer.help(task.kind, SearchLattice(bench.recipe).modelPoint(task.point))
      return nil
    }
    let result = try PointResult(
      task.kind, task.point, bench.recipe, with: bench.trainer, bench.prices, on: pool)
    meter.sample()
    let footprint = RunFootprint(
      of: meter, grid: bench.trainer.grid, pue: bench.trainer.pue, threads: pool.threads)
    return [
      "measurement": .object(result.measurement), "key": .string(result.key), "started": .number(started),
      "footprint": .object(footprint.json),
    ]
  }

  private func bench(_ task: SearchTask) throws -> Bench {
    guard task.version == version else {
      throw InputError(
        "the task was written by version \(task.version) of the program, and this is \(version)",
        advice: "all nodes need the same program")
    }
    if let bench, bench.recorded == task.recipe, bench.candidates == task.candidates,
      bench.fingerprint == task.fingerprint
    {
      return bench
    }
    bench = nil
    var recipe = try task.searchRecipe()
    recipe.allowsCommands = allowsCommands
    recipe.assessor.shouldStop = shouldStop
    try recipe.requireAllowed()
    let data = try SearchData(opening: recipe)
    let trainer = try CandidateTrainer(
      recipe, data: data, folder: task.candidates, on: pool, ranks: ranks, version: version, observe: observe,
      shouldStop: shouldStop)
    // Studies of earlier versions have fingerprints that cannot be compared.
    if task.fingerprint.hasPrefix(StudyIdentity.fingerprintVersion), trainer.fingerprint != task.fingerprint {
      throw InputError(
        "the base model or the data are others here than where the study lies",
        advice: "all nodes must see the same files under the same paths")
    }
    let made = Bench(
      recorded: task.recipe, candidates: task.candidates, fingerprint: task.fingerprint, recipe: recipe,
      trainer: trainer, prices: try HardwarePrices(recipe))
    bench = made
    return made
  }
}

internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPOptimization
internal import CLIPStudies

/// Makes a recipe's optimizer and tells it of the trials so far.
struct Proposer: Sendable {
  let recipe: SearchRecipe
  /// nil where there is nothing to choose: one model, and every accelerator is priced for it.
  let strategy: (any SearchStrategy)?
  /// In its place where shapes are looked at before they are trained.
  private let looking: LookingStrategy?
  /// Trainings before a looking search learns.
  private let firstTrainings: Int
  let lattice: SearchLattice
  /// The points that are tried before the optimizer learns.
  let first: [[Int]]

  /// First points where a recipe does not say: enough for every axis to be seen at both ends.
  private static func standardFirst(_ space: ModelSpace) -> Int { min(16, max(12, space.axes.count + 6)) }

  init(_ recipe: SearchRecipe, _ outlook: HardwareOutlook) throws {
    self.recipe = recipe
    let searched = SearchLattice(recipe)
    lattice = searched
    guard !searched.sizes.isEmpty else {
      first = [[]]
      strategy = nil
      looking = nil
      firstTrainings = 0
      return
    }
    let grid = try Lattice(searched.sizes)
    let plan = recipe.optimizer.computesCosts ? recipe.looks : nil
    let trained = recipe.initialTrials ?? Self.standardFirst(recipe.space)
    let count = min(plan?.firstLooks ?? min(trained, recipe.trials, recipe.trainings ?? .max), grid.count)
    first = InitialDesign.points(grid, count: count, seed: recipe.seed)
    let reference = [-recipe.leastAccuracy] + (try Self.worst(recipe, outlook))
    let problem = SearchProblem(
      lattice: grid, first: first, seed: recipe.seed, reference: reference,
      consequences: { try outlook.consequences($0).map(\.values) })
    strategy = try recipe.optimizer.strategy(for: problem)
    looking = plan.map { LookingStrategy(problem, $0) }
    firstTrainings = plan?.firstTrainings ?? 0
  }

  /// From where hypervolume counts, in the order of the metrics: the limit, or a tenth beyond the worst of the largest
  /// model's best accelerators where that is less.
  static func worst(_ recipe: SearchRecipe, _ outlook: HardwareOutlook) throws -> [Double] {
    var consequences = try outlook.consequences(recipe.space.largestPoint)
    if consequences.isEmpty { consequences = try outlook.consequences(recipe.space.smallestPoint) }
    return recipe.metrics.indices.map { index in
      let limit = recipe.limits.first { $0.metric == recipe.metrics[index] }?.most ?? .infinity
      let reached = consequences.map { $0.values[index] }.max() ?? limit
      return min(limit, reached * 1.1)
    }
  }

  /// The next training, or the next looks.
  func next(after trials: [Trial], looks: [Trial]) throws -> Study.Proposal? {
    if case .next(let point) = try remeasuring(after: trials) {
      return point.map { Study.Proposal(.training, points: [$0], origin: "\(recipe.optimizer.name), trained before") }
    }
    guard let looking else {
      return try propose(1, after: trials).first.map {
        Study.Proposal(.training, points: [$0.point], origin: $0.origin)
      }
    }
    let trained = observations(trials) { observation($0) }, seen = observations(looks) { Self.look($0) }
    let step = try looking.next(
      after: trained.told, looks: seen.told, pendingTrainings: trained.pending, pendingLooks: seen.pending)
    let start = Set(first), name = recipe.optimizer.name
    switch step {
    case .look(let points):
      let areFirst = points.allSatisfy(start.contains) && looks.count < first.count
      return Study.Proposal(.look, points: points, origin: areFirst ? "first points" : name)
    case .train(let point):
      return Study.Proposal(
        .training, points: [point], origin: trials.count < firstTrainings ? "first points" : name)
    case nil: return nil
    }
  }

  func observations(
    _ trials: [Trial], _ value: (Trial) -> Observation?
  ) -> (told: [Observation], pending: [[Int]]) {
    var told: [Observation] = [], pending: [[Int]] = []
    for trial in trials {
      switch trial.state {
      case .waiting, .running: pending.append(trial.point)
      case .failed: told.append(Observation(point: trial.point, values: [], noise: [], violations: []))
      case .finished:
        told.append(value(trial) ?? Observation(point: trial.point, values: [], noise: [], violations: []))
      }
    }
    return (told, pending)
  }

  private static func look(_ trial: Trial) -> Observation? {
    trial.measurement.flatMap { CandidateLook($0) }.map {
      Observation(point: trial.point, values: [-$0.accuracy.mean], noise: [$0.accuracy.standardError], violations: [])
    }
  }

  /// The next points and where each comes from.
  func propose(_ count: Int, after trials: [Trial]) throws -> [(point: [Int], origin: String)] {
    guard let strategy else { return trials.isEmpty ? [([], "the whole model")] : [] }
    let (observations, pending) = observations(trials) { observation($0) }
    let known = Set(trials.map(\.point)), start = Set(first)
    return try strategy.propose(count, after: observations, pending: pending).filter { !known.contains($0) }.map {
      ($0, start.contains($0) ? "first points" : strategy.name)
    }
  }

  func observation(_ trial: Trial) -> Observation? {
    guard let json = trial.measurement, let record = TrialRecord(json, metrics: recipe.metrics.count) else {
      return nil
    }
    let accuracy = record.measurement.accuracy(recipe.precision)
    // A floor that is missed takes off what lacks to it, so that the optimizer sees where it is kept.
    let value = accuracy.mean - recipe.lack(of: accuracy)
    guard !recipe.optimizer.computesCosts else {
      return Observation(
        point: trial.point, values: [-value], noise: [accuracy.standardError], violations: [])
    }
    guard let chosen = record.chosen else { return nil }
    return Observation(
      point: trial.point, values: [-value] + chosen.values,
      noise: [accuracy.standardError] + chosen.values.map { _ in 0 }, violations: chosen.violations)
  }
}

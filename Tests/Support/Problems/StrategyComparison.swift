public import CLIPCompute
internal import CLIPFiles
public import CLIPOptimization

/// How strategies fare on a problem: the volume dominated after each trial, over several seeds.
public struct StrategyComparison: Sendable {
  /// The volume dominated by the allowed points after each trial, in the product of the objectives' units.
  public struct Curve: Sendable {
    /// `[seeds][trials]`.
    public let volumes: [[Double]]

    /// Over seeds, after each trial.
    public var means: [Double] { statistic { $0.reduce(0, +) / Double($0.count) } }
    /// Over seeds, after each trial.
    public var medians: [Double] { quantiles(0.5) }

    /// Over seeds, after each trial, with linear interpolation; `share` from 0 to 1.
    public func quantiles(_ share: Double) -> [Double] {
      statistic { values in
        let sorted = values.sorted(), place = min(max(share, 0), 1) * Double(sorted.count - 1)
        let low = Int(place), high = min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
      }
    }

    private func statistic(_ of: ([Double]) -> Double) -> [Double] {
      guard let first = volumes.first else { return [] }
      return first.indices.map { trial in of(volumes.map { $0[trial] }) }
    }
  }

  public let problem: TestProblem
  /// Trials of each run, the initial ones among them.
  public let trials: Int
  /// Points of the initial design of those strategies that have one.
  public let first: Int
  /// How many points are proposed at once.
  public let batch: Int
  /// Whether a black box's trial counts with every hidden point that its visible part could have had, as a report counts it
  /// that prices a model on all accelerators; otherwise with its own alone.
  public let countsAllHidden: Bool

  /// - Throws: `InputError` for numbers below 1.
  public init(_ problem: TestProblem, trials: Int, first: Int = 14, batch: Int = 1, countsAllHidden: Bool = false)
    throws
  {
    guard trials > 0, first > 0, batch > 0 else {
      throw InputError("a comparison needs at least one trial, one first point and batches of one")
    }
    self.problem = problem
    self.trials = trials
    self.first = first
    self.batch = batch
    self.countsAllHidden = countsAllHidden
  }

  /// Runs a strategy once for each seed; seeds share the pool's threads.
  /// - Throws: what a strategy throws.
  public func run(_ contestant: StandardStrategy, seeds: Range<UInt64>, on pool: ThreadPool) throws -> Curve {
    let runs = Results(count: seeds.count)
    try pool.forEachThrowing(seeds.count) { index, _ in
      runs.set(index, try run(contestant, seed: seeds.lowerBound + UInt64(index)))
    }
    return Curve(volumes: runs.all)
  }

  /// A strategy for this problem with one seed.
  /// - Throws: `InputError` for a problem without points.
  public func strategy(_ contestant: StandardStrategy, seed: UInt64) throws -> any SearchStrategy {
    let lattice = contestant.computesCosts ? try problem.visibleLattice : problem.lattice
    let design = InitialDesign.points(lattice, count: first, seed: seed)
    return contestant.strategy(
      for: SearchProblem(
        lattice: lattice, first: design, seed: seed, reference: problem.reference,
        consequences: { [problem] in problem.consequences($0) }))
  }

  /// The volume after each trial of one run; a trial counts with its true values, not with the noisy ones told.
  public func run(_ contestant: StandardStrategy, seed: UInt64) throws -> [Double] {
    let strategy = try strategy(contestant, seed: seed)
    var random = Philox(seed: seed, purpose: .search, index: 3 << 60)
    var observations: [Observation] = [], front: [[Double]] = [], curve: [Double] = []
    while curve.count < trials {
      let points = try strategy.propose(min(batch, trials - curve.count), after: observations, pending: [])
      if points.isEmpty { break }
      for point in points {
        if contestant.computesCosts {
          observations.append(problem.measured(point, using: &random))
          front += problem.outcomes(point)
        } else {
          observations.append(problem.observation(point, using: &random))
          let (values, violations) = problem.evaluate(point)
          if countsAllHidden {
            front += problem.outcomes(Array(point.prefix(problem.visibleAxes)))
          } else if violations.allSatisfy({ $0 <= 0 }) {
            front.append(values)
          }
        }
        front = ParetoFront.indices(front).map { front[$0] }
        curve.append(Hypervolume.of(front, reference: problem.reference))
      }
    }
    // A lattice that is exhausted stays where it is.
    let last = curve.last ?? 0
    return curve + Array(repeating: last, count: trials - curve.count)
  }

  /// Runs the search with looks once for each seed; seeds share the pool's threads.
  /// - Returns: the volume after so many trials' worth of cost, looks counted
  /// - Throws: what the strategy throws, and `InputError` for a problem without looks.
  public func runLooking(_ plan: LookingStrategy.Plan, seeds: Range<UInt64>, on pool: ThreadPool) throws -> Curve {
    let runs = Results(count: seeds.count)
    try pool.forEachThrowing(seeds.count) { index, _ in
      runs.set(index, try runLooking(plan, seed: seeds.lowerBound + UInt64(index)))
    }
    return Curve(volumes: runs.all)
  }

  /// One run with looks. Only what was trained counts.
  public func runLooking(_ plan: LookingStrategy.Plan, seed: UInt64) throws -> [Double] {
    guard let looks = problem.looks else { throw InputError("\(problem.name) has no looks") }
    let lattice = try problem.visibleLattice
    var search = SearchProblem(
      lattice: lattice, first: InitialDesign.points(lattice, count: plan.firstLooks, seed: seed), seed: seed,
      reference: problem.reference, consequences: { [problem] in problem.consequences($0) })
    search.size = looks.size
    let strategy = LookingStrategy(search, plan)
    var random = Philox(seed: seed, purpose: .search, index: 3 << 60)
    var trained: [Observation] = [], seen: [Observation] = [], front: [[Double]] = [], spent = 0.0
    var curve = [Double](repeating: 0, count: trials)
    while let step = try strategy.next(after: trained, looks: seen) {
      switch step {
      case .look(let points):
        for point in points {
          let (value, error) = looks.see(point, seed)
          seen.append(Observation(point: point, values: [value], noise: [error], violations: []))
          spent += looks.cost
        }
      case .train(let point):
        spent += 1
        trained.append(problem.measured(point, using: &random))
        front += problem.outcomes(point)
        front = ParetoFront.indices(front).map { front[$0] }
      }
      let place = max(0, Int(spent.rounded(.up)) - 1)
      guard place < trials else { break }
      let volume = Hypervolume.of(front, reference: problem.reference)
      for later in place..<trials { curve[later] = volume }
    }
    return curve
  }
}

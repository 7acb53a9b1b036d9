import CLIPCompute
import CLIPFiles
import CLIPOptimization
import CLIPTestProblems
import Testing

@Suite("Searches that look before they train")
struct LookingStrategyTests {
  /// Four axes that accuracy depends on and one that only costs do, with looks that see accuracies on another scale, and
  /// with some luck.
  private static func problem(luck: Double = 0.1) throws -> TestProblem {
    @Sendable func accuracy(_ point: [Int]) -> Double {
      let x = point.prefix(4).map { Double($0) / 4 }
      let unfit = (x[0] - x[1]) * (x[0] - x[1]) + 0.5 * (x[2] - x[3]) * (x[2] - x[3])
      return 0.1 + 0.8 * (1 - (1 - x[0]) * (1 - 0.7 * x[1])) * (0.4 + 0.4 * x[2] + 0.2 * x[3]) * (1 - 0.4 * unfit)
    }
    var problem = try TestProblem(
      name: "small", sizes: [5, 5, 5, 5, 2], visibleAxes: 4, reference: [0, 3], noise: 0.005
    ) { point in
      let x = point.map { Double($0) / 4 }
      let work = 0.1 + x[0] * (0.5 + 1.2 * x[1]) + 0.6 * x[2] + 0.3 * x[3] * x[3]
      return ([-accuracy(point), point[4] == 0 ? work : 0.4 + 0.7 * work], [])
    }
    problem.looks = .init(cost: 0.08) { point, seed in
      var number: UInt64 = 0
      for level in point { number = number &* 7 &+ UInt64(level) }
      var random = Philox(seed: seed, purpose: .test, index: number)
      let shown = 0.6 * accuracy(point) * (1 + luck * Double(random.normal()))
      return (-min(0.98, max(0.02, shown)), 0.01)
    }
    return problem
  }

  private static func strategy(_ problem: TestProblem, _ plan: LookingStrategy.Plan) throws -> LookingStrategy {
    let lattice = try problem.visibleLattice
    return LookingStrategy(
      SearchProblem(
        lattice: lattice, first: InitialDesign.points(lattice, count: plan.firstLooks, seed: 3), seed: 3,
        reference: problem.reference, consequences: { problem.consequences($0) }), plan)
  }

  @Test("at equal cost, looks counted, it has more than the grey box without looks")
  func pays() throws {
    let problem = try Self.problem(), pool = ThreadPool(threads: 2), cost = 12
    let comparison = try StrategyComparison(problem, trials: cost, first: 8)
    let plain = try comparison.run(.greyBox, seeds: 0..<3, on: pool).medians
    let looking = try comparison.runLooking(
      .init(firstLooks: 16, firstTrainings: 3, looksPerTraining: 4), seeds: 0..<3, on: pool
    )
    .medians
    #expect(looking[cost - 1] > plain[cost - 1], "\(looking[cost - 1]) beside \(plain[cost - 1])")
    #expect(zip(looking, looking.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("what is pending is neither looked at nor trained again, and steps do not depend on the order of what is told")
  func pending() throws {
    let problem = try Self.problem(),
      plan = LookingStrategy.Plan(firstLooks: 10, firstTrainings: 2, looksPerTraining: 3)
    let strategy = try Self.strategy(problem, plan)
    var random = Philox(seed: 1, purpose: .test), trained: [Observation] = [], seen: [Observation] = []
    var training: [[Int]] = [], looking: [[Int]] = [], steps = 0, looks = 0
    while steps < 24 {
      steps += 1
      let step = try strategy.next(
        after: trained, looks: seen, pendingTrainings: training, pendingLooks: looking)
      let turned = try strategy.next(
        after: trained.reversed(), looks: seen.reversed(), pendingTrainings: training.reversed(),
        pendingLooks: looking.reversed())
      #expect(step == turned)
      switch step {
      case .look(let points):
        #expect(Set(points).count == points.count)
        #expect(Set(points).isDisjoint(with: seen.map(\.point) + looking + trained.map(\.point) + training))
        looking += points
        looks += points.count
      case .train(let point):
        #expect(!(trained.map(\.point) + training).contains(point) && seen.map(\.point).contains(point))
        training.append(point)
      case nil: Issue.record("nothing left after \(steps) steps")
      }
      // Two looks and a training of three end, the others go on.
      for point in looking.prefix(2) {
        let (value, error) = try #require(problem.looks).see(point, 0)
        seen.append(Observation(point: point, values: [value], noise: [error], violations: []))
      }
      looking.removeFirst(min(2, looking.count))
      if training.count > 2 { trained.append(problem.measured(training.removeFirst(), using: &random)) }
    }
    #expect(
      looks == plan.firstLooks + plan.looksPerTraining
        * max(0, trained.count + training.count - plan.firstTrainings + 1)
        || looks == plan.firstLooks + plan.looksPerTraining
          * max(0, trained.count + training.count - plan.firstTrainings)
    )
  }

  @Test("failed looks and trainings are not tried again, and a small lattice is trained to its last point")
  func exhausted() throws {
    var problem = try TestProblem(name: "small", sizes: [3, 2, 2], visibleAxes: 2, reference: [0, 10]) { point in
      ([-0.1 - 0.2 * Double(point[0]) - 0.1 * Double(point[1]), Double(point[0] + point[1] + point[2]) + 1], [])
    }
    problem.looks = .init(cost: 0.1) { point, _ in (-0.05 - 0.1 * Double(point[0] + point[1]), 0.01) }
    let strategy = try Self.strategy(problem, .init(firstLooks: 4, firstTrainings: 2, looksPerTraining: 2))
    var random = Philox(seed: 1, purpose: .test), trained: [Observation] = [], seen: [Observation] = []
    while let step = try strategy.next(after: trained, looks: seen) {
      switch step {
      case .look(let points):
        for point in points {
          let (value, error) = try #require(problem.looks).see(point, 0)
          seen.append(
            Observation(point: point, values: point == [1, 1] ? [] : [value], noise: [error], violations: []))
        }
      case .train(let point):
        trained.append(
          point == [2, 1]
            ? Observation(point: point, values: [], noise: [], violations: [])
            : problem.measured(point, using: &random))
      }
      try #require(trained.count + seen.count < 20)
    }
    #expect(Set(seen.map(\.point)).count == 6 && seen.count == 6)
    #expect(Set(trained.map(\.point)).count == trained.count && trained.count == 5)
    #expect(!trained.map(\.point).contains([1, 1]))
  }
}

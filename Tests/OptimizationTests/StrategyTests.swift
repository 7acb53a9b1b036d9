import CLIPCompute
import CLIPFiles
import CLIPOptimization
import CLIPTestProblems
import CLIPTestSupport
import Testing

@Suite("Strategies")
struct StrategyTests {
  static let names = StandardStrategy.allCases

  private static func tell(
    _ problem: TestProblem, _ contestant: StandardStrategy, _ points: [[Int]]
  ) -> [Observation] {
    var random = Philox(seed: 77, purpose: .test)
    return points.map {
      contestant == .greyBox ? problem.measured($0, using: &random) : problem.observation($0, using: &random)
    }
  }

  private static func comparison(trials: Int = 30) throws -> StrategyComparison {
    try StrategyComparison(.coDesign(), trials: trials, first: 12)
  }

  @Test("no point is proposed twice, nor one that is pending, and all are on the lattice", arguments: names)
  func fresh(contestant: StandardStrategy) throws {
    let comparison = try Self.comparison(), problem = comparison.problem
    let strategy = try comparison.strategy(contestant, seed: 5)
    let lattice = contestant == .greyBox ? try problem.visibleLattice : problem.lattice
    var told: [[Int]] = [], pending: [[Int]] = []
    for _ in 0..<9 {
      let proposed = try strategy.propose(3, after: Self.tell(problem, contestant, told), pending: pending)
      #expect(proposed.count == 3 && Set(proposed).count == 3)
      #expect(proposed.allSatisfy { lattice.contains($0) })
      #expect(Set(proposed).isDisjoint(with: told + pending))
      // Two of three finish, one goes on.
      pending.append(contentsOf: proposed)
      told.append(contentsOf: pending.prefix(2))
      pending.removeFirst(2)
    }
  }

  @Test("the same seed and trials give the same proposals, in whatever order they are told", arguments: names)
  func deterministic(contestant: StandardStrategy) throws {
    let comparison = try Self.comparison(), problem = comparison.problem
    let lattice = contestant == .greyBox ? try problem.visibleLattice : problem.lattice
    let told = Self.tell(problem, contestant, InitialDesign.points(lattice, count: 18, seed: 1))
    let pending = [lattice.smallestPoint.replacingFirst(by: 1), lattice.largestPoint.replacingFirst(by: 2)]
    let strategy = try comparison.strategy(contestant, seed: 5)
    let one = try strategy.propose(2, after: told, pending: pending)
    let again = try strategy.propose(2, after: told, pending: pending)
    let turned = try strategy.propose(2, after: told.reversed(), pending: pending.reversed())
    #expect(one == again)
    #expect(one == turned)
    // Models may agree whatever the draws; chance does not.
    let other = try comparison.strategy(contestant, seed: 6).propose(2, after: told, pending: pending)
    #expect(one != other || contestant == .greyBox || contestant == .blackBox)
  }

  @Test("a lattice is proposed to its last point, and then nothing", arguments: names)
  func exhausted(contestant: StandardStrategy) throws {
    let problem = try TestProblem(name: "small", sizes: [3, 2, 2], reference: [10, 10]) { point in
      ([Double(point[0] + point[1]), Double(4 - point[0] - point[2])], [])
    }
    let comparison = try StrategyComparison(problem, trials: 12, first: 4)
    let strategy = try comparison.strategy(contestant, seed: 1)
    var told: [[Int]] = []
    for _ in 0..<4 {
      let proposed = try strategy.propose(5, after: Self.tell(problem, contestant, told), pending: [])
      #expect(proposed.count == min(5, 12 - told.count))
      told += proposed
    }
    #expect(Set(told).count == 12)
  }

  @Test("trials that failed are not proposed again and teach nothing", arguments: names)
  func failed(contestant: StandardStrategy) throws {
    let comparison = try Self.comparison(), problem = comparison.problem
    let lattice = contestant == .greyBox ? try problem.visibleLattice : problem.lattice
    let design = InitialDesign.points(lattice, count: 20, seed: 1)
    let strategy = try comparison.strategy(contestant, seed: 5)
    let failures = design.map { Observation(point: $0, values: [], noise: [], violations: []) }
    let proposed = try strategy.propose(4, after: failures, pending: [])
    #expect(proposed.count == 4 && Set(proposed).isDisjoint(with: design))
    let mixed = Self.tell(problem, contestant, Array(design.prefix(16))) + failures.suffix(4)
    let next = try strategy.propose(4, after: mixed, pending: [])
    #expect(Set(next).isDisjoint(with: design))
  }

  @Test("the first points are proposed in order, without those that are known")
  func first() throws {
    let lattice = try Lattice([4, 4])
    let design = [[3, 3], [0, 0], [0, 3], [1, 2]]
    let strategy = BlackBoxStrategy(lattice: lattice, first: design, seed: 1)
    let start = try strategy.propose(2, after: [], pending: [])
    let next = try strategy.propose(2, after: [], pending: [[0, 0], [3, 3]])
    #expect(start == [[3, 3], [0, 0]])
    #expect(next == [[0, 3], [1, 2]])
  }

  @Test("the grey box never proposes what no accelerator can run, nor asks for costs without end")
  func limits() throws {
    let lattice = try Lattice(Array(repeating: 5, count: 8))
    let asked = Counter()
    let strategy = GreyBoxStrategy(
      lattice: lattice, first: InitialDesign.points(lattice, count: 12, seed: 2), seed: 3, reference: [0, 40]
    ) { point in
      asked.add()
      let size = point.reduce(0, +)
      return size > 14 ? [] : [[Double(size) + 2], [Double(size) + 3]]
    }
    var told: [Observation] = []
    for _ in 0..<16 {
      let point = try #require(try strategy.propose(1, after: told, pending: []).first)
      #expect(point.reduce(0, +) <= 14)
      #expect(asked.take() <= 400 + told.count + 12)
      let value = -point.enumerated().reduce(0) { $0 + Double($1.element) / Double($1.offset + 1) }
      told.append(Observation(point: point, values: [value], noise: [0.01], violations: []))
    }
    let nowhere = GreyBoxStrategy(lattice: try Lattice([3, 3]), first: [[0, 0]], seed: 1) { _ in [] }
    let none = try nowhere.propose(3, after: [], pending: [])
    #expect(none.isEmpty)
  }

  @Test("observations that cannot be used are refused, each with what is wrong with it")
  func refused() throws {
    let lattice = try Lattice([3, 3]), strategy = BlackBoxStrategy(lattice: lattice, first: [], seed: 1)
    func refusal(_ observations: [Observation], pending: [[Int]] = []) -> String {
      message { _ = try strategy.propose(1, after: observations, pending: pending) }
    }
    let good = Observation(point: [0, 0], values: [1, 2], noise: [0, 0], violations: [])
    var bad = good
    bad.values = [1, .nan]
    #expect(
      refusal([bad])
        == "observation at [0, 0] holds a number that is not finite; tell a trial that failed without any values")
    bad = good
    bad.point = [0, 3]
    #expect(refusal([bad]) == "observed point [0, 3] is not on the lattice of [3, 3] levels")
    #expect(refusal([], pending: [[9]]) == "pending point [9] is not on the lattice of [3, 3] levels")
    bad = good
    bad.noise = [0]
    #expect(refusal([bad]) == "observation at [0, 0] has 1 standard errors for 2 values")
    bad.noise = [0, -1]
    #expect(refusal([bad]) == "observation at [0, 0] has a standard error below 0")
    bad = good
    bad.violations = [0]
    #expect(
      refusal([good, bad]) == "observation at [0, 0] has other numbers of values or constraints than the first one")
    let many = message { _ = try strategy.propose(10_001, after: [], pending: []) }
    #expect(many == "from 0 to 10000 points can be proposed at once, asked for 10001")
    let wrong = BlackBoxStrategy(lattice: lattice, first: [], seed: 1, reference: [1])
    let other = Observation(point: [1, 0], values: [2, 1], noise: [0, 0], violations: [])
    let text = message { _ = try wrong.propose(1, after: [good, other], pending: []) }
    #expect(text == "the reference point must be 2 finite numbers, found [1.0]")
  }

  @Test("a black box learns where the constraints are met")
  func constraints() throws {
    let problem = try TestProblem.osy()
    let comparison = try StrategyComparison(problem, trials: 40, first: 14)
    let strategy = try comparison.strategy(.blackBox, seed: 2)
    var random = Philox(seed: 1, purpose: .test)
    var told: [Observation] = []
    while told.count < 40 {
      told += try strategy.propose(2, after: told, pending: []).map { problem.observation($0, using: &random) }
    }
    // Of all points 4 % are allowed.
    let all = (0..<2000).filter { _ in
      problem.evaluate(problem.lattice.randomPoint(using: &random)).violations.allSatisfy { $0 <= 0 }
    }
    #expect(all.count < 200)
    #expect(told.suffix(20).filter(\.isFeasible).count >= 10)
  }

  @Test("points that others try are counted on: a batch is not one place many times")
  func batches() throws {
    // One axis, one cost: around the best value all neighbors look equally good.
    let lattice = try Lattice([200])
    let strategy = GreyBoxStrategy(lattice: lattice, first: [], seed: 4, reference: [0, 2]) { _ in [[1]] }
    func value(_ level: Int) -> Double { -1 + pow2((Double(level) - 130) / 200) }
    let told = [0, 40, 80, 160, 199].map {
      Observation(point: [$0], values: [value($0)], noise: [0], violations: [])
    }
    let alone = try strategy.propose(1, after: told, pending: [])[0]
    let beside = try strategy.propose(1, after: told, pending: [alone])[0]
    #expect(abs(alone[0] - 130) < 15)
    #expect(abs(beside[0] - alone[0]) > 2)
  }

  @Test("constant values and single objectives still give proposals", arguments: [1, 2, 3, 4])
  func degenerate(objectives: Int) throws {
    let lattice = try Lattice([4, 4, 4])
    let told = InitialDesign.points(lattice, count: 8, seed: 1).map {
      Observation(
        point: $0, values: Array(repeating: 2, count: objectives), noise: Array(repeating: 0, count: objectives),
        violations: [-1, 3])
    }
    let strategy = BlackBoxStrategy(lattice: lattice, first: [], seed: 1)
    let proposed = try strategy.propose(3, after: told, pending: [[1, 1, 1]])
    #expect(proposed.count == 3)
    let grey = GreyBoxStrategy(lattice: lattice, first: [], seed: 1) { point in
      (0..<objectives).map { _ in Array(repeating: Double(point[0]), count: objectives) }
    }
    let next = try grey.propose(
      3, after: told.map { Observation(point: $0.point, values: [5], noise: [0], violations: []) },
      pending: [[1, 1, 1]])
    #expect(next.count == 3)
  }

  @Test("after 30 trials the grey box dominates more than any black box, and those with a model more than random")
  func order() throws {
    let comparison = try Self.comparison(trials: 30), pool = ThreadPool(threads: 2)
    func final(_ contestant: StandardStrategy) throws -> Double {
      let curve = try comparison.run(contestant, seeds: 0..<3, on: pool)
      #expect(curve.volumes.allSatisfy { zip($0, $0.dropFirst()).allSatisfy { $0 <= $1 } })
      return try #require(curve.means.last)
    }
    let grey = try final(.greyBox), black = try final(.blackBox), random = try final(.random),
      genetic = try final(.nsga2)
    #expect(grey > black && grey > genetic)
    #expect(black > random + 0.02)
    #expect(grey > random + 0.04)
  }
}

private func pow2(_ value: Double) -> Double { value * value }

private final class Counter: @unchecked Sendable {
  // Strategies call on one thread.
  private var count = 0
  func add() { count += 1 }
  func take() -> Int {
    defer { count = 0 }
    return count
  }
}

extension [Int] {
  fileprivate func replacingFirst(by value: Int) -> [Int] { [value] + dropFirst() }
}

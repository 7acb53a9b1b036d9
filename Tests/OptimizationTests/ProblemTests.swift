import CLIPCompute
import CLIPOptimization
import CLIPTestProblems
import Testing

@Suite("Test problems and acquisition")
struct ProblemTests {
  @Test("values and constraints are BoTorch's, constraints up to a factor")
  func values() throws {
    let golden = try Goldens.load().problems
    let problems: [TestProblem] = [
      try .dtlz2(), try .dtlz2(objectives: 3), try .bnh(), try .osy(), try .discBrake(), try .coDesign(),
    ]
    for problem in problems {
      for row in try #require(golden[problem.name]) {
        let found = problem.evaluate(row.point)
        for (value, expected) in zip(found.values, row.values) {
          #expect(abs(value - expected) < 1e-9 * max(1, abs(expected)))
        }
        #expect(found.violations.count == row.violations.count)
        for (value, expected) in zip(found.violations, row.violations) {
          #expect((value > 1e-9) == (expected > 1e-9), "\(problem.name) \(row.point)")
        }
      }
    }
  }

  @Test("what a visible point leads to is the front over the hidden axes within the limits")
  func consequences() throws {
    let problem = try TestProblem.coDesign()
    var random = Philox(seed: 3, purpose: .test)
    let visible = try problem.visibleLattice
    for _ in 0..<3 {
      let point = visible.randomPoint(using: &random)
      var all: [[Double]] = []
      for number in 0..<256 {
        let hidden = [number / 64, number / 16 % 4, number / 4 % 4, number % 4]
        let (values, violations) = problem.evaluate(point + hidden)
        if violations.allSatisfy({ $0 <= 0 }) { all.append([values[1]]) }
      }
      let best = all.map { $0[0] }.min()
      #expect(problem.consequences(point).map { $0[0] }.min() == best)
    }
  }

  @Test("the best volume is that of all allowed points, and trying all of them reaches it")
  func bestVolume() throws {
    let problem = try TestProblem.bnh(levels: 12)
    let all = (0..<144).map { problem.evaluate(problem.lattice.point(at: $0)) }
    let allowed = all.filter { $0.violations.allSatisfy { $0 <= 0 } }.map(\.values)
    let best = try problem.bestVolume(on: ThreadPool(threads: 2))
    #expect(best == Hypervolume.of(allowed, reference: problem.reference))
    let comparison = try StrategyComparison(problem, trials: 144)
    let random = try comparison.run(.random, seed: 1)
    #expect(abs((random.last ?? 0) - best) < 1e-9 * best)
  }

  @Test("the expected gain is the mean of the volume gained", arguments: [2, 3, 4])
  func expectedGain(objectives: Int) {
    var random = Philox(seed: 21, purpose: .test)
    func vector(_ count: Int) -> [Double] { (0..<count).map { _ in Double(random.uniform()) } }
    let reference = [Double](repeating: 0.9, count: objectives), costReference = Array(reference.dropFirst())
    let sets = (0..<5).map { _ in
      (first: vector(1)[0], costs: (0..<3).map { _ in vector(objectives - 1) })
    }
    let front = SlicedFront(
      sets.map { (first: $0.first, rest: Staircase($0.costs, reference: costReference)) }, reference: reference)
    var grown = SlicedFront([], reference: reference)
    for set in sets { grown.insert(first: set.first, rest: Staircase(set.costs, reference: costReference)) }
    let points = sets.flatMap { set in set.costs.map { [set.first] + $0 } }
    let before = Hypervolume.of(points, reference: reference)
    for _ in 0..<4 {
      let costs = (0..<3).map { _ in vector(objectives - 1) }, stairs = Staircase(costs, reference: costReference)
      let value = Double(random.uniform())
      // A certain value gains what the whole volume grows by.
      let exact = Hypervolume.of(points + costs.map { [value] + $0 }, reference: reference) - before
      #expect(abs(front.expectedGain(stairs, mean: value, spread: 0) - exact) < 1e-12)
      #expect(abs(grown.expectedGain(stairs, mean: value, spread: 0) - exact) < 1e-12)
      // An uncertain one the mean of that, by a sum over quantiles.
      let count = 2000, spread = 0.3
      var sum = 0.0
      for step in 0..<count {
        let z = NormalDistribution.quantile((Double(step) + 0.5) / Double(count))
        sum += front.expectedGain(stairs, mean: value + spread * z, spread: 0)
      }
      let found = front.expectedGain(stairs, mean: value, spread: spread)
      #expect(abs(found - sum / Double(count)) < 2e-4)
    }
  }

  @Test("the normal distribution is scipy's, in its tails too")
  func normal() throws {
    let golden = try Goldens.load()
    for pair in golden.quantiles {
      #expect(
        abs(NormalDistribution.quantile(pair[0]) - pair[1]) < 1e-9 * max(1, abs(pair[1]))
          + (pair[0] > 0.9999 ? 1e-4 : 0))
    }
    for pair in golden.logExpectedExcess {
      #expect(abs(NormalDistribution.logExpectedExcess(pair[0]) - pair[1]) < 1e-9)
    }
    // Both forms agree where one takes over from the other.
    let below = NormalDistribution.logExpectedExcess(-6.0000001),
      above = NormalDistribution.logExpectedExcess(-5.9999999)
    #expect(abs(below - above) < 2e-4)
    #expect(NormalDistribution.logExpectedExcess(-1000) < -499_000)
  }
}

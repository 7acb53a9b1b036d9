import CLIPCompute
import CLIPFiles
import Foundation
import CLIPOptimization
import CLIPTestProblems
import CLIPSearch
import Synchronization

/// A search among really trained candidates: their accuracies from a recorded table, their costs from the estimator.
///
/// The table holds some of the space's shapes. Between them a Gaussian process speaks that was fitted to the whole table, a
/// surrogate as in NAS-Bench-301 (arXiv:2008.09777); ``misfit`` says how well it predicts a shape that it has not seen.
struct RecordedSearch {
  private(set) var problem: TestProblem
  /// Looks at the candidates, where there are any.
  let looks: RecordedLooks?
  /// Root mean square of what leave-one-out predictions are off, and the table's standard deviation: shares of 1.
  let misfit: Double, spread: Double
  let count: Int
  private let surrogate: Surrogate
  private let outlook: HardwareOutlook
  private let space: ModelSpace

  /// - Parameters:
  ///   - path: a table as `Benchmarks candidates` records it
  ///   - recipe: of the same model space; it says what is counted and which accelerators there are
  ///   - looksPath: looks at the same candidates, as `Benchmarks looks` records them; nil for a search without
  init(_ path: String, recipe: SearchRecipe, looks looksPath: String? = nil, on pool: ThreadPool) throws {
    let space = recipe.space
    var points: [[Int]] = [], accuracies: [Double] = [], errors: [Double] = []
    for line in try TextFile.lines(of: path) {
      guard let row = try JSONParser.parse(line).objectValue, let sizes = row["shape"]?.objectValue,
        let point = space.point(sizes), let measured = row["measurement"]?["int8"],
        let accuracy = measured["mean_recall@1"]?.doubleValue, let error = measured["standard_error"]?.doubleValue
      else { throw InputError("a line is no candidate of this model space", file: path) }
      points.append(point)
      accuracies.append(accuracy)
      errors.append(error)
    }
    let lattice = try Lattice(space.axes.map(\.sizes.count))
    let process = try GaussianProcess(
      inputs: points.map(lattice.coordinates), outputs: accuracies, noise: errors)
    let squares = zip(process.leaveOneOut(), accuracies).map { ($0.mean - $1) * ($0.mean - $1) }
    misfit = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    let mean = accuracies.reduce(0, +) / Double(accuracies.count)
    spread = (accuracies.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(accuracies.count)).squareRoot()
    count = points.count
    let outlook = try HardwareOutlook(recipe, on: pool)
    let surrogate = Surrogate(process, lattice)
    self.outlook = outlook
    self.surrogate = surrogate
    self.space = space
    guard case .space(let hardware) = recipe.hardware, recipe.metrics.count == 1 else {
      throw InputError("a comparison needs a space of accelerators and one cost")
    }
    let dense = try outlook.consequences(space.largestPoint).map { $0.values[0] }.min() ?? 0
    let visible = lattice.axes, noise = errors.reduce(0, +) / Double(errors.count), limits = recipe.limits
    let metric = recipe.metrics[0]
    let looks = try looksPath.map {
      try RecordedLooks($0, points, accuracies, space, on: lattice, surrogate: { surrogate.accuracy($0) })
    }
    self.looks = looks
    problem = try TestProblem(
      name: "recorded", sizes: lattice.sizes + hardware.knobSizes, visibleAxes: visible,
      reference: [-0.3, 1.2 * dense],
      noise: noise,
      consequences: { point in
        ((try? outlook.consequences(point)) ?? []).map(\.values)
      },
      evaluate: { point in
        let accuracy = surrogate.accuracy(Array(point.prefix(visible)))
        let number = hardware.number(of: Array(point.dropFirst(visible)))
        guard let found = try? outlook.assessment(Array(point.prefix(visible)), design: number) else {
          return ([-accuracy, 10 * dense], [1])
        }
        return ([-accuracy, found.value(of: metric)], limits.map { found.value(of: $0.metric) / $0.most - 1 })
      })
    problem.looks = looks.map { looks in
      var own = TestProblem.Looks(cost: looks.cost) { looks.see($0, seed: $1) }
      own.size = { try space.size($0) }
      return own
    }
  }

  /// The volume of the front of all shapes on the short list's accelerators.
  func bestVolume(on pool: ThreadPool) throws -> Double {
    let count = space.count, chunk = 500, chunks = (count + chunk - 1) / chunk
    let lattice = try problem.visibleLattice
    let fronts = Mutex<[[Double]]>([])
    try pool.forEachThrowing(chunks) { index, _ in
      var found: [[Double]] = []
      for number in index * chunk..<min(count, (index + 1) * chunk) {
        found += problem.outcomes(lattice.point(at: number))
      }
      let front = ParetoFront.indices(found).map { found[$0] }
      fronts.withLock { $0 += front }
    }
    let all = fronts.withLock { $0 }
    return Hypervolume.of(ParetoFront.indices(all).map { all[$0] }, reference: problem.reference)
  }

  /// Remembers what it said: searches ask for the same shapes again and again.
  private final class Surrogate: Sendable {
    private let process: GaussianProcess
    private let lattice: Lattice
    private let known = Mutex<[[Int]: Double]>([:])

    init(_ process: GaussianProcess, _ lattice: Lattice) {
      self.process = process
      self.lattice = lattice
    }

    func accuracy(_ point: [Int]) -> Double {
      if let found = known.withLock({ $0[point] }) { return found }
      let mean = process.posterior(at: lattice.coordinates(of: point)).mean
      known.withLock { $0[point] = mean }
      return mean
    }
  }
}

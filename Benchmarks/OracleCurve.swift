import CLIPCompute
import CLIPFiles
import CLIPOptimization
import CLIPTestProblems
import Synchronization

/// What nobody can beat by much: the volume of so many model shapes chosen with all accuracies known, each the one that adds
/// most (greedily, which is within 1 - 1/e of the best choice and usually next to it).
///
/// A front of many shapes cannot be had with few trials, however well they are chosen; this says how much of it can.
enum OracleCurve {
  /// The volume after each of `count` shapes.
  static func volumes(_ problem: TestProblem, count: Int, on pool: ThreadPool) throws -> [Double] {
    let lattice = try problem.visibleLattice, chunk = 500
    let chunks = (lattice.count + chunk - 1) / chunk
    let found = Mutex<[(shape: Int, values: [Double])]>([])
    try pool.forEachThrowing(chunks) { index, _ in
      var part: [(shape: Int, values: [Double])] = []
      for number in index * chunk..<min(lattice.count, (index + 1) * chunk) {
        part += problem.outcomes(lattice.point(at: number)).map { (number, $0) }
      }
      let front = ParetoFront.indices(part.map(\.values)).map { part[$0] }
      found.withLock { $0 += front }
    }
    let all = found.withLock {
      $0.sorted { ($0.shape, $0.values[0], $0.values[1]) < ($1.shape, $1.values[0], $1.values[1]) }
    }
    // Only shapes of the whole front are worth choosing; each brings all its accelerators.
    let shapes = Set(ParetoFront.indices(all.map(\.values)).map { all[$0].shape }).sorted()
    var outcomes = shapes.map { problem.outcomes(lattice.point(at: $0)) }
    var chosen: [[Double]] = [], volumes: [Double] = []
    while volumes.count < count, !outcomes.isEmpty {
      var best = (index: 0, volume: -1.0, front: chosen)
      for (index, points) in outcomes.enumerated() {
        let together = chosen + points
        let front = ParetoFront.indices(together).map { together[$0] }
        let volume = Hypervolume.of(front, reference: problem.reference)
        if volume > best.volume { best = (index, volume, front) }
      }
      chosen = best.front
      volumes.append(best.volume)
      outcomes.remove(at: best.index)
    }
    return volumes + Array(repeating: volumes.last ?? 0, count: count - volumes.count)
  }
}

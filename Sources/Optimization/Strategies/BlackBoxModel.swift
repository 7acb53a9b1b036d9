internal import CLIPCompute
internal import CLIPSystem

/// One proposal's state: processes of all objectives and constraints, and drawn fronts.
struct BlackBoxModel {
  private let lattice: Lattice
  private let reference: [Double], restReference: [Double]
  private var objectives: [PosteriorSamples] = []
  private var constraints: [GaussianProcess] = []
  private var normals: SampleNormals
  /// One a draw.
  private var fronts: [SlicedFront] = []
  private let frontPoints: [[Int]]
  /// The normal numbers of a candidate's later objectives, the same for all candidates: `[objectives - 1][draws]`.
  private let candidateNormals: [[Double]]
  private var reserved: [[Double]]

  private static let draws = 64, drawsOfManyObjectives = 16
  private static let randomCandidates = 1000, climbs = 4, longestClimb = 15

  /// - Returns: nil where a process cannot be drawn from.
  init?(_ told: Observations, strategy: BlackBoxStrategy) throws {
    lattice = strategy.lattice
    let inputs = told.usable.map { strategy.lattice.coordinates(of: $0.point) }
    let feasible = told.usable.filter(\.isFeasible)
    reference = try ReferencePoint.resolve(
      strategy.reference, points: (feasible.isEmpty ? told.usable : feasible).map(\.values),
      objectives: told.objectives)
    restReference = Array(reference.dropFirst())
    frontPoints = Array(
      Set(ParetoFront.indices(feasible.map(\.values)).map { feasible[$0].point }).sorted { $0.stands(before: $1) }
        .prefix(24))
    var normals = SampleNormals(
      count: told.objectives <= 3 ? Self.draws : Self.drawsOfManyObjectives, seed: strategy.seed, stream: told.stream)
    candidateNormals = (1..<max(told.objectives, 1)).map { _ in normals.next() }
    reserved = (0..<4 * told.objectives).map { _ in normals.next() }
    constraints = try (0..<told.constraints).map { index in
      try GaussianProcess(
        inputs: inputs, outputs: told.usable.map { $0.violations[index] }, noise: told.usable.map { _ in 0 },
        trend: true)
    }
    self.normals = normals
    for index in 0..<told.objectives {
      // With a dozen points and as many axes more noise would explain away what the axes do.
      let process = try GaussianProcess(
        inputs: inputs, outputs: told.usable.map { $0.values[index] }, noise: told.usable.map { $0.noise[index] },
        trend: true, learnsNoise: false)
      guard let samples = PosteriorSamples(process, normals: &self.normals) else { return nil }
      objectives.append(samples)
    }
    fronts = (0..<normals.count).map { draw in
      let points = told.usable.indices.filter { told.usable[$0].isFeasible }.map { row in
        (first: objectives[0].observed[draw][row], rest: stairs(objectives[1...].map { $0.observed[draw][row] }))
      }
      return SlicedFront(points, reference: reference)
    }
    for point in told.pending { commit(point) }
  }

  /// With one objective alone a point's other costs are a single step that dominates all there is.
  private func stairs(_ rest: [Double]) -> Staircase {
    rest.isEmpty ? Staircase([[0]], reference: [1]) : Staircase(point: rest, reference: restReference)
  }

  /// How likely a place meets all constraints.
  private func feasibility(at places: [[Double]]) -> [Double] {
    var likelihood = [Double](repeating: 1, count: places.count)
    for process in constraints {
      for (index, prediction) in process.posterior(at: places).enumerated() {
        let spread = max(prediction.variance.squareRoot(), 1e-12 * max(abs(prediction.mean), 1e-300))
        likelihood[index] *= NormalDistribution.cumulative(-prediction.mean / spread)
      }
    }
    return likelihood
  }

  /// Draws the objectives of a point that is being tried, and adds it to those fronts in which it meets the constraints.
  mutating func commit(_ point: [Int]) {
    let place = lattice.coordinates(of: point)
    var values: [[Double]] = []
    for index in objectives.indices {
      let numbers = reserved.isEmpty ? normals.next() : reserved.removeFirst()
      values.append(objectives[index].fix(place, normals: numbers))
    }
    let likelihood = constraints.isEmpty ? 1 : feasibility(at: [place])[0]
    let chances = constraints.isEmpty ? [] : normals.next()
    for draw in fronts.indices {
      if !constraints.isEmpty, NormalDistribution.cumulative(chances[draw]) >= likelihood { continue }
      fronts[draw].insert(first: values[0][draw], rest: stairs(values[1...].map { $0[draw] }))
    }
  }

  /// The best of what is around the front and of points at random, and of what lies around those.
  mutating func best(without taken: Set<[Int]>, using random: inout Philox) -> [Int]? {
    var scores: [[Int]: Double] = [:]
    score(candidates(without: taken, using: &random), into: &scores)
    if lattice.count > Lattice.listed {
      let order = scores.sorted { $0.value == $1.value ? $0.key.stands(before: $1.key) : $0.value > $1.value }
      for start in order.prefix(Self.climbs) {
        var here = start.key, height = start.value
        for _ in 0..<Self.longestClimb {
          let around = lattice.neighbours(of: here).filter { !taken.contains($0) }
          score(around.filter { scores[$0] == nil }, into: &scores)
          guard let next = around.max(by: { scores[$0, default: -.infinity] < scores[$1, default: -.infinity] }),
            let found = scores[next], found > height
          else { break }
          (here, height) = (next, found)
        }
      }
    }
    return scores.max { a, b in a.value == b.value ? b.key.stands(before: a.key) : a.value < b.value }?.key
  }

  private func candidates(without taken: Set<[Int]>, using random: inout Philox) -> [[Int]] {
    if lattice.count <= Lattice.listed {
      return (0..<lattice.count).map { lattice.point(at: $0) }.filter { !taken.contains($0) }
    }
    var seen = taken, found: [[Int]] = []
    for point in frontPoints {
      for near in lattice.variations(of: point) where found.count < 1500 && seen.insert(near).inserted {
        found.append(near)
      }
    }
    return found + lattice.freshPoints(Self.randomCandidates, without: seen, using: &random)
  }

  private func score(_ points: [[Int]], into scores: inout [[Int]: Double]) {
    guard !points.isEmpty else { return }
    let places = points.map(lattice.coordinates)
    let paths = objectives.map { $0.paths(at: places) }
    let likelihood = feasibility(at: places)
    for (index, point) in points.enumerated() {
      let gain = GainScore.of(
        fronts,
        { draw in
          stairs(
            (1..<max(objectives.count, 1)).map {
              paths[$0].means[index][draw] + paths[$0].spreads[index] * candidateNormals[$0 - 1][draw]
            })
        }, means: paths[0].means[index], spread: paths[0].spreads[index])
      // Where no draw is below the reference, hope falls off with the distance to it: nothing is flat.
      let hope = gain > -.infinity ? gain : Self.hopeless + distance(paths, index)
      scores[point] = hope + log(max(likelihood[index], 1e-300))
    }
  }
  private static let hopeless = -1e4

  /// The logarithm of the volume expected below the reference if there were no front.
  private func distance(_ paths: [PosteriorSamples.Paths], _ index: Int) -> Double {
    var sum = 0.0
    for (path, reference) in zip(paths, reference) {
      let mean = path.means[index].reduce(0, +) / Double(path.means[index].count)
      let spread = max(path.spreads[index], 1e-12 * max(abs(mean), abs(reference), 1e-300))
      sum += log(spread) + NormalDistribution.logExpectedExcess((reference - mean) / spread)
    }
    return sum
  }
}

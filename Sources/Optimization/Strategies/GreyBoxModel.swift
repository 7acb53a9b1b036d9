internal import CLIPCompute
internal import CLIPFiles

/// One proposal's state: what is believed of accuracies, drawn fronts, and the points priced so far.
struct GreyBoxModel {
  private let lattice: Lattice
  private var belief: any AccuracyBelief
  private var normals: SampleNormals
  /// One a draw.
  private var fronts: [SlicedFront]
  private let reference: [Double]
  private let costReference: [Double]
  /// Points on the measured front, where good neighbors are likely.
  private let frontPoints: [[Int]]
  /// Normal numbers for the points that are committed to first.
  private var reserved: [[Double]]
  private var priced: [[Int]: Staircase] = [:]
  private var budget = GreyBoxModel.firstBudget

  /// Points priced for the first proposal of a batch, and for each further one.
  private static let firstBudget = 400, furtherBudget = 100
  /// Of the first budget, what the screening may use; the rest is the local search's.
  private static let screened = 260
  private static let draws = 64, drawsOfManyCosts = 8
  private static let randomCandidates = 1500
  private static let reservedDimensions = 16

  /// - Parameters:
  ///   - promising: points that may be on the front beside those measured
  ///   - belief: made of normal numbers; nil where there can be none
  /// - Returns: nil where no observed point is within the limits, so that there is no front.
  init?(
    _ told: Observations, on lattice: Lattice, seed: UInt64, reference given: [Double]?, promising: [[Int]] = [],
    ledger: inout CostLedger, belief: (inout SampleNormals) throws -> (any AccuracyBelief)?
  ) throws {
    self.lattice = lattice
    var costs: [[[Double]]] = []
    for observation in told.usable { costs.append(try ledger.costs(observation.point)) }
    guard let objectives = costs.first(where: { !$0.isEmpty })?[0].count else { return nil }
    guard costs.allSatisfy({ $0.isEmpty || $0[0].count == objectives }) else {
      throw InputError("points have different numbers of costs")
    }
    let measured = zip(told.usable, costs).flatMap { observation, costs in
      costs.map { (point: observation.point, values: [observation.values[0]] + $0) }
    }
    reference = try ReferencePoint.resolve(
      given, points: measured.map(\.values), objectives: objectives + 1)
    costReference = Array(reference.dropFirst())
    let front = ParetoFront.indices(measured.map(\.values)).map { measured[$0].point }
    frontPoints = Set(front + promising).sorted { $0.stands(before: $1) }

    var normals = SampleNormals(
      count: objectives <= 2 ? Self.draws : Self.drawsOfManyCosts, seed: seed, stream: told.stream)
    // The evenest dimensions are for points still to come.
    reserved = (0..<Self.reservedDimensions).map { _ in normals.next() }
    guard let made = try belief(&normals) else { return nil }
    let observed = made.observed
    self.belief = made
    self.normals = normals
    let stairs = costs.map { [costReference] in Staircase($0, reference: costReference) }
    fronts = (0..<normals.count).map { [reference] draw in
      SlicedFront(
        zip(observed[draw], stairs).filter { !$0.1.isEmpty }.map { (first: $0.0, rest: $0.1) },
        reference: reference)
    }
    for point in told.pending where try !ledger.costs(point).isEmpty { try commit(point, ledger: &ledger) }
    budget = Self.firstBudget
  }

  /// Draws the accuracy of a point that is being tried, and adds it to the fronts.
  mutating func commit(_ point: [Int], ledger: inout CostLedger) throws {
    let numbers = reserved.isEmpty ? normals.next() : reserved.removeFirst()
    var further = normals
    let values = belief.fix(point, normals: numbers) { further.next() }
    normals = further
    let stairs = Staircase(try ledger.costs(point), reference: costReference)
    for draw in fronts.indices { fronts[draw].insert(first: values[draw], rest: stairs) }
    priced[point] = nil
    budget = Self.furtherBudget
  }

  /// Of some points the one expected to gain most; nil where none can gain anything.
  mutating func best(among points: [[Int]], ledger: inout CostLedger) throws -> [Int]? {
    budget = max(budget, points.count)
    var scores: [[Int]: Double] = [:]
    try price(points, into: &scores, ledger: &ledger)
    return Self.highest(scores)
  }

  /// The point expected to gain most of those looked at: a guess at the costs chooses which are priced, and from the best
  /// of these a search goes on from neighbor to neighbor.
  mutating func best(
    without taken: Set<[Int]>, ledger: inout CostLedger, using random: inout Philox
  ) throws -> [Int]? {
    var scores = score(Array(priced.keys.filter { !taken.contains($0) }.sorted { $0.stands(before: $1) }))
    let candidates = candidates(without: taken, using: &random)
    let reserve = budget - budget * Self.screened / Self.firstBudget
    if candidates.count <= budget {
      try price(candidates, into: &scores, ledger: &ledger)
    } else {
      // Next to the front gains are smaller than a guess' error, so those points are priced as they are.
      let near = Set(frontPoints.flatMap { lattice.neighbours(of: $0) })
      let first = candidates.filter { near.contains($0) }.prefix(budget / 4)
      try price(Array(first), into: &scores, ledger: &ledger)
      try screen(candidates.filter { priced[$0] == nil }, into: &scores, downTo: reserve, ledger: &ledger)
      try climb(&scores, without: taken, ledger: &ledger)
    }
    return Self.highest(scores)
  }

  private static func highest(_ scores: [[Int]: Double]) -> [Int]? {
    let best = scores.max { a, b in a.value == b.value ? b.key.stands(before: a.key) : a.value < b.value }
    // Points whose costs are beyond the reference gain nothing whatever their accuracy.
    return best.flatMap { $0.value > -.infinity ? $0.key : nil }
  }

  /// All free points of a small lattice; of a large one, what is around the front and others at random.
  private func candidates(without taken: Set<[Int]>, using random: inout Philox) -> [[Int]] {
    if lattice.count <= Lattice.listed {
      return (0..<lattice.count).map { lattice.point(at: $0) }.filter { !taken.contains($0) && priced[$0] == nil }
    }
    var seen = taken.union(priced.keys), found: [[Int]] = []
    for point in frontPoints {
      for near in lattice.variations(of: point) where seen.insert(near).inserted { found.append(near) }
    }
    return found + lattice.freshPoints(Self.randomCandidates, without: seen, using: &random)
  }

  /// Prices the most promising candidates, in rounds: what a round finds makes the next one's guesses better.
  private mutating func screen(
    _ candidates: [[Int]], into scores: inout [[Int]: Double], downTo reserve: Int, ledger: inout CostLedger
  ) throws {
    var left = candidates
    let paths = belief.paths(at: candidates)
    var rows = Array(candidates.indices)
    while budget > reserve, !left.isEmpty {
      var known: [(place: [Double], least: [Double]?)] = []
      for point in ledger.asked {
        let costs = try ledger.costs(point)
        known.append((lattice.coordinates(of: point), costs.isEmpty ? nil : leastOfEach(costs)))
      }
      guard let proxy = CostProxy(known) else { break }
      let guesses = proxy.guess(at: left.map(lattice.coordinates))
      // Every fourth draw is enough to choose what is priced.
      let some = Array(stride(from: 0, to: fronts.count, by: 4))
      let someFronts = some.map { fronts[$0] }
      let hopes = left.indices.map { index -> Double in
        let stairs = Staircase(point: guesses[index].least, reference: costReference)
        let row = rows[index]
        return guesses[index].logLikelihood
          + GainScore.of(
            someFronts, { _ in stairs }, means: some.map { paths.means[row][$0] }, spread: paths.spreads[row])
      }
      let order = left.indices.sorted { hopes[$0] == hopes[$1] ? $0 < $1 : hopes[$0] > hopes[$1] }
      let chosen = Array(order.prefix(min(64, budget - reserve)))
      try price(chosen.map { left[$0] }, into: &scores, ledger: &ledger)
      let gone = Set(chosen)
      rows = rows.indices.filter { !gone.contains($0) }.map { rows[$0] }
      left = left.indices.filter { !gone.contains($0) }.map { left[$0] }
    }
  }

  private func leastOfEach(_ costs: [[Double]]) -> [Double] {
    costs[0].indices.map { axis in costs.reduce(.infinity) { min($0, $1[axis]) } }
  }

  /// From the best points priced so far, to the best neighbor as long as there is a better one.
  private mutating func climb(
    _ scores: inout [[Int]: Double], without taken: Set<[Int]>, ledger: inout CostLedger
  ) throws {
    let starts = scores.sorted { $0.value == $1.value ? $0.key.stands(before: $1.key) : $0.value > $1.value }.prefix(4)
    for start in starts {
      var here = start.key, height = start.value
      while budget > 0 {
        let around = lattice.neighbours(of: here).filter { !taken.contains($0) }
        try price(around.filter { scores[$0] == nil }, into: &scores, ledger: &ledger)
        guard let next = around.max(by: { scores[$0, default: -.infinity] < scores[$1, default: -.infinity] }),
          let found = scores[next], found > height
        else { break }
        (here, height) = (next, found)
      }
    }
  }

  /// Asks for the costs of points, as far as the budget goes, and scores those within the limits.
  private mutating func price(
    _ points: [[Int]], into scores: inout [[Int]: Double], ledger: inout CostLedger
  ) throws {
    var fresh: [[Int]] = []
    for point in points {
      if !ledger.isKnown(point) {
        guard budget > 0 else { continue }
        budget -= 1
      }
      let costs = try ledger.costs(point)
      if costs.isEmpty { continue }
      priced[point] = Staircase(costs, reference: costReference)
      fresh.append(point)
    }
    scores.merge(score(fresh)) { $1 }
  }

  private func score(_ points: [[Int]]) -> [[Int]: Double] {
    let paths = belief.paths(at: points)
    var found: [[Int]: Double] = [:]
    for (index, point) in points.enumerated() {
      guard let stairs = priced[point] else { continue }
      found[point] = GainScore.of(
        fronts, { _ in stairs }, means: paths.means[index], spread: paths.spreads[index])
    }
    return found
  }
}

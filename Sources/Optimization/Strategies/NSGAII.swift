internal import CLIPCompute

/// The genetic algorithm that most multi-objective searches are compared with.
///
/// Parents are the best trials so far, by constraint violation, then by nondominated rank, then by how lonely they are on
/// their front; tournaments of two choose among them. A child takes each axis from either parent, and each axis moves to
/// another level with probability one over the number of axes. Every trial is told at once, so the population is the best
/// of all trials so far and not of whole generations; that wastes none of a small budget.
///
/// Source: Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans.
/// Evolutionary Computation 6(2), 2002, sections III and VI.
public struct NSGAII: SearchStrategy {
  /// `nsga-ii`.
  public var name: String { StandardStrategy.nsga2.name }
  let lattice: Lattice
  let first: [[Int]]
  let seed: UInt64
  let population: Int

  /// - Parameters:
  ///   - lattice: all axes
  ///   - first: the points to begin with; random ones fill the population up
  ///   - seed: of all choices
  ///   - population: how many of the best may be parents
  public init(lattice: Lattice, first: [[Int]], seed: UInt64, population: Int = 20) {
    self.lattice = lattice
    self.first = first
    self.seed = seed
    self.population = max(2, population)
  }

  /// The points to begin with, then random ones until the population is full, then children of the best.
  /// - Throws: `InputError` for observations that cannot be used.
  public func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]] {
    let told = try Observations(observations, pending: pending, on: lattice, for: count)
    var proposals: [[Int]] = [], taken = told.taken
    for point in first where proposals.count < count && lattice.contains(point) && taken.insert(point).inserted {
      proposals.append(point)
    }
    var random = Philox(seed: seed, purpose: .search, index: told.stream)
    let parents = Self.best(population, of: told.usable)
    if taken.count >= population, parents.count >= 2 {
      var draws = 0
      // A population that has become alike has few new children; after a while random points stand in.
      while proposals.count < count, draws < 50 * count {
        draws += 1
        let child = child(parents, using: &random)
        if taken.insert(child).inserted { proposals.append(child) }
      }
    }
    return proposals + lattice.freshPoints(count - proposals.count, without: taken, using: &random)
  }

  /// The best first.
  private static func best(_ count: Int, of observations: [Observation]) -> [[Int]] {
    let ranks = ParetoFront.ranks(observations.map(\.values))
    let violations = observations.map { $0.violations.reduce(0) { $0 + max(0, $1) } }
    var feasibleRanks = ranks
    let feasible = observations.indices.filter { observations[$0].isFeasible }
    for (place, rank) in zip(feasible, ParetoFront.ranks(feasible.map { observations[$0].values })) {
      feasibleRanks[place] = rank
    }
    let distances = crowding(observations, ranks: feasibleRanks)
    let order = observations.indices.sorted { a, b in
      if violations[a] != violations[b] { return violations[a] < violations[b] }
      if feasibleRanks[a] != feasibleRanks[b] { return feasibleRanks[a] < feasibleRanks[b] }
      return distances[a] == distances[b] ? a < b : distances[a] > distances[b]
    }
    var seen = Set<[Int]>()
    return Array(order.map { observations[$0].point }.filter { seen.insert($0).inserted }.prefix(count))
  }

  /// The sum over objectives of how far apart the two neighbors of the same rank are, as shares of the rank's range.
  private static func crowding(_ observations: [Observation], ranks: [Int]) -> [Double] {
    var distances = [Double](repeating: 0, count: observations.count)
    for rank in Set(ranks) {
      let members = observations.indices.filter { ranks[$0] == rank && observations[$0].isFeasible }
      for axis in 0..<(observations.first?.values.count ?? 0) {
        let order = members.sorted { observations[$0].values[axis] < observations[$1].values[axis] }
        guard let low = order.first, let high = order.last else { continue }
        let range = observations[high].values[axis] - observations[low].values[axis]
        distances[low] = .infinity
        distances[high] = .infinity
        guard range > 0, order.count > 2 else { continue }
        for place in 1..<order.count - 1 {
          distances[order[place]] +=
            (observations[order[place + 1]].values[axis] - observations[order[place - 1]].values[axis]) / range
        }
      }
    }
    return distances
  }

  private func child(_ parents: [[Int]], using random: inout Philox) -> [Int] {
    // Parents stand in order, so the lower of two numbers wins the tournament.
    func winner() -> [Int] {
      parents[min(random.integer(below: parents.count), random.integer(below: parents.count))]
    }
    let mother = winner(), father = winner()
    var child = mother
    let isCrossed = random.unit() < 0.9
    for axis in child.indices {
      if isCrossed, random.unit() < 0.5 { child[axis] = father[axis] }
      guard random.unit() * Double(lattice.axes) < 1, lattice.sizes[axis] > 1 else { continue }
      // Half of the changes are to a neighboring level, half to any.
      if random.unit() < 0.5 {
        let moved = child[axis] + (random.unit() < 0.5 ? -1 : 1)
        child[axis] = min(lattice.sizes[axis] - 1, max(0, moved))
      } else {
        child[axis] = random.integer(below: lattice.sizes[axis])
      }
    }
    return child
  }
}

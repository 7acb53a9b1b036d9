internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPCompute
import CLIPSystem
internal import CLIPUnits

/// The design of a space with least of a metric, found by branch and bound: groups of designs, then designs, are left out
/// when the least that they can cost (``SpaceFloors``) is over a limit or over the least that is known. What remains is
/// priced, the most promising first. The answer is the one that pricing every design gives.
struct SpaceSearch: Sendable {
  private let assessor: Assessor
  private let model: PhysicalCostModel
  private let space: DesignSpace
  private let metric: Metric
  private let limits: [Limit]
  private let used: any Workload
  private let list: OperationList
  private let floors: SpaceFloors
  private let rating: FloorRating
  private let best = Lock(Best())

  /// The least that is known.
  private struct Best: Sendable {
    var value = Double.infinity, carbon = Double.infinity
    var number = Int.max
    var design: AssessedDesign?
    /// How many designs were priced.
    var priced = 0
  }

  /// A design that is to be priced.
  private struct Candidate: Sendable {
    let value: Double
    let group: SpaceFloors.Group
    let buffer: Int, l2: Int
  }

  /// More candidates are not put by: they are priced at once.
  private static let mostCandidates = 200_000

  /// - Parameter used: what the scenario makes of the model
  /// - Throws: `InputError` for designs or work that cannot be priced.
  init(
    _ metric: Metric, of used: any Workload, across space: DesignSpace, limits: [Limit], _ assessor: Assessor,
    _ model: PhysicalCostModel
  ) throws {
    self.assessor = assessor
    self.model = model
    self.space = space
    self.metric = metric
    self.limits = limits
    self.used = used
    list = try model.operations(of: used)
    floors = try SpaceFloors(list, in: space, with: model)
    rating = FloorRating(assessor, bytes: Assessor.bytes(of: used), limits)
  }

  /// Searches; the same on any number of threads.
  func run(on pool: ThreadPool) throws -> (design: AssessedDesign?, priced: Int) {
    let groups = floors.groups
    let rated = Lock<[(value: Double, index: Int)]>([])
    try pool.forEachThrowing(groups.count) { index, _ in
      let floor = floors.floor(of: groups[index])
      guard try isPromising(floor, first: groups[index].first) else { return }
      let value = try rating.value(of: metric, floor)
      rated.withLock { $0.append((value, index)) }
    }
    let order = rated.withLock { $0 }.sorted { ($0.value, $0.index) < ($1.value, $1.index) }
    let waiting = Lock<[Candidate]>([])
    try pool.forEachThrowing(order.count) { index, _ in
      let found = try candidates(of: groups[order[index].index])
      guard let first = found.first else { return }
      try price(first)
      // Most are over the least that is known by now.
      let rest = found.dropFirst().filter { mayWin($0.value) }
      let isFull = waiting.withLock { list in
        guard list.count + rest.count <= Self.mostCandidates else { return true }
        list += rest
        return false
      }
      if isFull { try rest.forEach(price) }
    }
    let rest = waiting.withLock { $0 }.sorted {
      ($0.value, number($0)) < ($1.value, number($1))
    }
    try pool.forEachThrowing(rest.count) { index, _ in
      if mayWin(rest[index].value) { try price(rest[index]) }
    }
    return best.withLock { ($0.design, $0.priced) }
  }

  /// The designs of a group that may be the best, the most promising first.
  private func candidates(of group: SpaceFloors.Group) throws -> [Candidate] {
    var found: [Candidate] = []
    guard try isPromising(floors.floor(of: group), first: group.first) else { return [] }
    for buffer in 0..<floors.bufferCount {
      let floor = floors.floor(of: group, buffer: buffer)
      guard try isPromising(floor, first: floors.number(group, buffer: buffer, l2: 0)) else { continue }
      for l2 in 0..<floors.l2Count {
        let floor = floors.floor(of: group, buffer: buffer, l2: l2)
        guard try isPromising(floor, first: floors.number(group, buffer: buffer, l2: l2)) else { continue }
        found.append(
          Candidate(value: try rating.value(of: metric, floor), group: group, buffer: buffer, l2: l2))
      }
    }
    return found.sorted { ($0.value, number($0)) < ($1.value, number($1)) }
  }

  private func number(_ candidate: Candidate) -> Int {
    floors.number(candidate.group, buffer: candidate.buffer, l2: candidate.l2)
  }

  /// Whether designs of that bound may be within the limits and before the best that is known.
  /// - Parameter first: the least of their numbers
  private func isPromising(_ floor: DesignFloor, first: Int) throws -> Bool {
    for limit in limits where try rating.value(of: limit.metric, floor) > limit.most { return false }
    let (value, carbon, number) = best.withLock { ($0.value, $0.carbon, $0.number) }
    guard value < .infinity else { return true }
    let least = try rating.value(of: metric, floor).nearly
    guard least == value.nearly else { return least < value.nearly }
    let leastCarbon = try rating.value(of: .carbon, floor).nearly
    return leastCarbon == carbon.nearly ? first < number : leastCarbon < carbon.nearly
  }

  private func mayWin(_ value: Double) -> Bool { value.nearly <= best.withLock { $0.value }.nearly }

  private func price(_ candidate: Candidate) throws {
    let floor = floors.floor(of: candidate.group, buffer: candidate.buffer, l2: candidate.l2)
    let number = number(candidate)
    guard try isPromising(floor, first: number) else { return }
    let estimate = try model.estimate(list, on: space[number])
    best.withLock { $0.priced += 1 }
    guard estimate.isPossible else { return }
    let whole = try assessor.assessment(of: estimate, used, named: "").priced(as: number)
    guard limits.allSatisfy({ $0.allows(whole) }) else { return }
    best.withLock { best in
      if let known = best.design, !whole.stands(before: known, in: metric) { return }
      best.design = whole
      (best.value, best.carbon, best.number) = (whole.value(of: metric), whole.value(of: .carbon), number)
    }
  }
}

extension Double {
  /// The same to nine digits: what differs by less is equal, whatever order sums are taken in.
  var nearly: Double { Double(bitPattern: bitPattern & ~0xF_FFFF) }
}

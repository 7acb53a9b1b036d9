internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPCompute
import CLIPSystem
internal import CLIPUnits

/// The designs of a space that no other beats, found by branch and bound: groups of designs, then designs, are left out when
/// the least that they can cost (``SpaceFloors``) is over a limit or beaten by what is known. What remains is priced, the most
/// promising first. The answer is the one that pricing every design gives.
struct SpaceSearch: Sendable {
  /// What is looked for.
  enum Goal: Sendable {
    /// The design with least of a metric; of equal ones that of least carbon, then the first.
    case least(Metric)
    /// The designs that no other beats in all metrics; of equal ones the first.
    case front([Metric])
  }

  private let assessor: Assessor
  private let model: PhysicalCostModel
  private let space: DesignSpace
  private let goal: Goal
  private let limits: [Limit]
  private let used: any Workload
  private let list: OperationList
  private let floors: SpaceFloors
  private let rating: FloorRating
  private let known = Lock(Known())

  /// What was found so far.
  private struct Known: Sendable {
    var members: [Member] = []
    /// How many designs were priced.
    var priced = 0
  }

  private struct Member: Sendable {
    /// Of the goal's metrics, to nine digits.
    let values: [Double]
    let design: AssessedDesign
  }

  /// A design that is to be priced.
  private struct Candidate: Sendable {
    /// What is least comes first.
    let promise: Double
    let group: SpaceFloors.Group
    let buffer: Int, l2: Int
  }

  /// More candidates are not put by: they are priced at once.
  private static let mostCandidates = 200_000

  /// - Parameter used: what the scenario makes of the model
  /// - Throws: `InputError` for designs or work that cannot be priced.
  init(
    _ goal: Goal, of used: any Workload, across space: DesignSpace, limits: [Limit], _ assessor: Assessor,
    _ model: PhysicalCostModel
  ) throws {
    self.assessor = assessor
    self.model = model
    self.space = space
    self.goal = goal
    self.limits = limits
    self.used = used
    list = try model.operations(of: used)
    floors = try SpaceFloors(list, in: space, with: model)
    rating = try FloorRating(
      assessor, bytes: Assessor.bytes(of: used), model: assessor.figures(of: used), floors.bills, limits)
  }

  /// What is compared, one after the other for the least design, each with each for a front.
  private var metrics: [Metric] {
    switch goal {
    case .least(let metric): [metric, .carbon]
    case .front(let metrics): metrics
    }
  }

  /// Searches; the same on any number of threads.
  /// - Returns: the least design or the front's, by number, and how many designs were priced
  func run(on pool: ThreadPool) throws -> (designs: [AssessedDesign], priced: Int) {
    let groups = floors.groups
    let rated = Lock<[(promise: Double, index: Int)]>([])
    try pool.forEachThrowing(groups.count) { index, _ in
      let floor = try floors.floor(of: groups[index])
      guard try isPromising(floor, first: groups[index].first) else { return }
      let promise = try promise(floor)
      rated.withLock { $0.append((promise, index)) }
    }
    let order = rated.withLock { $0 }.sorted { ($0.promise, $0.index) < ($1.promise, $1.index) }
    let waiting = Lock<[Candidate]>([])
    try pool.forEachThrowing(order.count) { index, _ in
      let found = try candidates(of: groups[order[index].index])
      guard let first = found.first else { return }
      try price(first)
      let rest = found.dropFirst()
      let isFull = waiting.withLock { list in
        guard list.count + rest.count <= Self.mostCandidates else { return true }
        list += rest
        return false
      }
      if isFull { try rest.forEach(price) }
    }
    let rest = waiting.withLock { $0 }.sorted { ($0.promise, number($0)) < ($1.promise, number($1)) }
    try pool.forEachThrowing(rest.count) { index, _ in try price(rest[index]) }
    return known.withLock { known in
      (known.members.map(\.design).sorted { $0.number < $1.number }, known.priced)
    }
  }

  /// The designs of a group that may be the best, the most promising first.
  private func candidates(of group: SpaceFloors.Group) throws -> [Candidate] {
    var found: [Candidate] = []
    guard try isPromising(floors.floor(of: group), first: group.first) else { return [] }
    for buffer in 0..<floors.bufferCount {
      let floor = try floors.floor(of: group, buffer: buffer)
      guard try isPromising(floor, first: floors.number(group, buffer: buffer, l2: 0)) else { continue }
      for l2 in 0..<floors.l2Count {
        let floor = try floors.floor(of: group, buffer: buffer, l2: l2)
        guard try isPromising(floor, first: floors.number(group, buffer: buffer, l2: l2)) else { continue }
        found.append(
          Candidate(promise: try promise(floor), group: group, buffer: buffer, l2: l2))
      }
    }
    return found.sorted { ($0.promise, number($0)) < ($1.promise, number($1)) }
  }

  private func number(_ candidate: Candidate) -> Int {
    floors.number(candidate.group, buffer: candidate.buffer, l2: candidate.l2)
  }

  /// What designs are sorted by: the metric, or for several the sum of their logarithms.
  private func promise(_ floor: DesignFloor) throws -> Double {
    switch goal {
    case .least(let metric): try rating.value(of: metric, floor)
    case .front(let metrics):
      try metrics.reduce(1) { try $0 * max(rating.value(of: $1, floor), .leastNonzeroMagnitude) }
    }
  }

  /// Whether designs of that bound may be within the limits and not beaten by what is known.
  /// - Parameter first: the least of their numbers
  private func isPromising(_ floor: DesignFloor, first: Int) throws -> Bool {
    guard floor.latency.isFinite else { return false }
    for limit in limits where try rating.value(of: limit.metric, floor) > limit.most { return false }
    let members = known.withLock { $0.members }
    guard !members.isEmpty else { return true }
    switch goal {
    case .least:
      for (index, metric) in metrics.enumerated() {
        let least = try rating.value(of: metric, floor).nearly
        if least != members[0].values[index] { return least < members[0].values[index] }
      }
      return first < members[0].design.number
    case .front(let metrics):
      let values = try metrics.map { try rating.value(of: $0, floor).nearly }
      return !members.contains { Self.beats($0.values, $0.design.number, values, first) }
    }
  }

  /// Whether one is as good in all and better in one, or equal and first.
  private static func beats(_ a: [Double], _ first: Int, _ b: [Double], _ second: Int) -> Bool {
    var isEqual = true
    for index in a.indices {
      if a[index] > b[index] { return false }
      if a[index] < b[index] { isEqual = false }
    }
    return !isEqual || first < second
  }

  private func price(_ candidate: Candidate) throws {
    let floor = try floors.floor(of: candidate.group, buffer: candidate.buffer, l2: candidate.l2)
    let number = number(candidate)
    guard try isPromising(floor, first: number) else { return }
    let estimate = try model.estimate(list, on: space[number])
    known.withLock { $0.priced += 1 }
    guard estimate.isPossible else { return }
    let whole = try assessor.assessment(of: estimate, used, named: "").priced(as: number)
    guard limits.allSatisfy({ $0.allows(whole) }) else { return }
    let values = metrics.map { whole.value(of: $0).nearly }
    known.withLock { known in
      switch goal {
      case .least(let metric):
        if let best = known.members.first?.design, !whole.stands(before: best, in: metric) { return }
        known.members = [Member(values: values, design: whole)]
      case .front:
        if known.members.contains(where: { Self.beats($0.values, $0.design.number, values, number) }) { return }
        known.members.removeAll { Self.beats(values, number, $0.values, $0.design.number) }
        known.members.append(Member(values: values, design: whole))
      }
    }
  }
}

extension Double {
  /// The same to nine digits: what differs by less is equal, whatever order sums are taken in.
  var nearly: Double { Double(bitPattern: bitPattern & ~0xF_FFFF) }
}

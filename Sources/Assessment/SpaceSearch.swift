internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPCompute

/// The designs of a space that no other beats, found by branch and bound: boxes of designs are halved, the most promising
/// first, and left out when the least that they can cost (``SpaceFloors``) is over a limit or beaten by what is known. Designs
/// that remain alone are priced. The answer is the one that pricing every design gives.
///
/// Boxes are taken from the queue by the batch, and a batch is as long on any number of threads: so is what is priced.
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
  private let limits: [Limit]
  private let list: OperationList
  private let floors: SpaceFloors
  private let rating: FloorRating
  private let bytes: Int
  private let figures: ModelFigures
  /// What earlier searches learned; nil where there is no other search of the kind.
  private let knowledge: (all: SpaceKnowledge, known: SpaceKnowledge.Known)?

  /// What was found so far.
  private struct Known {
    let goal: Goal
    var members: [Member] = []
    /// How many designs were priced.
    var priced = 0
  }

  private struct Member {
    /// Of the goal's metrics, to nine digits.
    let values: [Double]
    let design: AssessedDesign
  }

  private typealias Entry = BoundQueue.Entry

  /// What became of a box.
  private enum Outcome: Sendable {
    case halves([Entry])
    case priced(AssessedDesign?)
  }

  /// Boxes, and designs, that are taken from the queue at a time: designs cost a thousand times as much.
  private static let boxes = 64, designs = 4
  /// Where more boxes wait, those are done that were put by last: each is halved down to its designs before others are.
  private static let mostWaiting = 500_000
  private static let chunk = 16

  /// - Parameters:
  ///   - used: what the scenario makes of the model
  ///   - knowledge: what earlier searches learned, and this one adds to
  /// - Throws: `InputError` for designs or work that cannot be priced.
  init(
    of used: any Workload, across space: DesignSpace, limits: [Limit], _ assessor: Assessor, _ model: PhysicalCostModel,
    knowing knowledge: SpaceKnowledge? = nil, on pool: ThreadPool
  ) throws {
    self.assessor = assessor
    self.model = model
    self.space = space
    self.limits = limits
    let list = try model.operations(of: used)
    let known = try knowledge.map { ($0, try $0.known(list, in: space, with: model, on: pool)) }
    self.list = list
    self.knowledge = known
    floors = try known?.1.floors ?? SpaceFloors(list, in: space, with: model, on: pool)
    (bytes, figures) = (Assessor.bytes(of: used), assessor.figures(of: used))
    rating = try FloorRating(assessor, bytes: bytes, model: figures, floors, limits)
  }

  /// Searches; the same on any number of threads.
  /// - Returns: the least design or the front's, by number, and how many designs were priced
  /// - Throws: `CancellationError` when stopped (``Assessor/shouldStop``).
  func run(_ goal: Goal, on pool: ThreadPool) throws -> (designs: [AssessedDesign], priced: Int) {
    var known = Known(goal: goal), queue = BoundQueue()
    let scratches = (0..<pool.threads).map { _ in floors.scratch() }
    let roots = floors.boxes, chunks = (roots.count + Self.chunk - 1) / Self.chunk
    let begun = Gathered<[Entry]>(count: chunks)
    try pool.forEachThrowing(chunks) { part, worker in
      begun.set(
        part,
        try roots[part * Self.chunk..<min(roots.count, (part + 1) * Self.chunk)].compactMap {
          try entry($0, known, scratches[worker])
        })
    }
    for entry in begun.all.joined() { queue.push(entry) }
    while true {
      if assessor.shouldStop() { throw CancellationError() }
      let batch = take(&queue, known)
      guard !batch.isEmpty else { break }
      let outcomes = Gathered<Outcome>(count: batch.count)
      try pool.forEachThrowing(batch.count) { index, worker in
        outcomes.set(index, try outcome(of: batch[index], known, scratches[worker]))
      }
      for outcome in outcomes.all {
        switch outcome {
        case .halves(let entries): for entry in entries { queue.push(entry) }
        case .priced(let design):
          known.priced += 1
          if let design { add(design, to: &known) }
        }
      }
    }
    return (known.members.map(\.design).sorted { $0.number < $1.number }, known.priced)
  }

  /// The next boxes that promise something.
  private func take(_ queue: inout BoundQueue, _ known: Known) -> [Entry] {
    var batch: [Entry] = [], designs = 0
    let isFull = queue.count > Self.mostWaiting
    while batch.count < Self.boxes, designs < Self.designs, let next = isFull ? queue.popLast() : queue.pop() {
      guard isPromising(next, known) else { continue }
      if floors.halves(of: next.box) == nil { designs += 1 }
      batch.append(next)
    }
    return batch
  }

  private func outcome(of entry: Entry, _ known: Known, _ scratch: SpaceFloors.Scratch) throws -> Outcome {
    guard let halves = floors.halves(of: entry.box) else { return .priced(try price(entry.first)) }
    return .halves(try [halves.0, halves.1].compactMap { try self.entry($0, known, scratch) })
  }

  /// A box with its bound; nil for one that promises nothing.
  private func entry(_ box: SpaceFloors.Box, _ known: Known, _ scratch: SpaceFloors.Scratch) throws -> Entry? {
    func find() -> DesignFloor { floors.floor(of: box, scratch) }
    let values = try rating.values(of: knowledge.map { $0.all.floor(of: box, in: $0.known, find) } ?? find())
    guard values.value(of: .latency).isFinite else { return nil }
    let entry = Entry(
      promise: promise(values, known.goal), first: floors.first(of: box), box: box, values: values)
    return isPromising(entry, known) ? entry : nil
  }

  /// What boxes are sorted by: the metric, or for several the product.
  private func promise(_ values: FloorRating.Values, _ goal: Goal) -> Double {
    switch goal {
    case .least(let metric): values.value(of: metric)
    case .front(let metrics):
      metrics.reduce(1) { $0 * max(values.value(of: $1), .leastNonzeroMagnitude) }
    }
  }

  /// Whether designs of that bound may be within the limits and not beaten by what is known.
  private func isPromising(_ entry: Entry, _ known: Known) -> Bool {
    for limit in limits where entry.values.value(of: limit.metric) > limit.most { return false }
    switch known.goal {
    case .least(let metric):
      guard let best = known.members.first else { return true }
      for (index, metric) in [metric, .carbon].enumerated() {
        let least = entry.values.value(of: metric).nearly
        if least != best.values[index] { return least < best.values[index] }
      }
      return entry.first < best.design.number
    case .front(let metrics):
      guard !known.members.isEmpty else { return true }
      let values = metrics.map { entry.values.value(of: $0).nearly }
      return !known.members.contains { Self.beats($0.values, $0.design.number, values, entry.first) }
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

  /// - Returns: nil for a design that the model does not fit, or that is not within the limits
  private func price(_ number: Int) throws -> AssessedDesign? {
    func find() throws -> SweepPoint { SweepPoint(number: number, try model.estimate(list, on: space[number])) }
    let point = try knowledge.map { try $0.all.point(number, in: $0.known, find) } ?? find()
    guard point.isPossible else { return nil }
    let whole = AssessedDesign(
      point: point, carbon: try assessor.carbon(of: point, modelBytes: bytes, named: ""), model: figures)
    return limits.allSatisfy { $0.allows(whole) } ? whole : nil
  }

  private func add(_ design: AssessedDesign, to known: inout Known) {
    let number = design.number
    switch known.goal {
    case .least(let metric):
      if let best = known.members.first?.design, !design.stands(before: best, in: metric) { return }
      known.members = [Member(values: [metric, .carbon].map { design.value(of: $0).nearly }, design: design)]
    case .front(let metrics):
      let values = metrics.map { design.value(of: $0).nearly }
      if known.members.contains(where: { Self.beats($0.values, $0.design.number, values, number) }) { return }
      known.members.removeAll { Self.beats(values, number, $0.values, $0.design.number) }
      known.members.append(Member(values: values, design: design))
    }
  }
}

extension Double {
  /// The same to nine digits: what differs by less is equal, whatever order sums are taken in.
  var nearly: Double { Double(bitPattern: bitPattern & ~0xF_FFFF) }
}

public import CLIPAccelerators
public import CLIPCompute
internal import CLIPFiles

/// The designs of a space that were found to be best, by bounds.
public struct SpaceOptimum: Sendable {
  /// The space; wider than the one asked about where that was asked for.
  public let space: DesignSpace
  /// The design with least of each metric, by metric; none where no design is within the limits.
  public let least: [(metric: Metric, design: AssessedDesign, ends: [AxisEnd])]
  /// How many designs had to be priced.
  public let priced: Int
  /// The axes that were widened, in the order in which they were.
  public let widened: [AxisEnd]
  /// Whether a space that was to be widened would have grown too large.
  public let isFull: Bool
  /// How many of the space's designs have a voltage that does not carry their clock, and are passed over.
  public let stalled: Int
}

extension Assessor {
  /// A search by the physical cost model's bounds; nil for other cost models.
  /// - Parameter limits: the scenario's pace among them, where it is to count
  private func search(
    of model: any Workload, across space: DesignSpace, limits: [Limit], knowing knowledge: SpaceKnowledge? = nil,
    on pool: ThreadPool
  ) throws -> SpaceSearch? {
    let used = try work(of: model)
    guard let physical = try costModel(for: used) as? PhysicalCostModel else { return nil }
    return try SpaceSearch(of: used, across: space, limits: limits, self, physical, knowing: knowledge, on: pool)
  }

  /// The same as ``least(_:of:across:limits:on:)``, with the number of designs that had to be priced; nil for other cost
  /// models than the physical one.
  package func bounded(
    _ metric: Metric, of model: any Workload, across space: DesignSpace, limits: [Limit] = [],
    knowing knowledge: SpaceKnowledge? = nil, on pool: ThreadPool
  ) throws -> (design: AssessedDesign?, priced: Int)? {
    try search(of: model, across: space, limits: self.limits(limits), knowing: knowledge, on: pool).map {
      let found = try $0.run(.least(metric), on: pool)
      return (found.designs.first, found.priced)
    }
  }

  /// The designs of a space that no other beats in some metrics, by number; nil for other cost models than the physical one.
  package func boundedFront(
    of metrics: [Metric], of model: any Workload, across space: DesignSpace, limits: [Limit] = [], on pool: ThreadPool
  ) throws -> [AssessedDesign]? {
    try search(of: model, across: space, limits: self.limits(limits), on: pool)?.run(.front(metrics), on: pool).designs
  }

  /// The least design of a space for each of some metrics, the ends of axes on which it stands, and where that is asked for a
  /// space so wide that it stands on none that could be moved.
  /// - Parameter widens: whether axes go on beyond ends on which a least design stands
  /// - Throws: `InputError` of a design that cannot be priced.
  public func optimum(
    _ metrics: [Metric], of model: any Workload, across space: DesignSpace, limits: [Limit] = [], widens: Bool = false,
    on pool: ThreadPool
  ) throws -> SpaceOptimum {
    let costModel = try costModel(for: work(of: model))
    var space = space, widened: [AxisEnd] = [], priced = 0, isFull = false
    while true {
      var least: [(metric: Metric, design: AssessedDesign, ends: [AxisEnd])] = []
      let search = try self.search(of: model, across: space, limits: self.limits(limits), on: pool)
      for metric in metrics {
        let found: AssessedDesign?
        if let bounded = try search?.run(.least(metric), on: pool) {
          found = bounded.designs.first
          priced += bounded.priced
        } else {
          found = try self.least(metric, of: model, across: space, limits: limits, on: pool)
        }
        guard let found else { continue }
        least.append((metric, found, space.ends(of: found.design, for: costModel, where: hasFab)))
      }
      var wider = space
      if widens {
        for (_, design, ends) in least {
          let free = ends.filter { $0.limit == nil }
          guard !free.isEmpty else { continue }
          if let more = wider.widened(
            beyond: free, from: design.design, for: costModel, where: hasFab)
          {
            wider = more
            widened += free
          } else {
            isFull = true
          }
        }
      }
      guard wider != space else {
        return SpaceOptimum(
          space: space, least: least, priced: priced, widened: widened, isFull: isFull,
          stalled: try space.stalledDesigns(for: costModel))
      }
      space = wider
    }
  }

  /// Whether the scenario's fab has figures for a design's node.
  package func hasFab(for design: AcceleratorDesign) -> Bool { (try? scenario(for: design)) != nil }

  /// A space of more designs is not priced as a whole where bounds can tell what is best of it.
  public static let mostSwept = 20_000

  /// What of a space no other design beats, for each of some sets of metrics, and the least of each metric of the first set:
  /// of a small space the whole, of a large one only these.
  /// - Parameter number: a design that is priced in any case
  /// - Throws: `InputError` of a design that cannot be priced, or for a space too large for the cost model.
  public func best(
    of fronts: [[Metric]], of model: any Workload, across space: DesignSpace, limits: [Limit] = [],
    including number: Int? = nil, on pool: ThreadPool
  ) throws -> SpaceAssessment {
    var found: [Int: AssessedDesign] = [:]
    guard space.count > Self.mostSwept else { return try assess(model, across: space, limits: limits, on: pool) }
    guard let search = try self.search(of: model, across: space, limits: self.limits(limits), on: pool) else {
      return try assess(model, across: space, limits: limits, on: pool)
    }
    var asked: Set<[Metric]> = []
    for metrics in fronts where !metrics.isEmpty && asked.insert(metrics).inserted {
      let goal: SpaceSearch.Goal = metrics.count == 1 ? .least(metrics[0]) : .front(metrics)
      for design in try search.run(goal, on: pool).designs { found[design.number] = design }
    }
    if found.isEmpty, let free = try self.search(of: model, across: space, limits: [], on: pool) {
      // Which limit leaves nothing is told by what is least without any.
      for limit in self.limits(limits) {
        for design in try free.run(.least(limit.metric), on: pool).designs { found[design.number] = design }
      }
    }
    if let number, found[number] == nil, (0..<space.count).contains(number) {
      for design in try assess(model, onOnly: space[number]).designs {
        found[number] = design.numbered(number)
      }
    }
    return SpaceAssessment(
      found.values.sorted { $0.number < $1.number }, limits: self.limits(limits), of: space.count)
  }
}

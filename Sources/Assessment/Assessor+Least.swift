public import CLIPAccelerators
internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
import CLIPSystem

extension Assessor {
  /// The design of a space that has least of a metric within the limits and the scenario's pace; of equal ones that of
  /// least carbon, then the first. The same that a whole sweep finds, on any number of threads.
  ///
  /// A design is given up as soon as its ``CostFloor`` is over a limit, or over the least that is known. The reference's
  /// estimate is a sum over operations, whose mapping takes long, so there every operation that is priced raises the floor.
  /// - Parameters:
  ///   - metric: ``Metric/power`` has no floor: there every design within the other limits is priced
  ///   - knowledge: what was learned when the same was asked in other boundaries or on other grids, and is added to
  /// - Returns: nil where no design is within the limits
  /// - Throws: `InputError` of a design that cannot be priced.
  public func least(
    _ metric: Metric, of model: any Workload, across space: DesignSpace, limits stated: [Limit] = [],
    knowing knowledge: SpaceKnowledge? = nil, on pool: ThreadPool
  ) throws -> AssessedDesign? {
    // Nothing is known of what a user's own cost model gives at the least.
    if let found = try bounded(metric, of: model, across: space, limits: stated, knowing: knowledge, on: pool) {
      return found.design
    }
    guard choice != nil else { return try assess(model, across: space, limits: stated, on: pool).least(metric) }
    guard space.count <= Sweep.largest else {
      throw InputError(
        "\(space.count) designs; at most \(Sweep.largest) for the \(costModelName) cost model", advice: "shorten a list"
      )
    }
    let limits = self.limits(stated)
    let used = try self.work(of: model)
    let costModel = try costModel(for: used)
    let work = try costModel.operations(of: used)
    let order = Self.tellingFirst(work.operations)
    let bytes = Self.bytes(of: used), figures = figures(of: used)
    let least = Lock<AssessedDesign?>(nil)
    func isPromising(_ floor: CostFloor) -> Bool {
      let known = least.withLock { $0?.value(of: metric) } ?? .infinity
      return floor.value(of: metric) <= known * (1 + CostFloor.rounding)
        && limits.allSatisfy { floor.value(of: $0.metric) <= $0.most * (1 + CostFloor.rounding) }
    }
    let begun = Lock<[CostFloor]>([])
    try pool.forEachThrowing(space.count) { number, _ in
      let area = try costModel.area(of: space[number]).total
      let bill = try (costModel as? PhysicalCostModel)?.memories(of: space[number])
      let floor = try CostFloor(
        number, space[number], area, work, bytes: bytes, memories: bill.map { try memories($0) }, model: figures,
        self)
      if isPromising(floor) { begun.withLock { $0.append(floor) } }
    }
    // Designs that promise most come first, so that the others are soon over the least.
    let floors = begun.withLock { $0 }.sorted {
      ($0.value(of: metric), $0.number) < ($1.value(of: metric), $1.number)
    }
    try pool.forEachThrowing(floors.count) { index, _ in
      var floor = floors[index]
      guard isPromising(floor) else { return }
      for operation in order {
        try floor.raise(operation, by: costModel.cost(of: operation, on: floor.design))
        guard isPromising(floor) else { return }
      }
      let estimate = try costModel.estimate(work, on: floor.design)
      guard estimate.isPossible else { return }
      let whole = try assessment(of: estimate, used, named: floor.design.description).priced(as: floor.number)
      guard limits.allSatisfy({ $0.allows(whole) }) else { return }
      least.withLock { known in
        guard let best = known else { return known = whole }
        if whole.stands(before: best, in: metric) { known = whole }
      }
    }
    return least.withLock { $0 }
  }

  /// Work without mappings, then the scores, which are mapped at once and which narrow arrays never finish, then products
  /// from the largest down. Convolutions come last: they are mapped in seven dimensions.
  private static func tellingFirst(_ operations: [Operation]) -> [Operation] {
    func rank(_ operation: Operation) -> (group: Int, size: Int) {
      switch operation.work {
      case .vector: (0, 0)
      case .matrixProduct: (operation.name == "scores" ? 1 : 2, -operation.multiplyAdds)
      case .patchConvolution: (3, 0)
      }
    }
    return operations.sorted { rank($0) < rank($1) }
  }
}

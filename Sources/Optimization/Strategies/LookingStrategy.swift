internal import CLIPCompute
internal import CLIPFiles

/// The grey box with two ways to learn an accuracy: a look, which is cheap and tells nearly all, and a training, which is
/// dear and tells the truth. Costs are computed, as ``GreyBoxStrategy`` has it.
///
/// It begins with looks all over the lattice, trains a few shapes along their front to learn what training makes of a look
/// (``LookBelief``), and then takes turns: some looks at the shapes that promise most if they were trained, and a training of
/// the one, among all looked at, that is expected to add most to the dominated volume. Only shapes that were looked at are
/// trained, and only what was trained counts.
public struct LookingStrategy: Sendable {
  /// How many looks and trainings there are, and when.
  public struct Plan: Equatable, Sendable {
    /// Looks before anything is trained.
    public var firstLooks: Int
    /// Trainings before the first turn.
    public var firstTrainings: Int
    /// Looks before each further training.
    public var looksPerTraining: Int

    /// A plan of its parts.
    public init(firstLooks: Int = 24, firstTrainings: Int = 4, looksPerTraining: Int = 8) {
      self.firstLooks = firstLooks
      self.firstTrainings = firstTrainings
      self.looksPerTraining = looksPerTraining
    }
  }

  /// What to do next.
  public enum Step: Equatable, Sendable {
    /// Look at these shapes.
    case look([[Int]])
    /// Train this one.
    case train([Int])
  }

  private let lattice: Lattice
  private let first: [[Int]]
  private let plan: Plan
  private let seed: UInt64
  private let reference: [Double]?
  private let consequences: @Sendable ([Int]) throws -> [[Double]]
  private let size: (@Sendable ([Int]) throws -> Double)?

  /// - Parameters:
  ///   - problem: its first points are looked at first
  ///   - plan: how many looks and trainings
  public init(_ problem: SearchProblem, _ plan: Plan) {
    lattice = problem.lattice
    first = problem.first
    self.plan = plan
    seed = problem.seed
    reference = problem.reference
    consequences = problem.consequences
    size = problem.size
  }

  /// The next step: a pure function of the seed and of the arguments, whatever the observations' order.
  /// - Parameters:
  ///   - trainings: `[-accuracy]` each, failed ones too
  ///   - looks: likewise
  ///   - pendingTrainings: points that workers train
  ///   - pendingLooks: points that workers look at
  /// - Returns: nil where nothing is left.
  /// - Throws: `InputError` for observations that cannot be used.
  public func next(
    after trainings: [Observation], looks: [Observation], pendingTrainings: [[Int]] = [], pendingLooks: [[Int]] = []
  ) throws -> Step? {
    let told = try Observations(trainings, pending: pendingTrainings, on: lattice, for: 1)
    let seen = try Observations(looks, pending: pendingLooks, on: lattice, for: 1)
    guard told.usable.isEmpty || told.objectives == 1, seen.usable.isEmpty || seen.objectives == 1 else {
      throw InputError("a search with looks measures one value, the accuracy")
    }
    var ledger = CostLedger(consequences)
    let design = try first.filter { try lattice.contains($0) && ledger.isFeasible($0) }
    let number = told.taken.count, turns = max(0, number - plan.firstTrainings + 1)
    let due = design.count + plan.looksPerTraining * turns - seen.taken.count
    if due > 0 {
      let fresh = try freshLooks(min(due, turns > 0 ? plan.looksPerTraining : due), design, told, seen, &ledger)
      if !fresh.isEmpty { return .look(fresh) }
    }
    if let point = try training(number, told, seen, &ledger) { return .train(point) }
    let more = due > 0 ? [] : try freshLooks(1, design, told, seen, &ledger)
    return more.isEmpty ? nil : .look(more)
  }

  /// Shapes to look at: those of the design, then those that promise most.
  private func freshLooks(
    _ count: Int, _ design: [[Int]], _ told: Observations, _ seen: Observations, _ ledger: inout CostLedger
  ) throws -> [[Int]] {
    var taken = seen.taken.union(told.taken)
    var found: [[Int]] = []
    for point in design where found.count < count && taken.insert(point).inserted { found.append(point) }
    // All of the shares of a random stream: one for each look and training there was.
    var random = Philox(seed: seed, purpose: .search, index: told.stream &+ UInt64(seen.taken.count) << 44)
    if found.count < count, var model = try model(told, seen, &ledger) {
      for point in seen.pending + found where try ledger.isFeasible(point) { try model.commit(point, ledger: &ledger) }
      while found.count < count, let point = try model.best(without: taken, ledger: &ledger, using: &random) {
        taken.insert(point)
        found.append(point)
        if found.count < count { try model.commit(point, ledger: &ledger) }
      }
    }
    // Small lattices are gone through to the end.
    var tries = 0
    while found.count < count, tries < Lattice.listed {
      let drawn = lattice.freshPoints(256, without: taken, using: &random)
      if drawn.isEmpty { break }
      tries += drawn.count
      for point in drawn where found.count < count && taken.insert(point).inserted {
        if try ledger.isFeasible(point) { found.append(point) }
      }
    }
    return found
  }

  /// The shape to train: of those looked at, and not trained yet, the one that is expected to add most.
  private func training(
    _ number: Int, _ told: Observations, _ seen: Observations, _ ledger: inout CostLedger
  ) throws -> [Int]? {
    let open = try seen.usable.map(\.point).filter { try !told.taken.contains($0) && ledger.isFeasible($0) }
    guard !open.isEmpty else { return nil }
    if number >= plan.firstTrainings, var model = try model(told, seen, &ledger),
      let point = try model.best(among: open, ledger: &ledger)
    {
      return point
    }
    // The most accurate, then along the front of the looks.
    if number == 0, open.contains(lattice.largestPoint) { return lattice.largestPoint }
    let isOpen = Set(open)
    let front = try lookedFront(seen, &ledger).filter { isOpen.contains($0) }
    guard !front.isEmpty else { return open.first }
    let share = Double(number) / Double(max(plan.firstTrainings, number + 1))
    return front[min(front.count - 1, Int(share * Double(front.count)))]
  }

  private func model(
    _ told: Observations, _ seen: Observations, _ ledger: inout CostLedger
  ) throws -> GreyBoxModel? {
    guard told.usable.count >= 2 else { return nil }
    return try GreyBoxModel(
      told, on: lattice, seed: seed, reference: reference, promising: lookedFront(seen, &ledger), ledger: &ledger,
      belief: { try LookBelief(told, looks: seen, size: size, on: lattice, normals: &$0) })
  }

  /// The points that no other beats by what their looks said, the most accurate first.
  private func lookedFront(_ seen: Observations, _ ledger: inout CostLedger) throws -> [[Int]] {
    var all: [(point: [Int], values: [Double])] = []
    for look in seen.usable { all += try ledger.costs(look.point).map { (look.point, [look.values[0]] + $0) } }
    let front = ParetoFront.indices(all.map(\.values)).map { all[$0] }
    var known = Set<[Int]>()
    return front.sorted { $0.values.lexicographicallyPrecedes($1.values) }.map(\.point).filter {
      known.insert($0).inserted
    }
  }
}

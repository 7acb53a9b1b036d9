internal import CLIPCompute
internal import CLIPFiles

/// Models only what must be measured: the accuracy of a model shape. What each shape costs on its best accelerators is
/// computed, not guessed.
///
/// A shape counts for the whole set of points (-accuracy, costs on an accelerator), so the next one is that whose set is
/// expected to add the most to the dominated volume. Batches are chosen one after another, each as if the ones before it
/// were drawn already.
///
/// Sources: composite and decoupled evaluation: Astudillo and Frazier, "Bayesian optimization of composite functions",
/// arXiv:1906.01537; the acquisition as ``SlicedFront`` has it. Points are compared on the lattice itself; nothing is
/// relaxed and rounded.
public struct GreyBoxStrategy: SearchStrategy {
  /// `grey-box`.
  public var name: String { StandardStrategy.greyBox.name }

  let lattice: Lattice
  let first: [[Int]]
  let seed: UInt64
  let reference: [Double]?
  let monotone: Bool
  let consequences: @Sendable ([Int]) throws -> [[Double]]

  /// - Parameters:
  ///   - lattice: the model shapes
  ///   - first: the points to begin with, in order (``InitialDesign``)
  ///   - seed: of the draws
  ///   - reference: up to where volume counts, `[-accuracy, costs...]`; nil takes it from the front so far
  ///   - monotone: whether accuracy rises with most axes: a plane under the process, with slopes to be learned. It helps to
  ///     extrapolate; between first points that reach every axis' ends it was measured to change nothing
  ///   - consequences: the costs of a point on each of its best accelerators, all made small; empty where none is within
  ///     the limits. Called up to a few hundred times a proposal, so it should remember.
  public init(
    lattice: Lattice, first: [[Int]], seed: UInt64, reference: [Double]? = nil, monotone: Bool = false,
    consequences: @escaping @Sendable ([Int]) throws -> [[Double]]
  ) {
    self.lattice = lattice
    self.first = first
    self.seed = seed
    self.reference = reference
    self.monotone = monotone
    self.consequences = consequences
  }

  /// Observations have one value, the accuracy with its sign changed, and no constraints.
  public func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]] {
    let told = try Observations(observations, pending: pending, on: lattice, for: count)
    guard told.usable.isEmpty || told.objectives == 1 else {
      throw InputError("the grey-box search measures one value, the accuracy; found \(told.objectives)")
    }
    var ledger = CostLedger(consequences)
    var proposals: [[Int]] = [], taken = told.taken
    for point in first where proposals.count < count && lattice.contains(point) && !taken.contains(point) {
      guard try ledger.isFeasible(point) else { continue }
      taken.insert(point)
      proposals.append(point)
    }
    var random = Philox(seed: seed, purpose: .search, index: told.stream)
    if proposals.count < count, told.usable.count >= 2,
      var model = try GreyBoxModel(
        told, on: lattice, seed: seed, reference: reference, ledger: &ledger,
        belief: { try ShapeBelief(told, on: lattice, isMonotone: monotone, normals: &$0) })
    {
      for point in proposals { try model.commit(point, ledger: &ledger) }
      while proposals.count < count {
        guard let point = try model.best(without: taken, ledger: &ledger, using: &random) else { break }
        taken.insert(point)
        proposals.append(point)
        if proposals.count < count { try model.commit(point, ledger: &ledger) }
      }
    }
    return try proposals + anyFeasible(count - proposals.count, without: taken, ledger: &ledger, using: &random)
  }

  /// Of some points the one that is expected to gain most, and the first where nothing is known of any: the next where not
  /// all of the lattice may be tried any more.
  /// - Parameter points: to choose from; those that were tried already are left out
  /// - Returns: nil where none is left within the limits.
  /// - Throws: `InputError` for observations that cannot be used.
  public func best(among points: [[Int]], after observations: [Observation], pending: [[Int]]) throws -> [Int]? {
    let told = try Observations(observations, pending: pending, on: lattice, for: 1)
    var ledger = CostLedger(consequences)
    let open = try points.filter { try lattice.contains($0) && !told.taken.contains($0) && ledger.isFeasible($0) }
    if open.count > 1, told.usable.count >= 2,
      var model = try GreyBoxModel(
        told, on: lattice, seed: seed, reference: reference, ledger: &ledger,
        belief: { try ShapeBelief(told, on: lattice, isMonotone: monotone, normals: &$0) }),
      let point = try model.best(among: open, ledger: &ledger)
    {
      return point
    }
    return open.first
  }

  /// Points within the limits, at random; fewer where a large lattice hides them.
  private func anyFeasible(
    _ count: Int, without taken: Set<[Int]>, ledger: inout CostLedger, using random: inout Philox
  ) throws -> [[Int]] {
    guard count > 0 else { return [] }
    var found: [[Int]] = [], taken = taken
    // Small lattices are gone through to the end; in large ones rare points may stay unseen.
    let most = lattice.count <= Lattice.listed ? lattice.count : Lattice.listed
    var tried = 0
    while found.count < count, tried < most {
      let drawn = lattice.freshPoints(min(most - tried, 256), without: taken, using: &random)
      if drawn.isEmpty { break }
      for point in drawn {
        taken.insert(point)
        tried += 1
        if try ledger.isFeasible(point) { found.append(point) }
        if found.count == count { break }
      }
    }
    return found
  }
}

/// The costs asked for in one proposal, each once.
struct CostLedger {
  private let consequences: @Sendable ([Int]) throws -> [[Double]]
  private var known: [[Int]: [[Double]]] = [:]
  /// Points asked for, in order.
  private(set) var asked: [[Int]] = []

  init(_ consequences: @escaping @Sendable ([Int]) throws -> [[Double]]) { self.consequences = consequences }

  /// - Throws: what the caller's function throws, and `InputError` for costs that are no numbers.
  mutating func costs(_ point: [Int]) throws -> [[Double]] {
    if let found = known[point] { return found }
    let costs = try consequences(point)
    guard costs.allSatisfy({ $0.count == costs[0].count && !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else {
      throw InputError("the costs at \(point) must be finite numbers, as many for each accelerator")
    }
    known[point] = costs
    asked.append(point)
    return costs
  }

  mutating func isFeasible(_ point: [Int]) throws -> Bool { try !costs(point).isEmpty }

  func isKnown(_ point: [Int]) -> Bool { known[point] != nil }
}

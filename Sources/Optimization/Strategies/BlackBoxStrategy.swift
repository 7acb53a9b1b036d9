internal import CLIPCompute
internal import CLIPFiles

/// Models every objective and every constraint from what was measured, over all axes together: what a general-purpose
/// optimizer does that knows nothing of the problem.
///
/// One Gaussian process for each objective and each constraint, all independent; the next point is that expected to add
/// most to the volume dominated within the constraints. The counterpart of BoTorch's `qLogNEHVI` with independent
/// single-task processes (arXiv:2105.08195, arXiv:2310.20708), but on the lattice itself.
public struct BlackBoxStrategy: SearchStrategy {
  /// `black-box`.
  public var name: String { StandardStrategy.blackBox.name }

  let lattice: Lattice
  let first: [[Int]]
  let seed: UInt64
  let reference: [Double]?

  /// - Parameters:
  ///   - lattice: all axes, the model's and the accelerator's
  ///   - first: the points to begin with, in order
  ///   - seed: of the draws
  ///   - reference: up to where volume counts; nil takes it from the front so far
  public init(lattice: Lattice, first: [[Int]], seed: UInt64, reference: [Double]? = nil) {
    self.lattice = lattice
    self.first = first
    self.seed = seed
    self.reference = reference
  }

  /// The points to begin with, then those that promise most volume; random ones until two observations can be used.
  /// - Throws: `InputError` for observations that cannot be used.
  public func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]] {
    let told = try Observations(observations, pending: pending, on: lattice, for: count)
    var proposals: [[Int]] = [], taken = told.taken
    for point in first where proposals.count < count && lattice.contains(point) && taken.insert(point).inserted {
      proposals.append(point)
    }
    var random = Philox(seed: seed, purpose: .search, index: told.stream)
    if proposals.count < count, told.usable.count >= 2, var model = try BlackBoxModel(told, strategy: self) {
      for point in proposals { model.commit(point) }
      while proposals.count < count, let point = model.best(without: taken, using: &random) {
        taken.insert(point)
        proposals.append(point)
        if proposals.count < count { model.commit(point) }
      }
    }
    return proposals + lattice.freshPoints(count - proposals.count, without: taken, using: &random)
  }
}

internal import CLIPFiles

/// What a trial found at a point of the lattice.
public struct Observation: Equatable, Sendable {
  /// A level's number for each axis.
  public var point: [Int]
  /// What is made small, one number an objective; empty for a trial that failed.
  public var values: [Double]
  /// The standard error of each value in its own unit; 0 for an exact one.
  public var noise: [Double]
  /// One number a constraint, at most 0 where it is met.
  public var violations: [Double]

  /// An observation of its parts; a strategy checks them when it is told.
  public init(point: [Int], values: [Double], noise: [Double], violations: [Double]) {
    self.point = point
    self.values = values
    self.noise = noise
    self.violations = violations
  }

  /// Whether all constraints are met; false for a trial that failed.
  public var isFeasible: Bool { !values.isEmpty && violations.allSatisfy { $0 <= 0 } }
}

/// Observations as strategies use them: checked, in an order that does not depend on which worker was first, and without
/// the failed ones, whose points are still taken.
struct Observations {
  /// Those with values, ordered by point, then by values.
  let usable: [Observation]
  /// The points of all observations, failed ones too, and the pending ones.
  let taken: Set<[Int]>
  /// Pending points, in order, each once, without those observed.
  let pending: [[Int]]
  let objectives: Int
  let constraints: Int
  private static let mostAtOnce = 10_000
  /// What moves on with every trial told: the place of a proposal in the random stream.
  let total: Int

  /// - Parameter count: how many points are asked for
  /// - Throws: `InputError` for points off the lattice, numbers that are not finite, noise below 0, or observations with
  ///   different numbers of values or constraints.
  init(_ observations: [Observation], pending: [[Int]], on lattice: Lattice, for count: Int) throws {
    guard (0...Self.mostAtOnce).contains(count) else {
      throw InputError("from 0 to \(Self.mostAtOnce) points can be proposed at once, asked for \(count)")
    }
    let told = observations.filter { !$0.values.isEmpty }
    objectives = told.first?.values.count ?? 0
    constraints = told.first?.violations.count ?? 0
    for observation in observations {
      guard lattice.contains(observation.point) else {
        throw InputError("observed point \(observation.point) is not on the lattice of \(lattice.sizes) levels")
      }
    }
    for observation in told {
      let name = "observation at \(observation.point)"
      guard observation.values.count == objectives, observation.violations.count == constraints else {
        throw InputError("\(name) has other numbers of values or constraints than the first one")
      }
      guard observation.noise.count == objectives else {
        throw InputError("\(name) has \(observation.noise.count) standard errors for \(objectives) values")
      }
      guard (observation.values + observation.violations + observation.noise).allSatisfy(\.isFinite) else {
        throw InputError(
          "\(name) holds a number that is not finite", advice: "tell a trial that failed without any values")
      }
      guard observation.noise.allSatisfy({ $0 >= 0 }) else {
        throw InputError("\(name) has a standard error below 0")
      }
    }
    if let point = pending.first(where: { !lattice.contains($0) }) {
      throw InputError("pending point \(point) is not on the lattice of \(lattice.sizes) levels")
    }
    usable = told.sorted {
      if $0.point != $1.point { return $0.point.stands(before: $1.point) }
      return ($0.values + $0.noise + $0.violations).lexicographicallyPrecedes($1.values + $1.noise + $1.violations)
    }
    let observed = Set(observations.map(\.point)), waiting = Set(pending).subtracting(observed)
    self.pending = waiting.sorted { $0.stands(before: $1) }
    taken = observed.union(waiting)
    total = observations.count
  }

  /// The random stream of a proposal: another one after every trial told or handed out.
  var stream: UInt64 { UInt64(truncatingIfNeeded: total) << 20 | UInt64(truncatingIfNeeded: pending.count & 0xFFFFF) }
}

internal import CLIPCompute

/// Points at random: what any other strategy must beat.
public struct RandomStrategy: SearchStrategy {
  /// `random`.
  public var name: String { StandardStrategy.random.name }
  let lattice: Lattice
  let seed: UInt64

  /// Draws from the whole lattice.
  public init(lattice: Lattice, seed: UInt64) {
    self.lattice = lattice
    self.seed = seed
  }

  /// Random points that are neither observed nor pending.
  /// - Throws: `InputError` for observations that cannot be used.
  public func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]] {
    let told = try Observations(observations, pending: pending, on: lattice, for: count)
    var random = Philox(seed: seed, purpose: .search, index: told.stream)
    return lattice.freshPoints(count, without: told.taken, using: &random)
  }
}

/// Points of a Sobol sequence, each axis cut into as many equal parts as it has levels; those met before are left out.
public struct SobolStrategy: SearchStrategy {
  /// `sobol`.
  public var name: String { StandardStrategy.sobol.name }
  let lattice: Lattice
  let seed: UInt64

  /// The seed scrambles the sequence.
  public init(lattice: Lattice, seed: UInt64) {
    self.lattice = lattice
    self.seed = seed
  }

  /// The sequence's first points that are neither observed nor pending; random ones where it has no more of them.
  /// - Throws: `InputError` for observations that cannot be used, or more axes than the sequence has.
  public func propose(_ count: Int, after observations: [Observation], pending: [[Int]]) throws -> [[Int]] {
    let told = try Observations(observations, pending: pending, on: lattice, for: count)
    let sequence = try SobolSequence(axes: lattice.axes, seed: seed)
    var taken = told.taken, found: [[Int]] = []
    // The sequence is gone through from its start, so what it would have proposed and was lost is proposed again.
    var index = 0
    let most = 16 * (taken.count + max(count, 0)) + 1024
    while found.count < count, index < most {
      let point = lattice.point(nearest: sequence[index])
      if taken.insert(point).inserted { found.append(point) }
      index += 1
    }
    var random = Philox(seed: seed, purpose: .search, index: told.stream)
    return found + lattice.freshPoints(count - found.count, without: taken, using: &random)
  }
}

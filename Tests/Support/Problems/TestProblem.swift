public import CLIPCompute
internal import CLIPFiles
public import CLIPOptimization

/// A problem with a known answer, on a lattice: what strategies are compared on.
///
/// Each has two sides. Told as a black box, a point of the whole lattice has values and violations. Told as a grey box, the
/// first value is measured and depends on the visible axes only; the others and the constraints are computed for every
/// point of the hidden axes.
public struct TestProblem: Sendable {
  public let name: String
  /// All axes, those that the first value depends on first.
  public let lattice: Lattice
  /// How many axes the first value depends on.
  public let visibleAxes: Int
  /// Up to where volume counts.
  public let reference: [Double]
  /// The standard error of the first value.
  public let noise: Double
  /// The values, all made small, and the violations, at most 0 where allowed, at a point of the whole lattice.
  public let evaluate: @Sendable ([Int]) -> (values: [Double], violations: [Double])

  /// What looks at visible points say, where there are looks.
  public var looks: Looks?

  /// Cheap looks at the first value.
  public struct Looks: Sendable {
    /// What a look costs, as a share of a trial.
    public let cost: Double
    /// The first value that a look at a visible point shows, and its standard error; a seed for what is luck about it.
    public let see: @Sendable (_ point: [Int], _ seed: UInt64) -> (value: Double, error: Double)
    /// See `SearchProblem.size`.
    public var size: (@Sendable ([Int]) throws -> Double)?

    /// Looks of their parts.
    public init(
      cost: Double, see: @escaping @Sendable (_ point: [Int], _ seed: UInt64) -> (value: Double, error: Double)
    ) {
      self.cost = cost
      self.see = see
    }
  }

  /// In place of looking at every hidden point.
  private let knownConsequences: (@Sendable ([Int]) -> [[Double]])?

  /// - Parameter consequences: the later values at a visible point for the hidden points that count, where looking at all of
  ///   them takes too long; nil looks at all
  /// - Throws: `InputError` for a lattice without points, or another number of visible axes than it has.
  public init(
    name: String, sizes: [Int], visibleAxes: Int? = nil, reference: [Double], noise: Double = 0,
    consequences: (@Sendable ([Int]) -> [[Double]])? = nil,
    evaluate: @escaping @Sendable ([Int]) -> (values: [Double], violations: [Double])
  ) throws {
    lattice = try Lattice(sizes)
    let visible = visibleAxes ?? sizes.count
    guard (1...sizes.count).contains(visible) else {
      throw InputError("\(name): from 1 to \(sizes.count) axes can be visible, found \(visible)")
    }
    guard noise >= 0, noise.isFinite, reference.allSatisfy(\.isFinite) else {
      throw InputError("\(name): noise and reference must be finite, noise not below 0")
    }
    self.name = name
    self.visibleAxes = visible
    self.reference = reference
    self.noise = noise
    self.evaluate = evaluate
    knownConsequences = consequences
  }

  /// The axes that the first value depends on.
  public var visibleLattice: Lattice { get throws { try Lattice(Array(lattice.sizes.prefix(visibleAxes))) } }

  /// What a trial at a point of the whole lattice is told.
  /// - Parameter random: where the first value's noise comes from
  public func observation(_ point: [Int], using random: inout Philox) -> Observation {
    var (values, violations) = evaluate(point)
    if noise > 0 { values[0] += noise * Double(random.normal()) }
    return Observation(
      point: point, values: values, noise: [noise] + values.dropFirst().map { _ in 0 }, violations: violations)
  }

  /// What a trial at a visible point is told: the first value only.
  public func measured(_ point: [Int], using random: inout Philox) -> Observation {
    var value = evaluate(point + hiddenZeros).values[0]
    if noise > 0 { value += noise * Double(random.normal()) }
    return Observation(point: point, values: [value], noise: [noise], violations: [])
  }

  private var hiddenZeros: [Int] { lattice.sizes.dropFirst(visibleAxes).map { _ in 0 } }

  /// The later values at a visible point, for the hidden points that meet the constraints and that no other of them beats.
  public func consequences(_ point: [Int]) -> [[Double]] {
    if let knownConsequences { return knownConsequences(point) }
    let hidden = Array(lattice.sizes.dropFirst(visibleAxes))
    var found: [[Double]] = []
    var rest = hiddenZeros
    while true {
      let (values, violations) = evaluate(point + rest)
      if violations.allSatisfy({ $0 <= 0 }) { found.append(Array(values.dropFirst())) }
      guard let axis = hidden.indices.last(where: { rest[$0] + 1 < hidden[$0] }) else { break }
      rest[axis] += 1
      for later in (axis + 1)..<hidden.count { rest[later] = 0 }
    }
    return ParetoFront.indices(found).map { found[$0] }
  }

  /// The true values at a visible point for the hidden points that count; empty where none meets the constraints.
  public func outcomes(_ point: [Int]) -> [[Double]] {
    let value = evaluate(point + hiddenZeros).values[0]
    return consequences(point).map { [value] + $0 }
  }

  /// The volume of the true front, from every point of the lattice: what no strategy can exceed. Seconds for millions of
  /// points.
  /// - Throws: `InputError` for lattices of more than 2²⁶ points.
  public func bestVolume(on pool: ThreadPool) throws -> Double {
    guard lattice.count <= 1 << 26 else {
      throw InputError("\(name): \(lattice.count) points are too many to look at each")
    }
    let chunk = 8192, chunks = (lattice.count + chunk - 1) / chunk, fronts = Results(count: chunks)
    pool.forEach(chunks) { index in
      var allowed: [[Double]] = []
      for number in index * chunk..<min((index + 1) * chunk, lattice.count) {
        let (values, violations) = evaluate(lattice.point(at: number))
        if violations.allSatisfy({ $0 <= 0 }), zip(values, reference).allSatisfy({ $0 < $1 }) {
          allowed.append(values)
        }
      }
      fronts.set(index, ParetoFront.indices(allowed).flatMap { allowed[$0] })
    }
    var front: [[Double]] = []
    for flat in fronts.all where !flat.isEmpty {
      let size = reference.count
      front += stride(from: 0, to: flat.count, by: size).map { Array(flat[$0..<$0 + size]) }
      if front.count > 4096 { front = ParetoFront.indices(front).map { front[$0] } }
    }
    return Hypervolume.of(front, reference: reference)
  }

  /// A point's place with the unit cube stretched to bounds.
  static func place(_ point: [Int], _ sizes: [Int], _ bounds: [ClosedRange<Double>]) -> [Double] {
    point.indices.map { axis in
      let bound = bounds[axis], last = Double(max(sizes[axis] - 1, 1))
      return bound.lowerBound + (bound.upperBound - bound.lowerBound) * Double(point[axis]) / last
    }
  }
}

public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes
public import CLIPUnits

/// Prices one model on every design of a space.
public struct Sweep: Sendable {
  /// What a design must not exceed; nil where there is no limit.
  public struct Limits: Equatable, Sendable {
    /// Time of an inference.
    public var latency: Seconds?
    /// Area of the chip.
    public var area: SquareMillimeters?
    /// Peak rate of the arrays in 10^12 operations a second.
    public var tops: Double?

    /// Limits.
    public init(latency: Seconds? = nil, area: SquareMillimeters? = nil, tops: Double? = nil) {
      self.latency = latency
      self.area = area
      self.tops = tops
    }

    /// Those of CATransformers' search: 50 ms, 32 mm2, 20.48 TOPS.
    public static let edge = Limits(latency: Seconds(0.05), area: SquareMillimeters(32), tops: 20.48)

    /// - Throws: `InputError` for a limit that is no positive number.
    func check() throws {
      let all = [("latency", latency?.value), ("area", area?.value), ("tops", tops)]
      for (name, value) in all {
        if let value, !(value > 0 && value.isFinite) {
          throw InputError("limit of \(name): expected more than 0, found \(value)")
        }
      }
    }

    func allow(_ point: SweepPoint) -> Bool {
      point.isPossible && point.latency.value <= latency?.value ?? .infinity
        && point.area.value <= area?.value ?? .infinity && point.design.peakTOPS <= tops ?? .infinity
    }
  }

  /// Who prices.
  public let costModel: any CostModel
  /// What is priced.
  public let space: DesignSpace
  /// What is asked of a design.
  public let limits: Limits

  /// A sweep; ``run(_:on:)`` does it.
  public init(_ space: DesignSpace, with costModel: any CostModel, limits: Limits = Limits()) {
    self.space = space
    self.costModel = costModel
    self.limits = limits
  }

  /// A space with more designs is not swept at once.
  public static let largest = 1_000_000
  private static let chunk = 16

  /// Prices every design, in the order of their numbers; the same on any number of threads.
  /// - Throws: `InputError` of the first design that cannot be priced, or for a space too large.
  public func run(_ model: any Workload, on pool: ThreadPool) throws -> SweepResult {
    try limits.check()
    guard space.count <= Self.largest else {
      throw InputError("a sweep of \(space.count) designs; at most \(Self.largest)", advice: "shorten a list")
    }
    let list = try costModel.operations(of: model)
    let count = space.count
    let chunks = (count + Self.chunk - 1) / Self.chunk
    let points = Gathered<[SweepPoint]>(count: chunks)
    try pool.forEachThrowing(chunks) { chunk, _ in
      let numbers = chunk * Self.chunk..<min(count, (chunk + 1) * Self.chunk)
      points.set(
        chunk,
        try numbers.map { number in
          let estimate = try costModel.estimate(list, on: space[number])
          return SweepPoint(number: number, estimate)
        })
    }
    return SweepResult(points: points.all.flatMap { $0 }, limits: limits)
  }
}

/// One design with what the model costs on it.
public struct SweepPoint: Equatable, Sendable {
  /// The design's number in its space.
  public let number: Int
  /// The design.
  public let design: AcceleratorDesign
  /// Time of an inference.
  public let latency: Seconds
  /// Energy of an inference, DRAM and waiting for the next inference included.
  public let energy: Joules
  /// What of the energy is used waiting for the next inference.
  public let waitingEnergy: Joules
  /// The chip.
  public let area: SquareMillimeters

  /// What an estimate says of a design.
  public init(number: Int, _ estimate: Estimate) {
    let total = estimate.total
    self.number = number
    design = estimate.design
    latency = total.latency
    energy = total.energy
    waitingEnergy = estimate.waitingEnergy
    area = estimate.area.total
  }

  /// Whether every operation fits the design.
  public var isPossible: Bool { latency.isFinite }
}

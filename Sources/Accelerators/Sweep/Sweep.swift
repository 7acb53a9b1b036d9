public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes
public import CLIPUnits

/// Prices one model on every design of a space.
public struct Sweep: Sendable {
  /// Who prices.
  public let costModel: any CostModel
  /// What is priced.
  public let space: DesignSpace

  /// A sweep; ``run(_:on:)`` does it.
  public init(_ space: DesignSpace, with costModel: any CostModel) {
    self.space = space
    self.costModel = costModel
  }

  /// A space with more designs is not swept at once.
  public static let largest = 1_000_000
  private static let chunk = 16

  /// Prices every design whose voltage carries its clock, in the order of their numbers; the same on any number of threads.
  /// - Throws: `InputError` of the first design that cannot be priced, for a space too large, or without a design that runs.
  public func run(_ model: any Workload, on pool: ThreadPool) throws -> [SweepPoint] {
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
        try numbers.compactMap { number in
          let design = space[number]
          guard try costModel.carriesClock(of: design) else { return nil }
          return SweepPoint(number: number, try costModel.estimate(list, on: design))
        })
    }
    let all = points.all.flatMap { $0 }
    // What is wrong with the first stands for all.
    if all.isEmpty { _ = try costModel.estimate(list, on: space[0]) }
    return all
  }
}

/// One design with what the model costs on it.
public struct SweepPoint: Equatable, Sendable {
  /// The design's number in its space.
  public private(set) var number: Int
  /// The design.
  public let design: AcceleratorDesign
  /// Time of a run.
  public let latency: Seconds
  /// Energy of an inference, DRAM and waiting for the next inference included.
  public let energy: Joules
  /// Images of a run.
  public let images: Int
  /// Mean power while a run lasts, DRAM included.
  public let power: Watts
  /// What of the energy is used waiting for the next inference.
  public let waitingEnergy: Joules
  /// The chip.
  public let area: SquareMillimeters
  /// Whether every operation fits the design.
  public let isPossible: Bool
  /// The memories that the design names; nil where the scenario's DRAM is priced by the gigabyte.
  public let memories: MemoryBill?

  /// What an estimate says of a design.
  public init(number: Int, _ estimate: Estimate) {
    self.number = number
    design = estimate.design
    latency = estimate.latency
    energy = estimate.energy
    images = estimate.images
    power = estimate.power
    isPossible = estimate.isPossible
    waitingEnergy = estimate.waitingEnergy
    area = estimate.area.total
    memories = estimate.memories
  }

  /// The same as the design of another number.
  package func numbered(_ number: Int) -> SweepPoint {
    var point = self
    point.number = number
    return point
  }
}

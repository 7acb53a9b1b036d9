internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

/// The least that designs of a bound have of each metric.
struct FloorRating: Sendable {
  /// A bound's metrics.
  struct Values: Sendable {
    fileprivate var latency = Double.infinity, energy = Double.infinity, area = Double.infinity
    fileprivate var tops = Double.infinity, power = Double.infinity
    fileprivate var operational = Double.infinity, embodied = Double.infinity, carbon = Double.infinity
    /// Known exactly: rounding them down would leave nothing out of what is equal.
    fileprivate var model: ModelFigures?

    /// In the unit of ``Metric/column``; infinite where the model fits none of the designs.
    func value(of metric: Metric) -> Double {
      switch metric {
      case .latency: latency
      case .energy: energy
      case .area: area
      case .tops: tops
      case .power: power
      case .carbon: carbon
      case .operational: operational
      case .embodied: embodied
      case .parameters, .size, .activationMemory, .macs: model?.value(of: metric) ?? .infinity
      }
    }
  }

  private let model: ModelFigures
  /// By combination of the axes that decide which process and which memories a design has.
  private let carbon: [CarbonFunction]
  /// Seconds that the first image of a run waits for the last.
  private let collecting: Double
  /// Seconds that a run may take at the most.
  private let slowest: Double

  /// Sums in another order differ in their last digits.
  private static let rounding = 1 - 1e-12

  init(
    _ assessor: Assessor, bytes: Int, model: ModelFigures, _ floors: SpaceFloors, _ limits: [Limit]
  ) throws {
    self.model = model
    carbon = try floors.processes.map { design, bill in
      try CarbonFunction(
        assessor.scenario(for: design), modelBytes: bytes, memories: bill.map { try assessor.memories($0) })
    }
    collecting = assessor.scenario.collecting.value
    slowest = limits.filter { $0.metric == .latency }.map(\.most).min() ?? .infinity
  }

  func values(of floor: DesignFloor) throws -> Values {
    guard floor.latency.isFinite else { return Values() }
    let function = carbon[floor.outer], rounding = Self.rounding
    let operational = function.operational(energy: max(floor.energy, DesignFigures.energies.lowerBound))
    let embodied = try function.embodied(area: floor.area)
    return Values(
      latency: (floor.latency + collecting) * rounding, energy: floor.energy * rounding, area: floor.area * rounding,
      tops: floor.peakTOPS * rounding, power: floor.power(within: slowest) * rounding,
      operational: operational * rounding, embodied: embodied * rounding,
      carbon: function.total(operational: operational, embodied: embodied) * rounding, model: model)
  }
}

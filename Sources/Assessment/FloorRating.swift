internal import CLIPAccelerators
internal import CLIPCarbonFootprint
internal import CLIPUnits

/// The least that designs of a bound have of a metric.
struct FloorRating: Sendable {
  private let assessor: Assessor
  private let bytes: Int
  private let model: ModelFigures
  /// By combination of the axes that decide which memories a design names.
  private let memories: [DesignMemories?]
  /// Seconds that a run may take at the most.
  private let slowest: Double

  /// Sums in another order differ in their last digits.
  private static let rounding = 1e-13

  init(
    _ assessor: Assessor, bytes: Int, model: ModelFigures, _ bills: [MemoryBill?], _ limits: [Limit]
  ) throws {
    self.model = model
    self.assessor = assessor
    memories = try bills.map { try $0.map { try assessor.memories($0) } }
    self.bytes = bytes
    slowest = limits.filter { $0.metric == .latency }.map(\.most).min() ?? .infinity
  }

  /// In the unit of ``Metric/column``; infinite where the model fits none of the designs.
  func value(of metric: Metric, _ floor: DesignFloor) throws -> Double {
    guard floor.latency.isFinite else { return .infinity }
    // Known exactly: rounding them down would leave nothing out of what is equal.
    if let exact = model.value(of: metric) { return exact }
    let value =
      switch metric {
      case .latency: floor.latency + assessor.scenario.collecting.value
      case .energy: floor.energy
      case .area: floor.area
      case .tops: floor.design.peakTOPS
      case .power: floor.power(within: slowest)
      case .carbon: try carbon(floor).total.value
      case .operational: try carbon(floor).operational.value
      case .embodied: try embodied(carbon(floor))
      case .parameters, .size, .activationMemory: 0.0
      }
    return value * (1 - Self.rounding)
  }

  private func embodied(_ carbon: LifetimeCarbon) -> Double { (carbon.embodied.total * carbon.embodiedShare).value }

  private func carbon(_ floor: DesignFloor) throws -> LifetimeCarbon {
    try assessor.scenario.carbon(
      of: DesignFigures(
        name: "", area: SquareMillimeters(floor.area),
        latency: Seconds(max(floor.latency, DesignFigures.latencies.lowerBound)),
        energy: Joules(max(floor.energy, DesignFigures.energies.lowerBound)), modelBytes: bytes,
        images: floor.images, memories: memories[floor.outer]))
  }
}

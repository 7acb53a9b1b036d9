internal import CLIPFiles
internal import CLIPUnits

/// A scenario's carbon as a function of a die's area and an inference's energy, for whoever asks for millions of designs:
/// what ``Scenario/carbon(of:)`` says, but for the last digits.
///
///     use    = a + b * energy                                     [kgCO2e, J]
///     making = c + d * wafer area for each die / yield            [kgCO2e, mm²]
package struct CarbonFunction: Sendable {
  private let fixedUse: Double, perJoule: Double
  private let fixedMaking: Double, perArea: Double
  private let manufacture: Manufacture
  private let modelBytes: Int?, memories: DesignMemories?
  /// A device's share of what searching and training has emitted, in kgCO2e.
  private let modelShare: Double

  /// Areas and energies through which the lines are drawn.
  private static let area = SquareMillimeters(1), energies = (Joules(DesignFigures.energies.lowerBound), Joules(1))

  /// - Parameters:
  ///   - modelBytes, memories: as in ``DesignFigures``
  /// - Throws: `InputError` for figures that make no sense.
  package init(_ scenario: Scenario, modelBytes: Int?, memories: DesignMemories?) throws {
    func carbon(_ energy: Joules) throws -> LifetimeCarbon {
      try scenario.carbon(
        of: DesignFigures(
          name: "", area: Self.area, latency: Seconds(DesignFigures.latencies.lowerBound), energy: energy,
          modelBytes: modelBytes, memories: memories))
    }
    let (least, most) = (try carbon(Self.energies.0), try carbon(Self.energies.1))
    perJoule = (most.operational - least.operational).value / (Self.energies.1 - Self.energies.0).value
    fixedUse = least.operational.value - perJoule * Self.energies.0.value
    let embodied = least.embodied, share = least.embodiedShare
    manufacture = scenario.manufacture
    fixedMaking = ((embodied.total - embodied.chip) * share).value
    perArea = (embodied.chip * share).value * embodied.dieYield / embodied.waferArea.value
    (self.modelBytes, self.memories) = (modelBytes, memories)
    modelShare = scenario.modelCarbon > .zero ? least.modelShare.value : 0
  }

  /// Of use, in kgCO2e.
  /// - Parameter energy: of an inference, in J
  package func operational(energy: Double) -> Double { fixedUse + perJoule * energy }

  /// Of making, the part that the use answers for, in kgCO2e.
  /// - Parameter area: in mm²
  /// - Throws: `InputError` as ``Manufacture/embodied(area:modelBytes:memories:)``.
  package func embodied(area: Double) throws -> Double {
    let size = SquareMillimeters(area), yield = manufacture.yield.yield(of: size)
    guard Manufacture.areas.contains(area), yield >= Manufacture.leastYield else {
      let whole = try manufacture.embodied(area: size, modelBytes: modelBytes, memories: memories)
      return (whole.total).value
    }
    let wafer = try manufacture.wafer?.areaPerDie(of: size).value ?? area
    return fixedMaking + perArea * (wafer / yield)
  }

  /// Of both, and the model's share, in kgCO2e.
  package func total(operational: Double, embodied: Double) -> Double { operational + embodied + modelShare }
}

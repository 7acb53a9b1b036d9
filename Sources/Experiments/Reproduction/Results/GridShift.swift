internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCompute
internal import CLIPUnits

/// The accelerator of least carbon for one model as the grid of use gets dirtier and the use longer.
public struct GridShift: Equatable, Sendable {
  /// The set-up's key; grid and years differ from its scenario's.
  public let setup: String
  /// The grid of use.
  public let grid: String
  /// In gCO2e/kWh.
  public let intensity: Double
  /// Years of use.
  public let years: Double
  /// The accelerator of least carbon.
  public let best: PricedModel

  /// Three grids for three and for ten years; all else as in a set-up.
  /// - Throws: `InputError` of a design that cannot be priced.
  static func all(
    for member: FamilyMember, _ setup: Setup, across space: DesignSpace, on pool: ThreadPool
  ) throws -> [GridShift] {
    let grids = try GridTable(), use = setup.scenario.lifetime
    return try [3.0, 10].flatMap { years in
      try ComparedGrid.allCases.compactMap { grid in
        var scenario = try setup.scenario.on(grid, of: grids)
        scenario.lifetime = try Lifetime(
          span: Lifetime.year * years, rate: use.rate ?? Hertz(1), hoursPerDay: use.hoursPerDay ?? 24)
        let found = try setup.assessor.moved(to: scenario).least(
          .carbon, of: member.configuration, across: space, limits: Optimum.limits, on: pool)
        return PricedModel(found).map {
          GridShift(
            setup: setup.key, grid: grid.title, intensity: scenario.grid.intensity.value, years: years, best: $0)
        }
      }
    }
  }
}

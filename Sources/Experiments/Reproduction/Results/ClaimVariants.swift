internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCompute
internal import CLIPUnits

/// The paper's claims that one model emits less than another, under one assumption.
public struct ClaimVariant: Equatable, Sendable {
  /// What files call the assumption.
  public let key: String
  /// What tables call it; two spaces before a change of the assumption above.
  public let title: String
  /// For each claim by how much the model's carbon is below the other's, as a part of the latter; negative where it is above.
  public let less: [Double]
}

/// Makes the variants: printed figures, then cost models, grids, DRAM and accelerators one at a time.
struct ClaimVariants {
  private let tables: PublishedTables
  private let setups: Setups
  private let optima: [Optimum]
  private let space: DesignSpace
  private let pool: ThreadPool
  private let grids: GridTable
  private let memories: MemoryTable

  init(
    _ tables: PublishedTables, _ setups: Setups, _ optima: [Optimum], _ space: DesignSpace, _ pool: ThreadPool
  ) throws {
    self.tables = tables
    self.setups = setups
    self.optima = optima
    self.space = space
    self.pool = pool
    grids = try GridTable()
    memories = try MemoryTable()
  }

  func all() throws -> [ClaimVariant] {
    let published = setups.referencePublished.scenario, edge = setups.physicalEdge.scenario
    let withLPDDR4 = try published.withGigabyte(of: "lpddr4", memories)
    let withLPDDR3 = try edge.withGigabyte(of: "lpddr3-20nm", memories)
    var variants = try printed(published, withLPDDR4)

    func add(_ setup: Setup, _ key: String, _ title: String, _ scenario: Scenario? = nil, memory: Bool = true) throws {
      let assessor = scenario.map { setup.assessor.moved(to: $0) } ?? setup.assessor
      variants.append(try onPrinted(Setup("\(setup.key)\(key)", title, assessor), countingMemory: memory))
    }
    func addGrids(_ setup: Setup) throws {
      for grid in ComparedGrid.allCases where grid.rawValue != setup.scenario.grid.code {
        try add(
          setup, "-\(grid.key)", "  grid of \(grid.title)", setup.scenario.on(grid, of: grids))
      }
    }
    try add(setups.referenceStated, "", "\(setups.referenceStated.title): 23.7 M, California")
    try add(setups.referenceDefault, "", "\(setups.referenceDefault.title): 30 M, British Columbia")
    for setup in [setups.referencePublished, setups.physicalPublished] {
      try add(setup, "", "\(setup.title): 30 M, California")
      try addGrids(setup)
      try add(setup, "-lpddr4", "  1 GB of LPDDR4", withLPDDR4)
      try add(setup, "-no-dram", "  DRAM not counted", memory: false)
      variants.append(try onOwn(setup, "-own", "  each on its own best accelerator"))
    }
    let setup = setups.physicalEdge
    try add(setup, "", "\(setup.title): 23.7 M, world, LPDDR4 sized to the model")
    try addGrids(setup)
    try add(setup, "-lpddr3", "  1 GB of LPDDR3", withLPDDR3)
    try add(setup, "-no-dram", "  DRAM not counted", memory: false)
    variants.append(try onOwn(setup, "-own", "  each on its own best accelerator"))
    for grid in ComparedGrid.allCases where grid.rawValue != setup.scenario.grid.code {
      variants.append(
        try onOwn(
          setup, "-own-\(grid.key)", "    grid of \(grid.title)", in: setup.scenario.on(grid, of: grids)))
    }
    variants.append(try onOwn(setup, "-own-no-dram", "    DRAM not counted", countingMemory: false))
    return variants
  }

  /// From the printed totals alone: as they are, as far as their digits go, and with the printed DRAM exchanged.
  private func printed(_ published: Scenario, _ withLPDDR4: Scenario) throws -> [ClaimVariant] {
    func memory(_ scenario: Scenario) throws -> KilogramsCO2e {
      try scenario.manufacture.embodied(area: SquareMillimeters(1)).memory
    }
    let lpddr3 = try memory(published), lpddr4 = try memory(withLPDDR4)
    func differences(_ other: KilogramsCO2e) -> [CarbonDifference] {
      tables.claims.map {
        CarbonDifference($0.model.carbon, below: $0.against.carbon, replacing: (printed: lpddr3, other: other))
      }
    }
    let plain = differences(lpddr3)
    return [
      ClaimVariant(key: "claimed", title: "as the text claims", less: tables.claims.map(\.less)),
      ClaimVariant(key: "printed", title: "from the printed totals", less: plain.map(\.less)),
      ClaimVariant(key: "printed-least", title: "  at least, by their rounding", less: plain.map(\.least)),
      ClaimVariant(key: "printed-most", title: "  at most, by their rounding", less: plain.map(\.most)),
      ClaimVariant(key: "printed-lpddr4", title: "  1 GB of LPDDR4", less: differences(lpddr4).map(\.less)),
      ClaimVariant(key: "printed-no-dram", title: "  DRAM not counted", less: differences(.zero).map(\.less)),
    ]
  }

  private func onPrinted(_ setup: Setup, countingMemory: Bool) throws -> ClaimVariant {
    try variant(setup.key, setup.title, countingMemory) { try setup.price($0.configuration, on: $0.design).carbon }
  }

  /// Each model on the accelerator that is best for it in the scenario.
  private func onOwn(
    _ setup: Setup, _ key: String, _ title: String, in scenario: Scenario? = nil, countingMemory: Bool = true
  ) throws -> ClaimVariant {
    try variant("\(setup.key)\(key)", title, countingMemory) { member in
      guard let scenario else {
        // What DRAM a model has does not depend on the accelerator, so the best is the same without it.
        return optima.of(member.configuration, in: setup)?.leastCarbon?.carbon
      }
      return try setup.assessor.moved(to: scenario).least(
        .carbon, of: member.configuration, across: space, limits: Optimum.limits, on: pool)?.carbon
    }
  }

  private func variant(
    _ key: String, _ title: String, _ countingMemory: Bool, _ carbon: (FamilyMember) throws -> LifetimeCarbon?
  ) throws -> ClaimVariant {
    func total(_ member: FamilyMember) throws -> Double {
      guard let carbon = try carbon(member) else { return .nan }
      return (countingMemory ? carbon.total : carbon.totalWithoutMemory).value
    }
    return ClaimVariant(
      key: key, title: title,
      less: try tables.claims.map { CarbonDifference.less(try total($0.model), than: try total($0.against)) })
  }
}

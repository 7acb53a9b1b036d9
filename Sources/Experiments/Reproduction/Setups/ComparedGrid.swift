internal import CLIPCarbonFootprint
internal import CLIPUnits

/// The three grids between which claims are compared: a clean one, the paper's, the world's.
enum ComparedGrid: String, CaseIterable {
  case britishColumbia = "act-operational-british-columbia"
  case california = "act-operational-california"
  case world = "WORLD"

  /// What files call it.
  var key: String { title.lowercased().replacing(" ", with: "-") }

  /// What tables call it.
  var title: String {
    switch self {
    case .britishColumbia: "British Columbia"
    case .california: "California"
    case .world: "world"
    }
  }
}

extension Scenario {
  /// The same on another grid of use.
  func on(_ grid: ComparedGrid, of table: GridTable) throws -> Scenario {
    var copy = self
    copy.grid = try table.grid(grid.rawValue)
    return copy
  }

  /// The same with a gigabyte of DRAM of a kind.
  func withGigabyte(of code: String, _ table: MemoryTable) throws -> Scenario {
    var copy = self
    copy.manufacture.memory = try MemoryPlan(type: table.type(code), capacity: .fixed(Gigabytes(1)))
    return copy
  }
}

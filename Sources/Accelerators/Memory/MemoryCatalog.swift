internal import CLIPFiles

/// The memories that a design may name, by name.
public struct MemoryCatalog: Equatable, Sendable {
  /// In the order of the table.
  public private(set) var dram: [DRAMDevice]
  /// In the order of the table.
  public private(set) var weights: [WeightMemory]

  static let dramColumns = [
    "name", "part", "megabytes", "width_bits", "mega_transfers", "self_refresh_45c_mw", "self_refresh_85c_mw",
    "power_down_mw", "active_mw", "read_pj_per_bit", "write_pj_per_bit", "io_read_pj_per_bit", "io_write_pj_per_bit",
    "row_nj", "row_bytes", "refreshes_itself", "pads", "phy", "embodied", "unverified", "source",
  ]
  static let weightColumns = [
    "name", "part", "place", "read_pj_per_bit", "bandwidth_mb_s", "standby_uw", "sleep_uw", "pads", "mm2_per_mbit",
    "node_nm", "least_nm", "smallest_mb", "g_per_mbit", "wafer_share", "unverified", "source",
  ]

  /// Those that come with the toolkit.
  /// - Throws: `InputError` naming file, line and column.
  public init() throws {
    dram = try Self.dram(file: DataFolder.path("technology/dram-devices.csv"))
    weights = try Self.weights(file: DataFolder.path("technology/weight-memories.csv"))
  }

  /// Rows of a table of DRAM.
  static func dram(file path: String) throws -> [DRAMDevice] {
    try rows(path, dramColumns, reserved: AcceleratorDesign.scenarioDRAM) {
      try DRAMDevice($0)
    } name: {
      $0.name
    }
  }

  /// Rows of a table of memories for weights.
  static func weights(file path: String) throws -> [WeightMemory] {
    try rows(path, weightColumns, reserved: AcceleratorDesign.inDRAM, AcceleratorDesign.inSRAM) {
      try WeightMemory($0)
    } name: {
      $0.name
    }
  }

  private static func rows<Row>(
    _ path: String, _ columns: [String], reserved: String..., read: (FigureTable.Row) throws -> Row,
    name: (Row) -> String
  ) throws -> [Row] {
    let table = try FigureTable(file: path, columns: columns)
    var known = Set(reserved)
    return try namingFile(path) {
      try table.rows.map { row in
        let one = try read(row)
        guard known.insert(name(one)).inserted else {
          throw InputError("\(name(one).quoted()) stands twice, or means something else", at: row.place("name"))
        }
        return one
      }
    }
  }

  /// This catalog with the rows of others in place of its own of the same name, or behind them.
  func overridden(dram others: [DRAMDevice], weights: [WeightMemory]) -> MemoryCatalog {
    var catalog = self
    for device in others {
      if let place = catalog.dram.firstIndex(where: { $0.name == device.name }) {
        catalog.dram[place] = device
      } else {
        catalog.dram.append(device)
      }
    }
    for memory in weights {
      if let place = catalog.weights.firstIndex(where: { $0.name == memory.name }) {
        catalog.weights[place] = memory
      } else {
        catalog.weights.append(memory)
      }
    }
    return catalog
  }

  /// What ``AcceleratorDesign/weightsIn`` may be.
  public var weightNames: [String] { [AcceleratorDesign.inDRAM, AcceleratorDesign.inSRAM] + weights.map(\.name) }
  /// What ``AcceleratorDesign/dram`` may be.
  public var dramNames: [String] { [AcceleratorDesign.scenarioDRAM] + dram.map(\.name) }

  /// A device by name; nil for the scenario's.
  /// - Throws: `InputError` with the nearest name.
  func device(_ name: String) throws -> DRAMDevice? {
    if name == AcceleratorDesign.scenarioDRAM { return nil }
    if let found = dram.first(where: { $0.name == name }) { return found }
    throw InputError("unknown dram \(name.quoted())", advice: Suggestion.advice(for: name, among: dramNames))
  }

  /// A memory for weights by name; nil for DRAM and SRAM.
  /// - Throws: `InputError` with the nearest name.
  func weightMemory(_ name: String) throws -> WeightMemory? {
    if name == AcceleratorDesign.inDRAM || name == AcceleratorDesign.inSRAM { return nil }
    if let found = weights.first(where: { $0.name == name }) { return found }
    throw InputError("unknown weights-in \(name.quoted())", advice: Suggestion.advice(for: name, among: weightNames))
  }
}

internal import CLIPFiles

/// A DRAM that can be bought: what it holds, what it draws in each state, what its interface takes.
///
/// A row of `data/technology/dram-devices.csv`; powers in W, energies in pJ.
public struct DRAMDevice: Equatable, Sendable {
  /// What designs call it, such as `hyperram-8mb`.
  public let name: String
  /// The maker's part.
  public let part: String
  /// MB of 2^20 bytes.
  public let megabytes: Double
  /// Bytes a second at the most.
  public let bandwidth: Double
  /// W in self refresh at 45 and at 85 degrees C; where only one was told, that one.
  public let selfRefresh: (cool: Double, hot: Double)
  /// W in power-down without refresh, or of quiet parts that refresh themselves; and with a row open.
  public let powerDown: Double, active: Double
  /// pJ a byte above ``active``, drivers of both sides and the opening of rows included.
  public let readEnergy: Double, writeEnergy: Double
  /// Whether power-down holds the refresh already.
  public let refreshesItself: Bool
  /// Signals on our die, without supplies.
  public let pads: Int
  /// Bits that a PHY on our die serves; 0 where pads and gates do.
  public let phyBits: Int
  /// Kind of `data/carbon/dram.csv` whose carbon a GB it has.
  public let embodiedKind: String
  /// Figures that were not read at their source.
  public let unverified: [String]
  /// Where the others were.
  public let source: String

  /// Temperatures in degrees C that are told apart.
  static let cool = 45.0, hot = 85.0

  /// W in self refresh: straight in its logarithm between 45 and 85 degrees, since leakage of cells is an exponential of the
  /// temperature; as at 45 below, and at the same slope above.
  func selfRefresh(at temperature: Double) -> Double {
    guard selfRefresh.cool > 0, selfRefresh.hot > selfRefresh.cool, temperature > Self.cool else {
      return selfRefresh.cool
    }
    return selfRefresh.cool
      * Power.of(selfRefresh.hot / selfRefresh.cool, (temperature - Self.cool) / (Self.hot - Self.cool))
  }

  /// W while the chip works and the DRAM, which it needs again soon, moves nothing: power-down, and the refresh meanwhile.
  func quiet(at temperature: Double) -> Double {
    refreshesItself ? powerDown : powerDown + selfRefresh(at: temperature)
  }

  /// Whether all figures are the same.
  public static func == (a: DRAMDevice, b: DRAMDevice) -> Bool {
    a.name == b.name && a.part == b.part && a.megabytes == b.megabytes && a.bandwidth == b.bandwidth
      && a.selfRefresh == b.selfRefresh && a.powerDown == b.powerDown && a.active == b.active
      && a.readEnergy == b.readEnergy && a.writeEnergy == b.writeEnergy && a.pads == b.pads && a.phyBits == b.phyBits
      && a.refreshesItself == b.refreshesItself && a.embodiedKind == b.embodiedKind && a.unverified == b.unverified
  }

  init(_ row: FigureTable.Row) throws {
    name = try row.text("name")
    part = try row.text("part")
    megabytes = try row.number("megabytes", in: 0.125...1e6)
    let width = try row.number("width_bits", in: 1...1024)
    bandwidth = try width / 8 * row.number("mega_transfers", in: 1...1e5) * 1e6
    func milliwatts(_ column: String) throws -> Double { try row.number(column, in: 0...1e5) / 1000 }
    let cool = row["self_refresh_45c_mw"], hot = row["self_refresh_85c_mw"]
    guard !cool.isEmpty || !hot.isEmpty else {
      throw InputError("is empty, as the column beside it is", at: row.place("self_refresh_45c_mw"))
    }
    selfRefresh = (
      try milliwatts(cool.isEmpty ? "self_refresh_85c_mw" : "self_refresh_45c_mw"),
      try milliwatts(hot.isEmpty ? "self_refresh_45c_mw" : "self_refresh_85c_mw")
    )
    powerDown = try milliwatts("power_down_mw")
    active = try milliwatts("active_mw")
    func picojoules(_ column: String) throws -> Double { try row.number(column, in: 0...1e5) }
    let rows = try picojoules("row_nj") * 1000 / row.number("row_bytes", in: 1...1e7)
    readEnergy = try (picojoules("read_pj_per_bit") + picojoules("io_read_pj_per_bit")) * 8 + rows
    writeEnergy = try (picojoules("write_pj_per_bit") + picojoules("io_write_pj_per_bit")) * 8 + rows
    refreshesItself = try row.integer("refreshes_itself", in: 0...1) == 1
    pads = try row.integer("pads", in: 1...2000)
    phyBits = try row.integer("phy", in: 0...1) == 1 ? Int(width) : 0
    embodiedKind = try row.text("embodied")
    unverified = row.words("unverified")
    source = try row.text("source")
  }
}

extension FigureTable.Row {
  /// What stands in a column, set apart by semicolons.
  func words(_ column: String) -> [String] { self[column].split(separator: ";").map { String($0).trimmed } }
}

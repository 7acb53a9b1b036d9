internal import CLIPFiles

/// A memory that keeps weights without power: a flash chip beside ours, or a macro on our own die.
///
/// A row of `data/technology/weight-memories.csv`; powers in W, energies in pJ.
public struct WeightMemory: Equatable, Sendable {
  /// Where it lies.
  public enum Place: String, CaseIterable, Sendable {
    /// A packaged chip of its own.
    case external
    /// A macro of our die.
    case embedded
  }

  /// What designs call it, such as `mram`.
  public let name: String
  /// What it is.
  public let part: String
  public let place: Place
  /// pJ a byte read.
  public let readEnergy: Double
  /// Bytes a second.
  public let bandwidth: Double
  /// W while it is powered and quiet, and asleep.
  public let standby: Double, sleep: Double
  /// Signals on our die, without supplies.
  public let pads: Int
  /// mm² a Mbit of a macro at ``node`` nm, and the finest process that has it; 0 for other chips.
  public let areaPerMegabit: Double, node: Double, leastNode: Double
  /// The smallest one, in MB of 2^20 bytes.
  public let smallest: Double
  /// Grams a Mbit of an external chip.
  public let gramsPerMegabit: Double
  /// What a macro adds to energy, gases and materials of our whole die, as a part of them.
  public let waferShare: Double
  /// Figures that were not read at their source.
  public let unverified: [String]
  /// Where the others were.
  public let source: String

  /// The capacity for so many bytes, in MB: of a chip the smallest, doubled as often as it takes; of a macro whole Mbits.
  func capacity(for bytes: Double) -> Double {
    let needed = bytes / 0x1p20
    guard place == .external else { return max(smallest, (needed * 8).rounded(.up) / 8) }
    var size = smallest
    while size < needed { size *= 2 }
    return size
  }

  /// mm² of a macro of so many MB.
  func area(megabytes: Double, node: Double) -> Double {
    place == .embedded ? megabytes * 8 * areaPerMegabit * Power.of(node / self.node, 2) : 0
  }

  init(_ row: FigureTable.Row) throws {
    name = try row.text("name")
    part = try row.text("part")
    let place = try row.text("place")
    guard let known = Place(rawValue: place) else {
      throw InputError(
        "unknown place \(place.quoted())", at: row.place("place"),
        advice: Suggestion.advice(for: place, among: Place.allCases.map(\.rawValue)))
    }
    self.place = known
    readEnergy = try row.number("read_pj_per_bit", in: 0...1e5) * 8
    bandwidth = try row.number("bandwidth_mb_s", in: 1e-3...1e7) * 1e6
    standby = try row.number("standby_uw", in: 0...1e7) / 1e6
    sleep = try row.number("sleep_uw", in: 0...1e7) / 1e6
    pads = try row.integer("pads", in: 0...2000)
    areaPerMegabit = try row.number("mm2_per_mbit", in: 0...100)
    node = try row.number("node_nm", in: 1...1000)
    leastNode = try row.number("least_nm", in: 0...1000)
    smallest = try row.number("smallest_mb", in: 0x1p-10...1e6)
    gramsPerMegabit = try row.number("g_per_mbit", in: 0...1000)
    waferShare = try row.number("wafer_share", in: 0...10)
    unverified = row.words("unverified")
    source = try row.text("source")
  }
}

internal import CLIPFiles
public import CLIPUnits

/// SRAM as CACTI computes it, by size and build.
public struct SRAMTable: Sendable {
  /// How a memory is built.
  public struct Build: Hashable, Sendable {
    /// Bits of one access.
    public var wordBits: Int
    /// Independent banks.
    public var banks: Int
    /// Read/write ports.
    public var ports: Int

    /// What the reference takes for all its memories: 32-bit words, 4 banks, 2 ports.
    public static let reference = Build(wordBits: 32, banks: 4, ports: 2)

    /// A build.
    public init(wordBits: Int, banks: Int, ports: Int) {
      self.wordBits = wordBits
      self.banks = banks
      self.ports = ports
    }
  }

  /// One memory's figures.
  public struct Figures: Equatable, Sendable {
    /// Energy of reading one word, in pJ.
    public var readPicojoules: Double
    /// Energy of writing one word, in pJ.
    public var writePicojoules: Double
    /// Area in square micrometers.
    public var areaSquareMicrometers: Double
    /// Power that leaks away, in mW.
    public var leakageMilliwatts: Double
    /// From address to data, in ns.
    public var accessNanoseconds: Double
    /// Between two accesses of one bank, in ns.
    public var cycleNanoseconds: Double

    /// Area of the whole memory.
    public var area: SquareMillimeters { SquareMillimeters(areaSquareMicrometers / 1e6) }
  }

  private var figures: [Build: [Int: Figures]] { didSet { ascending = Self.ascending(figures) } }
  /// The same by size: asked for every memory of every design.
  private(set) var ascending: [Build: [(kilobytes: Int, figures: Figures)]]
  private let file: String

  /// Reads `data/technology/sram-22nm.csv`, or the user's own file of the same columns.
  /// - Throws: `InputError` naming file, line and column.
  public init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("technology/sram-22nm.csv")
    file = path
    let table = try FigureTable(
      file: path,
      columns: [
        "kilobytes", "word_bits", "banks", "ports", "read_pj", "write_pj", "area_um2", "leakage_mw", "access_ns",
        "cycle_ns",
      ])
    var figures: [Build: [Int: Figures]] = [:]
    try namingFile(path) {
      for row in table.rows {
        let build = Build(
          wordBits: try row.integer("word_bits", in: 1...65536), banks: try row.integer("banks", in: 1...1024),
          ports: try row.integer("ports", in: 1...16))
        let size = try row.integer("kilobytes", in: 1...1_048_576)
        guard figures[build]?[size] == nil else {
          throw InputError("a memory of this size and build stands twice", at: "line \(row.line)")
        }
        figures[build, default: [:]][size] = Figures(
          readPicojoules: try row.number("read_pj", in: 0...1e6),
          writePicojoules: try row.number("write_pj", in: 0...1e6),
          areaSquareMicrometers: try row.number("area_um2", in: 0...1e12),
          leakageMilliwatts: try row.number("leakage_mw", in: 0...1e6),
          accessNanoseconds: try row.number("access_ns", in: 0...1e6),
          cycleNanoseconds: try row.number("cycle_ns", in: 0...1e6))
      }
    }
    self.figures = figures
    ascending = Self.ascending(figures)
  }

  private static func ascending(
    _ figures: [Build: [Int: Figures]]
  ) -> [Build: [(kilobytes: Int, figures: Figures)]] {
    figures.mapValues { sizes in sizes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }

  /// This table with the rows of others in place of its own, or beside them.
  func overridden(by others: [SRAMTable]) -> SRAMTable {
    var table = self, all = figures
    for other in others {
      for (build, sizes) in other.figures { all[build, default: [:]].merge(sizes) { $1 } }
    }
    table.figures = all
    return table
  }

  /// The sizes known of a build, in KB, ascending.
  public func sizes(of build: Build) -> [Int] { ascending[build]?.map(\.kilobytes) ?? [] }

  /// A memory's figures.
  /// - Throws: `InputError` listing the sizes known, where this one is not.
  public func memory(kilobytes: Int, _ build: Build = .reference) throws -> Figures {
    if let found = figures[build]?[kilobytes] { return found }
    throw InputError(
      "no figures for a memory of \(kilobytes) KB (\(build.wordBits)-bit words, \(build.banks) banks, "
        + "\(build.ports) ports)", file: file,
      advice: "known are " + sizes(of: build).map { "\($0)" }.joined(separator: ", ") + " KB")
  }
}

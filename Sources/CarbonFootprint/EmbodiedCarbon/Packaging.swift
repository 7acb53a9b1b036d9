internal import CLIPFiles
public import CLIPUnits

/// Putting chips into packages, counted by the piece.
public struct Packaging: Equatable, Sendable {
  /// How many packaged ICs; nil for one for the chip and one for its DRAM, where it has one: a memory that is spared spares
  /// its package.
  public let ics: Int?
  /// Of one, in kgCO2e.
  public let carbonPerIC: KilogramsCO2e

  /// Numbers of ICs that are accepted.
  public static let range = 1...1000

  /// - Parameters:
  ///   - ics: 1 to 1000; nil follows the chips
  ///   - carbonPerIC: nil takes ACT's figure from `data/carbon/packages.csv`
  /// - Throws: `InputError` for a number outside its range and a figure outside 0 to 1000 kg.
  public init(ics: Int? = nil, carbonPerIC: KilogramsCO2e? = nil) throws {
    if let ics, !Self.range.contains(ics) { throw InputError("packages: expected 1 to 1000 ICs, found \(ics)") }
    let carbon = try carbonPerIC ?? Self.standard()
    guard (0...1000).contains(carbon.value) else {
      throw InputError("package-carbon: expected 0 to 1000 kgCO2e, found \(carbon)")
    }
    self.ics = ics
    self.carbonPerIC = carbon
  }

  /// The first row of a table with the columns `kind,g_per_ic,source`.
  private static func standard() throws -> KilogramsCO2e {
    let path = try DataFolder.path("carbon/packages.csv")
    let table = try FigureTable(file: path, columns: ["kind", "g_per_ic", "source"])
    return try namingFile(path) {
      guard let row = table.rows.first else { throw InputError("has no rows of figures") }
      return KilogramsCO2e(try row.number("g_per_ic", in: 0.001...1e6) / 1000)
    }
  }

  /// How many there are for a chip and so many memories beside it.
  public func count(memories: Int) -> Int { ics ?? 1 + memories }
  /// Of all of them.
  public func carbon(memories: Int) -> KilogramsCO2e { carbonPerIC * Double(count(memories: memories)) }
}

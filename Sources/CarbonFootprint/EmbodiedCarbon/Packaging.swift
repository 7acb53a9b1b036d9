internal import CLIPFiles
public import CLIPUnits

/// Putting chips into packages, counted by the piece.
public struct Packaging: Equatable, Sendable {
  /// How many packaged ICs.
  public let ics: Int
  /// Of one, in kgCO2e.
  public let carbonPerIC: KilogramsCO2e

  /// Numbers of ICs that are accepted.
  public static let range = 1...1000

  /// - Parameters:
  ///   - ics: 1 to 1000
  ///   - carbonPerIC: nil takes ACT's figure from `data/carbon/packages.csv`
  /// - Throws: `InputError` for a number outside its range and a figure outside 0 to 1000 kg.
  public init(ics: Int, carbonPerIC: KilogramsCO2e? = nil) throws {
    guard Self.range.contains(ics) else { throw InputError("packages: expected 1 to 1000 ICs, found \(ics)") }
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

  /// Of all of them.
  public var carbon: KilogramsCO2e { carbonPerIC * Double(ics) }
}

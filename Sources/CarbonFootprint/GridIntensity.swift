internal import CLIPFiles
public import CLIPUnits

/// How much greenhouse gas a kilowatt-hour from a grid stands for, and who says so.
public struct GridIntensity: Equatable, Sendable {
  /// The row's code, such as `FR` or `WORLD`; ``customCode`` for a number that the user gave.
  public var code: String
  /// The name for people.
  public var name: String
  /// The year of the figure, where known.
  public var year: Int?
  /// In gCO2e/kWh.
  public var intensity: GramsPerKilowattHour
  /// Where the figure is from.
  public var source: String
  /// Whether the user named no grid, so that the world average stands in.
  public var isAssumed: Bool

  /// A grid as stated.
  public init(
    code: String, name: String, year: Int? = nil, intensity: GramsPerKilowattHour, source: String,
    isAssumed: Bool = false
  ) {
    self.code = code
    self.name = name
    self.year = year
    self.intensity = intensity
    self.source = source
    self.isAssumed = isAssumed
  }

  /// Stands where the user gave a number instead of a place.
  public static let customCode = "custom"
  /// The range of intensities accepted, in gCO2e/kWh; the dirtiest plants emit about 1300.
  public static let range: ClosedRange<Double> = 0...2000

  /// `France (FR, 2024): 44.2 gCO2e/kWh`, with a warning where the grid was only assumed.
  public var summary: String {
    let details = [code, year.map(String.init)].compactMap { $0 }.joined(separator: ", ")
    let warning = isAssumed ? " ASSUMED, as no grid was named" : ""
    return "\(name) (\(details)): \(intensity)\(warning)"
  }
}

/// Grids by code and name.
public struct GridTable: Sendable {
  /// The code of the grid that stands in where none is named.
  public static let defaultCode = "WORLD"

  /// The rows in their order.
  public let grids: [GridIntensity]
  private let file: String

  /// Reads a table with the columns `code,name,year,gco2e_per_kwh,source`; `year` may be empty.
  /// - Parameter path: the user's own file; nil for `data/carbon/grids.csv`, which comes with the toolkit
  /// - Throws: `InputError` naming file, line and column.
  public init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("carbon/grids.csv")
    file = path
    let table = try FigureTable(file: path, columns: ["code", "name", "year", "gco2e_per_kwh", "source"])
    var lines: [String: Int] = [:]
    grids = try namingFile(path) {
      try table.rows.map { row in
        let code = try row.text("code")
        if let line = lines.updateValue(row.line, forKey: code.lowercased()) {
          throw InputError("code \"\(code)\" stands already in line \(line)", at: row.place("code"))
        }
        return GridIntensity(
          code: code, name: try row.text("name"),
          year: row["year"].isEmpty ? nil : try row.integer("year", in: 1900...2200),
          intensity: GramsPerKilowattHour(try row.number("gco2e_per_kwh", in: GridIntensity.range)),
          source: try row.text("source"))
      }
    }
  }

  /// The grid that a user means: a code or name of the table in any letter case, or a number in gCO2e/kWh.
  ///
  /// - Parameter choice: nil takes the world average and marks it as assumed
  /// - Throws: `InputError` with the nearest name for an unknown one, and for numbers outside 0 to 2000.
  public func grid(_ choice: String?) throws -> GridIntensity {
    guard let choice = choice?.trimmed else {
      var grid = try find(Self.defaultCode)
      grid.isAssumed = true
      return grid
    }
    guard let number = Double(choice) else { return try find(choice) }
    guard GridIntensity.range.contains(number) else {
      throw InputError(
        "grid: expected 0 to 2000 gCO2e/kWh, found \(choice)",
        advice: "give the intensity in grams for each kilowatt-hour")
    }
    return GridIntensity(
      code: GridIntensity.customCode, name: "as given", intensity: GramsPerKilowattHour(number),
      source: "given by the user")
  }

  private func find(_ choice: String) throws -> GridIntensity {
    let wanted = choice.lowercased()
    if let grid = grids.first(where: { $0.code.lowercased() == wanted }) { return grid }
    if let grid = grids.first(where: { $0.name.lowercased() == wanted }) { return grid }
    // A nearest code would be found for every word of two letters, so only names and long codes are suggested.
    let candidates = grids.map(\.name) + grids.map(\.code).filter { $0.count > 3 }
    let advice =
      Suggestion.nearest(to: choice, among: candidates).map { "did you mean \"\($0)\"?" }
      ?? "give a code or name of \(file), such as \(grids.prefix(4).map(\.code).joined(separator: ", ")), or a number"
    throw InputError("grid: unknown place \"\(choice)\"", advice: advice)
  }
}

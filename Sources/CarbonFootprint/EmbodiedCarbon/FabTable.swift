internal import CLIPFiles
public import CLIPUnits

/// Figures of fabs by edition and process node: EPA, GPA and MPA of ACT.
public struct FabTable: Sendable {
  /// The edition that is used where none is named.
  public static let defaultEdition = "act-2"
  /// Gas abatement where none is named: the mean of ACT's two columns, which ACT calls 97 %.
  public static let defaultAbatement = 0.97
  /// The abatements that the figures cover.
  public static let abatements: ClosedRange<Double> = 0.95...0.99

  private struct Row: Sendable {
    let edition: String
    let node: Double
    let energy: Double
    let gases95: Double
    let gases99: Double
    let materials: Double
    let source: String
  }
  private let rows: [Row]

  /// The editions, in the order of the file.
  public let editions: [String]

  /// Reads a table with the columns
  /// `edition,node_nm,epa_kwh_per_cm2,gpa95_g_per_cm2,gpa99_g_per_cm2,mpa_g_per_cm2,source`.
  /// - Parameter path: the user's own file; nil for `data/carbon/fabs.csv`, which comes with the toolkit
  /// - Throws: `InputError` naming file, line and column.
  public init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("carbon/fabs.csv")
    let columns = [
      "edition", "node_nm", "epa_kwh_per_cm2", "gpa95_g_per_cm2", "gpa99_g_per_cm2", "mpa_g_per_cm2", "source",
    ]
    let table = try FigureTable(file: path, columns: columns)
    var editions: [String] = [], lines: [String: Int] = [:]
    rows = try namingFile(path) {
      try table.rows.map { row in
        let edition = try row.text("edition"), node = try row.number("node_nm", in: 0.1...1000)
        if let line = lines.updateValue(row.line, forKey: "\(edition) \(node)") {
          throw InputError("\(edition) has \(Nanometers(node)) already in line \(line)", at: row.place("node_nm"))
        }
        if !editions.contains(edition) { editions.append(edition) }
        let gases95 = try row.number("gpa95_g_per_cm2", in: 0.001...1e5)
        return Row(
          edition: edition, node: node, energy: try row.number("epa_kwh_per_cm2", in: 0.001...1000), gases95: gases95,
          gases99: try row.number("gpa99_g_per_cm2", in: 0.001...gases95),
          materials: try row.number("mpa_g_per_cm2", in: 0.001...1e5), source: try row.text("source"))
      }
    }
    self.editions = editions
  }

  /// The figures of a node, interpolated linearly in nanometers where the edition lacks it, and linearly in the
  /// abatement between the two columns.
  ///
  /// 97 % is ACT's: the mean of the columns, which is where a line between 95 and 99 % passes.
  /// - Throws: `InputError` for an unknown edition, a node outside the edition's, and an abatement outside 95 to 99 %.
  public func process(
    _ node: Nanometers, abatement: Double = defaultAbatement, edition: String = defaultEdition
  ) throws -> FabProcess {
    guard Self.abatements.contains(abatement) else {
      throw InputError("abatement: expected 95 to 99 %, found \(Figures.percent(abatement, places: 3))")
    }
    let rows = rows.filter { $0.edition == edition }.sorted { $0.node < $1.node }
    guard let first = rows.first, let last = rows.last else {
      throw InputError(
        "figures: unknown edition \(edition.quoted())", advice: Suggestion.advice(for: edition, among: editions))
    }
    guard (first.node...last.node).contains(node.value) else {
      throw InputError(
        "node: expected \(Nanometers(first.node)) to \(Nanometers(last.node)), found \(node)",
        advice: "\(edition) has no figures beyond; give your own with file: FILE.csv in the scenario's fab section")
    }
    guard let above = rows.first(where: { $0.node >= node.value }),
      let below = rows.last(where: { $0.node <= node.value })
    else { throw InputError("node: \(node) lies between no figures of \(edition)") }
    let isExact = above.node == below.node
    let part = isExact ? 0 : (node.value - below.node) / (above.node - below.node)
    let share = (abatement - 0.95) / 0.04
    func between(_ figure: (Row) -> Double) -> Double {
      isExact ? figure(below) : figure(below) + part * (figure(above) - figure(below))
    }
    return FabProcess(
      node: node, abatement: abatement,
      energyPerArea: KilowattHoursPerSquareCentimeter(between(\.energy)),
      gasesPerArea: KilogramsPerSquareCentimeter(
        grams: between { $0.gases95 + share * ($0.gases99 - $0.gases95) }),
      materialsPerArea: KilogramsPerSquareCentimeter(grams: between(\.materials)),
      edition: edition, source: isExact ? below.source : joined(below.source, above.source),
      interpolatedBetween: isExact ? nil : Nanometers(below.node)...Nanometers(above.node))
  }

  private func joined(_ first: String, _ second: String) -> String {
    first == second ? first : "\(first) and \(second)"
  }
}

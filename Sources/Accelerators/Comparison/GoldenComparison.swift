public import CLIPFiles

/// Recorded figures beside ours: every row of a file computed again.
public struct GoldenComparison: Sendable {
  /// A column that was computed again.
  public struct Column: Equatable, Sendable {
    /// Its name in the file.
    public let name: String
    /// The largest relative deviation; infinite where one side is.
    public fileprivate(set) var largestDeviation = 0.0
    /// The line of that deviation; nil where there is none.
    public fileprivate(set) var line: Int?
    /// Rows out of tolerance in this column.
    public fileprivate(set) var rowsOutOfTolerance = 0
  }

  /// A figure out of tolerance.
  public struct Deviation: Equatable, Sendable {
    /// The line of the file.
    public let line: Int
    /// The column.
    public let column: String
    /// What the file says.
    public let recorded: Double
    /// What we compute.
    public let computed: Double
  }

  /// So many deviations are kept, the first of the file.
  public static let mostDeviations = 100

  /// The file.
  public let file: String
  /// Its layout.
  public let layout: GoldenLayout
  /// Rows compared.
  public let rows: Int
  /// Rows with a column out of tolerance.
  public let rowsOutOfTolerance: Int
  /// The relative deviation allowed.
  public let tolerance: Double
  /// The columns, in the file's layout's order.
  public let columns: [Column]
  /// The first figures out of tolerance.
  public let deviations: [Deviation]

  /// Columns of the layout that the file lacks: nothing was compared with them.
  public let missingColumns: [String]

  /// Whether every figure of every row agrees.
  public var agrees: Bool { rowsOutOfTolerance == 0 }

  /// Computes every row of a file again.
  /// - Parameters:
  ///   - path: a CSV file of one of ``GoldenLayout``'s layouts, which its header tells
  ///   - model: the cost model that made the file
  ///   - tolerance: the largest relative deviation that agrees
  /// - Throws: `InputError` naming file, line and column of what cannot be read or computed.
  public init(file path: String, with model: ReferenceCostModel, tolerance: Double = 1e-9) throws {
    file = path
    self.tolerance = tolerance
    let table = try FigureTable(file: path, columns: [])
    let header = table.columns
    let layout = try namingFile(path) { try GoldenLayout(header: header) }
    self.layout = layout
    rows = table.rows.count
    missingColumns = layout.outputs.filter { !header.contains($0) }
    var columns = layout.outputs.filter(header.contains).map { Column(name: $0) }
    var deviations: [Deviation] = []
    var rowsOut = 0
    try namingFile(path) {
      for row in table.rows {
        let computed = try GoldenRow(row, layout, model).figures
        var isOut = false
        for index in columns.indices {
          let name = columns[index].name
          // Beyond any figure, yet what a design that nothing fits on stands with.
          let recorded = try row.number(name, in: -Double.infinity...Double.infinity)
          guard let found = computed[name] else { continue }
          let deviation = Self.deviation(found, from: recorded)
          if deviation > columns[index].largestDeviation {
            columns[index].largestDeviation = deviation
            columns[index].line = row.line
          }
          guard deviation > tolerance else { continue }
          isOut = true
          columns[index].rowsOutOfTolerance += 1
          if deviations.count < Self.mostDeviations {
            deviations.append(Deviation(line: row.line, column: name, recorded: recorded, computed: found))
          }
        }
        if isOut { rowsOut += 1 }
      }
    }
    self.columns = columns
    self.deviations = deviations
    rowsOutOfTolerance = rowsOut
  }

  private static func deviation(_ found: Double, from recorded: Double) -> Double {
    if found == recorded { return 0 }
    let deviation = abs(found - recorded) / abs(recorded)
    return deviation.isNaN ? .infinity : deviation
  }

  /// `gemm-golden.csv: 420 rows of layout gemm, all within 1e-09`.
  public var summary: String {
    let verdict = agrees ? "all within \(tolerance)" : "\(rowsOutOfTolerance) beyond \(tolerance)"
    let missing = missingColumns.isEmpty ? "" : "; not in the file: \(missingColumns.joined(separator: ", "))"
    return "\(file): \(rows) rows of layout \(layout.rawValue), \(verdict)\(missing)"
  }

  /// For `--json`; what is infinite is null.
  public var json: JSONValue {
    [
      "file": .string(file), "layout": .string(layout.rawValue), "rows": .integer(rows),
      "rows_out_of_tolerance": .integer(rowsOutOfTolerance), "tolerance": .number(tolerance),
      "agrees": .bool(agrees), "missing_columns": .array(missingColumns.map { .string($0) }),
      "columns": .array(
        columns.map { column in
          [
            "name": .string(column.name), "largest_relative_deviation": .number(column.largestDeviation),
            "line": column.line.map { .integer($0) } ?? .null,
            "rows_out_of_tolerance": .integer(column.rowsOutOfTolerance),
          ]
        }),
      "deviations": .array(
        deviations.map { deviation in
          [
            "line": .integer(deviation.line), "column": .string(deviation.column),
            "recorded": .number(deviation.recorded), "computed": .number(deviation.computed),
          ]
        }),
    ]
  }
}

/// A table in Markdown, its columns aligned in the source too.
public struct MarkdownTable: Sendable {
  private let header: [String]
  private let isRight: [Bool]
  private var rows: [[String]] = []

  /// A table without rows.
  /// - Parameters:
  ///   - header: one cell a column
  ///   - leftColumns: how many columns hold words; the others hold numbers and stand right
  public init(_ header: [String], leftColumns: Int = 1) {
    self.header = header
    isRight = header.indices.map { $0 >= leftColumns }
  }

  /// Adds a row; cells that are lacking are empty.
  public mutating func add(_ row: [String]) { rows.append(row) }

  /// The table, without a line break at its end.
  public var text: String {
    let escaped = ([header] + rows).map { row in
      header.indices.map { $0 < row.count ? row[$0].replacing("|", with: "\\|") : "" }
    }
    let widths = header.indices.map { column in max(3, escaped.map { $0[column].count }.max() ?? 3) }
    func line(_ cells: [String]) -> String {
      "| "
        + zip(cells.indices, cells).map { column, cell in
          let room = String(repeating: " ", count: widths[column] - cell.count)
          return isRight[column] ? room + cell : cell + room
        }.joined(separator: " | ") + " |"
    }
    let rule = widths.indices.map { column in
      isRight[column]
        ? String(repeating: "-", count: widths[column] - 1) + ":" : String(repeating: "-", count: widths[column])
    }
    return ([line(escaped[0]), line(rule)] + escaped.dropFirst().map(line)).joined(separator: "\n")
  }
}

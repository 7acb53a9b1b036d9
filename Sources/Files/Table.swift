/// Rows and columns, for terminals and for Markdown.
package struct Table: Equatable, Sendable {
  /// Names of the columns.
  package let header: [String]
  private let isWord: [Bool]
  private var rows: [[String]] = []

  /// A table without rows.
  /// - Parameters:
  ///   - header: one cell a column
  ///   - words: the columns of words; all others hold numbers and stand right
  package init(_ header: [String], words: Set<Int> = [0]) {
    self.header = header
    isWord = header.indices.map(words.contains)
  }

  /// Adds a row; cells that are lacking are empty.
  package mutating func add(_ row: [String]) { rows.append(row) }

  /// Aligned columns, one line a row; no line break at its end.
  package var text: String {
    aligned(([header] + rows).map { cells($0).map(\.singleLine) }, leastWidth: 0).map { row in
      var line = row.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  /// As Markdown, without a line break at its end; leading spaces of a cell are kept.
  /// - Parameter isAligned: whether the columns are aligned in the source too
  package func markdown(isAligned: Bool = true) -> String {
    let least = isAligned ? 3 : 0
    var lines = ([header] + rows).map { cells($0).map { Self.markdown($0.singleLine) } }
    let widths = isAligned ? Self.widths(lines, least) : header.map { _ in 3 }
    lines = isAligned ? aligned(lines, leastWidth: least) : lines
    let rule = zip(isWord, widths).map { isWord, width in
      isWord ? String(repeating: "-", count: width) : String(repeating: "-", count: isAligned ? width - 1 : width) + ":"
    }
    lines.insert(rule, at: 1)
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  private func cells(_ row: [String]) -> [String] { header.indices.map { $0 < row.count ? row[$0] : "" } }

  /// A bar that is not escaped ends a cell, and Markdown drops leading spaces.
  private static func markdown(_ cell: String) -> String {
    var result = "", isEscaped = false
    for letter in cell {
      if letter == "|", !isEscaped { result += "\\" }
      isEscaped = letter == "\\" && !isEscaped
      result.append(letter)
    }
    let spaces = result.prefix { $0 == " " }.count
    return String(repeating: "&nbsp;", count: spaces) + result.dropFirst(spaces)
  }

  private static func widths(_ rows: [[String]], _ least: Int) -> [Int] {
    (rows.first ?? []).indices.map { column in max(least, rows.map { $0[column].count }.max() ?? 0) }
  }

  private func aligned(_ rows: [[String]], leastWidth: Int) -> [[String]] {
    let widths = Self.widths(rows, leastWidth)
    return rows.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return isWord[column] ? row[column] + space : space + row[column]
      }
    }
  }
}

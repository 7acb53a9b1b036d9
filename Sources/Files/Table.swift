/// Rows and columns, for terminals and for Markdown.
package struct Table: Equatable, Sendable {
  /// Names of the columns.
  package let header: [String]
  private let isWord: [Bool]
  private let least: [Int]
  private var rows: [[String]] = []

  /// A table without rows.
  /// - Parameters:
  ///   - header: one cell a column
  ///   - words: the columns of words; all others hold numbers and stand right
  ///   - least: the columns that a narrow terminal is spared, the least important first; where none are named, those on the
  ///     right, but never the first
  package init(_ header: [String], words: Set<Int> = [0], least: [Int] = []) {
    self.header = header
    self.least = least
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

  /// The same within a width: long words go on below, and where that is not enough the least columns are left out, which a
  /// last line says; no line break at its end.
  /// - Parameter width: in characters; nil for any
  package func text(width: Int?) -> String {
    guard let width else { return text }
    let all = ([header] + rows).map { cells($0).map(\.singleLine) }, widths = Self.widths(all, 0)
    var shown = Array(header.indices), order = least.isEmpty ? Array(header.indices.dropFirst().reversed()) : least
    // Words may be wrapped, numbers not.
    func needed(_ column: Int) -> Int { isWord[column] ? min(widths[column], Self.narrowest) : widths[column] }
    func sum(_ width: (Int) -> Int) -> Int { shown.map(width).reduce(0, +) + 2 * max(0, shown.count - 1) }
    while sum(needed) > width, shown.count > 1, !order.isEmpty {
      let column = order.removeFirst()
      shown.removeAll { $0 == column }
    }
    var lines = wrapped(all, shown, widths: fitted(shown, widths, to: width - 2 * max(0, shown.count - 1)))
    let gone = header.indices.filter { !shown.contains($0) && !header[$0].isEmpty }.map { header[$0].singleLine }
    if shown.count < header.count {
      let names = gone.isEmpty ? "some columns are" : "\(gone.joined(separator: ", ")): "
      lines += Self.broken("(\(names)left out of this width; --json has all)", at: max(width, Self.narrowest))
    }
    return lines.joined(separator: "\n")
  }

  /// No column of words is made narrower.
  private static let narrowest = 18

  /// What each column gets: numbers all they need, words what is left, the narrow ones first.
  private func fitted(_ shown: [Int], _ widths: [Int], to space: Int) -> [Int: Int] {
    var result = Dictionary(uniqueKeysWithValues: shown.map { ($0, widths[$0]) })
    var left = space - shown.filter { !isWord[$0] }.map { widths[$0] }.reduce(0, +)
    let words = shown.filter { isWord[$0] }.sorted { (widths[$0], $0) < (widths[$1], $1) }
    for (place, column) in words.enumerated() {
      let share = max(Self.narrowest, left / (words.count - place))
      result[column] = min(widths[column], share)
      left -= result[column] ?? 0
    }
    return result
  }

  private func wrapped(_ rows: [[String]], _ shown: [Int], widths: [Int: Int]) -> [String] {
    rows.flatMap { row -> [String] in
      let cells = shown.map { column in
        (column: column, lines: isWord[column] ? Self.broken(row[column], at: widths[column] ?? 1) : [row[column]])
      }
      return (0..<(cells.map(\.lines.count).max() ?? 0)).map { line in
        var text = cells.map { cell in
          let part = cell.lines.indices.contains(line) ? cell.lines[line] : ""
          let space = String(repeating: " ", count: max(0, (widths[cell.column] ?? 0) - part.count))
          return isWord[cell.column] ? part + space : space + part
        }.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
      }
    }
  }

  /// A text in lines of at most so many characters, at spaces where there are any; what a line begins with is kept.
  private static func broken(_ text: String, at width: Int) -> [String] {
    var lines: [String] = [], rest = Substring(text)
    while rest.count > width {
      let most = rest.index(rest.startIndex, offsetBy: width)
      let head = rest[...most], inner = head.drop { $0 == " " }
      let space = inner.lastIndex(of: " ").flatMap { $0 > head.startIndex ? $0 : nil }
      let end = space ?? most
      lines.append(String(rest[..<end]))
      rest = rest[end...].drop { $0 == " " }
    }
    if !rest.isEmpty || lines.isEmpty { lines.append(String(rest)) }
    return lines
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

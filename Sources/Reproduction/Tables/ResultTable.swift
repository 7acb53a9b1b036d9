/// One table of results, for people.
public struct ResultTable: Equatable, Sendable {
  /// What pages call it in their markers.
  public let name: String
  /// What it shows.
  public let title: String
  /// How to read it: what a column means, where a figure is from.
  public let note: String
  /// Names of the columns, with units.
  public let header: [String]
  /// A row each.
  public private(set) var rows: [[String]] = []
  /// Columns of numbers.
  public let rightAligned: Set<Int>

  /// - Parameter words: columns of words; all others hold numbers
  package init(_ name: String, _ title: String, note: String, _ header: [String], words: Set<Int> = [0]) {
    self.name = name
    self.title = title
    self.note = note
    self.header = header
    rightAligned = Set(header.indices).subtracting(words)
  }

  package mutating func add(_ row: [String]) { rows.append(row) }

  /// As Markdown, without its title: the note, then the table.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = header.indices.map { rightAligned.contains($0) ? "---:" : "---" }
    // Markdown drops leading spaces.
    let indented = rows.map { row in
      row.map { cell in
        let spaces = cell.prefix { $0 == " " }.count
        return String(repeating: "&nbsp;", count: spaces) + cell.dropFirst(spaces)
      }
    }
    return note + "\n\n" + ([line(header), line(rule)] + indented.map(line)).joined(separator: "\n")
  }
}

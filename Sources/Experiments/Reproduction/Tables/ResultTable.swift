internal import CLIPFiles

/// One table of results, for people.
public struct ResultTable: Equatable, Sendable {
  /// What pages call it in their markers.
  public let name: String
  /// What it shows.
  public let title: String
  /// How to read it: what a column means, where a figure is from.
  public let note: String
  private var table: Table

  /// - Parameters:
  ///   - header: names of the columns, with units
  ///   - words: columns of words; all others hold numbers
  package init(_ name: String, _ title: String, note: String, _ header: [String], words: Set<Int> = [0]) {
    self.name = name
    self.title = title
    self.note = note
    table = Table(header, words: words)
  }

  package mutating func add(_ row: [String]) { table.add(row) }

  /// The table alone, its columns aligned.
  public var text: String { table.text }

  /// The same for a terminal of so many characters: what has no room is left out, and a line says so; nil for any.
  public func text(width: Int?) -> String { table.text(width: width) }

  /// As Markdown, without its title: the note, then the table.
  public var markdown: String { note + "\n\n" + table.markdown(isAligned: false) }
}

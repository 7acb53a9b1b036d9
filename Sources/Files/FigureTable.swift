/// A small table of published figures: a CSV file whose lines beginning with `#` are comments.
package struct FigureTable: Sendable {
  /// One row's fields by column, with the means to complain about them.
  package struct Row: Sendable {
    package let line: Int
    private let fields: [String: String]

    fileprivate init(line: Int, fields: [String: String]) {
      self.line = line
      self.fields = fields
    }

    /// A field without the spaces around it; empty where it is missing.
    package subscript(column: String) -> String { fields[column] ?? "" }

    /// A field that must not be empty.
    package func text(_ column: String) throws -> String {
      let text = self[column]
      guard !text.isEmpty else { throw InputError("is empty; expected some text", at: place(column)) }
      return text
    }

    package func integer(_ column: String, in range: ClosedRange<Int>) throws -> Int {
      guard let value = Int(self[column]), range.contains(value) else {
        throw InputError(
          "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \"\(self[column])\"",
          at: place(column))
      }
      return value
    }

    package func number(_ column: String, in range: ClosedRange<Double>) throws -> Double {
      guard let value = Double(self[column]), range.contains(value) else {
        throw InputError(
          "expected a number from \(range.lowerBound) to \(range.upperBound), found \"\(self[column])\"",
          at: place(column))
      }
      return value
    }

    package func place(_ column: String) -> String { "line \(line), column \(column)" }
  }

  package static let maximumRows = 100_000
  /// The names in the header, in their order.
  package let columns: [String]
  package let rows: [Row]

  /// Reads a file that must have at least these columns, in any order.
  /// - Throws: `InputError` naming the file and the line.
  package init(file path: String, columns: [String]) throws {
    var header: [String]?
    var rows: [Row] = []
    try DelimitedText.forEachRow(inFile: path, separator: UInt8(ascii: ",")) { row in
      let fields = row.repairedFields.map { $0.trimmed }
      if fields.first?.hasPrefix("#") == true || fields.allSatisfy(\.isEmpty) { return }
      guard let header else {
        for column in columns where !fields.contains(column) {
          let near = Suggestion.nearest(to: column, among: fields.filter { !columns.contains($0) })
          throw InputError(
            "column \"\(column)\" is missing", at: "line \(row.line)",
            advice: near.map { "\($0.quoted()) should perhaps be \(column)" }
              ?? "the first line that is no comment must name \(columns.joined(separator: ", "))")
        }
        if let twice = fields.first(where: { name in !name.isEmpty && fields.count { $0 == name } > 1 }) {
          throw InputError(
            "column \(twice.quoted()) stands twice", at: "line \(row.line)", advice: "leave one of them out")
        }
        header = fields
        return
      }
      guard fields.count == header.count else {
        throw InputError("expected \(header.count) fields, found \(fields.count)", at: "line \(row.line)")
      }
      guard rows.count < Self.maximumRows else {
        throw InputError("has more than \(Self.maximumRows) rows", at: "line \(row.line)")
      }
      rows.append(Row(line: row.line, fields: Dictionary(zip(header, fields)) { first, _ in first }))
    }
    guard let header, !rows.isEmpty else { throw InputError("has no rows of figures", file: path) }
    self.columns = header
    self.rows = rows
  }
}

extension String {
  /// The text without the spaces and tabs around it.
  package var trimmed: String {
    var rest = Substring(self)
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }
}

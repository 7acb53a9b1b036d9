/// A table that scrolls inside its own box where it is wider than the page.
struct PageTable {
  /// One column.
  struct Column {
    let title: String
    /// What stands small below each figure.
    var below = ""
    /// Numbers stand right.
    var isNumber = true
    /// Long texts have more room.
    var isWide = false

    var kind: String { isNumber ? " class=\"n\"" : isWide ? " class=\"wide\"" : "" }
  }

  let label: String
  let columns: [Column]
  /// Scrolls down within its box as well.
  var isLong = false
  /// Whether each row becomes a card on narrow screens, its figures below their titles.
  var becomesCards = false
  /// How many rows the page's script shows at first, where there are more than a few more; the rest on demand.
  var rowsAtFirst: Int?
  /// Cells are HTML; the first of a row names it.
  private(set) var rows: [(id: String, attributes: String, cells: [String], keys: [Double?])] = []

  init(_ label: String, _ columns: [Column]) {
    self.label = label
    self.columns = columns
  }

  /// - Parameter keys: by which the page's script sorts, a number a column; columns without one are sorted by text
  mutating func add(_ cells: [String], id: String = "", attributes: String = "", keys: [Double?] = []) {
    rows.append((id, attributes, cells, keys))
  }

  /// Two figures in a cell, the second small below the first.
  static func stacked(_ figure: String, _ below: String?) -> String {
    guard let below, below != SearchText.nothing else { return figure }
    return "\(figure)<br/><span class=\"unit\">\(below)</span>"
  }

  /// The table; a column in which nothing is known is left out.
  var html: String {
    let folded = rowsAtFirst.flatMap { rows.count > $0 + 2 ? " data-fold=\"\($0)\"" : nil } ?? ""
    let kinds = [rows.contains { !$0.keys.isEmpty } ? "sorted" : nil, becomesCards ? "cards" : nil].compactMap { $0 }
    let shown = columns.indices.filter { index in
      rows.isEmpty || !rows.allSatisfy { $0.cells.indices.contains(index) && $0.cells[index] == SearchText.nothing }
    }
    let header = shown.map { index in
      let column = columns[index]
      let title = Self.stacked(column.title.escapedForHTML, column.below.isEmpty ? nil : column.below.escapedForHTML)
      return "<th scope=\"col\"\(column.kind)>\(title)</th>"
    }
    let body = rows.map { row in
      let cells = shown.filter { row.cells.indices.contains($0) }.map { index in
        let cell = row.cells[index]
        let kind = columns.indices.contains(index) ? columns[index].kind : ""
        let key = row.keys.indices.contains(index) ? row.keys[index].flatMap { $0.isFinite ? $0 : nil } : nil
        let label = becomesCards && columns.indices.contains(index) ? columns[index].title : ""
        let sorting =
          (key.map { " data-key=\"\($0)\"" } ?? "")
          + (label.isEmpty ? "" : " data-label=\"\(label.escapedForHTML)\"")
        return index == 0
          ? "<th scope=\"row\"\(kind)\(sorting)>\(cell)</th>" : "<td\(kind)\(sorting)>\(cell)</td>"
      }
      return "<tr\(row.id.isEmpty ? "" : " id=\"\(row.id)\"")\(row.attributes)>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll\(isLong ? " long" : "")" role="region" tabindex="0" aria-label="\(label.escapedForHTML)">
      <table\(kinds.isEmpty ? "" : " class=\"\(kinds.joined(separator: " "))\"")\(folded)><thead><tr>\(header.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>

      """
  }
}

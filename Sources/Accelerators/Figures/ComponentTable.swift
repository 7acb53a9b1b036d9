internal import CLIPFiles

/// A table of named figures: `component,quantity,value,unit`, each asked for with the unit it must have.
struct ComponentTable: Sendable {
  /// A figure, and where it was said.
  struct Figure: Sendable {
    let value: Double
    let unit: String
    let file: String
    let line: Int
  }

  private(set) var figures: [String: Figure] = [:]
  private let file: String

  /// Reads a table whose rows are told apart by one or two columns.
  /// - Parameters:
  ///   - data: the file's name in `data/technology`
  ///   - keys: the columns that name a figure
  /// - Throws: `InputError` naming file, line and column.
  init(data: String, keys: [String] = ["component", "quantity"]) throws {
    try self.init(file: DataFolder.path("technology/\(data)"), keys: keys)
  }

  /// - Throws: `InputError` naming file, line and column.
  init(file path: String, keys: [String] = ["component", "quantity"]) throws {
    file = path
    let table = try FigureTable(file: path, columns: keys + ["value", "unit"])
    var figures: [String: Figure] = [:]
    try namingFile(path) {
      for row in table.rows {
        let name = try keys.map { try row.text($0) }.joined(separator: " ")
        let figure = Figure(
          value: try row.number("value", in: 0...1e15), unit: try row.text("unit"), file: path, line: row.line)
        guard figures.updateValue(figure, forKey: name) == nil else {
          throw InputError("\(name.quoted()) stands twice", at: "line \(row.line)")
        }
      }
    }
    self.figures = figures
  }

  /// This table with the user's figures in place of those of the same name; names that it lacks are passed over.
  /// - Throws: `InputError` where units differ.
  func overridden(by own: [String: Figure]) throws -> ComponentTable {
    var table = self
    for (name, figure) in own {
      guard let shipped = figures[name] else { continue }
      guard figure.unit == shipped.unit else {
        throw InputError(
          "expected \(name.quoted()) in \(shipped.unit), found \(figure.unit.quoted())", file: figure.file,
          at: "line \(figure.line)")
      }
      table.figures[name] = figure
    }
    return table
  }

  /// A figure in the unit that the code counts in.
  /// - Throws: `InputError` where it is missing or in another unit.
  func value(_ name: String, in unit: String) throws -> Double {
    guard let found = figures[name] else {
      throw InputError(
        "has no row \(name.quoted())", file: file, advice: Suggestion.advice(for: name, among: figures.keys.sorted()))
    }
    guard found.unit == unit else {
      throw InputError("expected \(name.quoted()) in \(unit), found \(found.unit.quoted())", file: found.file)
    }
    return found.value
  }
}

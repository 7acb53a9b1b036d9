internal import Files

/// A table of named figures: `component,quantity,value,unit`, each asked for with the unit it must have.
struct ComponentTable: Sendable {
  private let values: [String: (value: Double, unit: String)]
  private let file: String

  /// Reads a table whose rows are told apart by one or two columns.
  /// - Parameters:
  ///   - path: the user's own file; nil for `data/technology/DATA`
  ///   - data: the file's name in the toolkit's data
  ///   - keys: the columns that name a figure
  /// - Throws: `InputError` naming file, line and column.
  init(file path: String?, data: String, keys: [String]) throws {
    let path = try path ?? DataFolder.path("technology/\(data)")
    file = path
    let table = try FigureTable(file: path, columns: keys + ["value", "unit"])
    var values: [String: (value: Double, unit: String)] = [:]
    try namingFile(path) {
      for row in table.rows {
        let name = try keys.map { try row.text($0) }.joined(separator: " ")
        let figure = (value: try row.number("value", in: 0...1e15), unit: try row.text("unit"))
        guard values.updateValue(figure, forKey: name) == nil else {
          throw InputError("\(name.quoted()) stands twice", at: "line \(row.line)")
        }
      }
    }
    self.values = values
  }

  /// A figure in the unit that the code counts in.
  /// - Throws: `InputError` where it is missing or in another unit.
  func value(_ name: String, in unit: String) throws -> Double {
    guard let found = values[name] else {
      throw InputError(
        "has no row \(name.quoted())", file: file, advice: Suggestion.advice(for: name, among: values.keys.sorted()))
    }
    guard found.unit == unit else {
      throw InputError("expected \(name.quoted()) in \(unit), found \(found.unit.quoted())", file: file)
    }
    return found.value
  }
}

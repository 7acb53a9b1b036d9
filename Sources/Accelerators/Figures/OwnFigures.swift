internal import CLIPFiles

/// A user's own figures of memories and components, in place of the toolkit's or beside them.
struct OwnFigures: Sendable {
  /// By component and quantity.
  private(set) var components: [String: ComponentTable.Figure] = [:]
  private(set) var memories: [SRAMTable] = []
  private(set) var dram: [DRAMDevice] = []
  private(set) var weights: [WeightMemory] = []

  /// - Throws: `InputError` for a file that is neither kind of table, or a figure that stands in two files.
  init(_ files: [String]) throws {
    for path in files {
      let columns = try FigureTable(file: path, columns: []).columns
      if columns.contains("kilobytes") {
        memories.append(try SRAMTable(file: path))
      } else if columns.contains("mega_transfers") {
        dram += try MemoryCatalog.dram(file: path)
      } else if columns.contains("wafer_share") {
        weights += try MemoryCatalog.weights(file: path)
      } else if columns.contains("component") {
        let table = try ComponentTable(file: path)
        for (name, figure) in table.figures {
          if let other = components.updateValue(figure, forKey: name) {
            throw InputError("\(name.quoted()) stands in \(other.file) too", file: path, at: "line \(figure.line)")
          }
        }
      } else {
        throw InputError(
          "is no table of figures", file: path,
          advice: "its columns should be those of a table in data/technology, such as physical.csv or dram-devices.csv")
      }
    }
  }

  /// - Throws: `InputError` for a figure that no table has: a slip of the pen would change nothing, silently.
  func check(among tables: [ComponentTable]) throws {
    let known = Set(tables.flatMap(\.figures.keys))
    for (name, figure) in components.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
      throw InputError(
        "no figure is named \(name.quoted())", file: figure.file, at: "line \(figure.line)",
        advice: Suggestion.advice(for: name, among: known.sorted()))
    }
  }
}

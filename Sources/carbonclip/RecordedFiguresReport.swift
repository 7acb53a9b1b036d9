import CLIPAccelerators
import CLIPFiles
import CLIPUnits

/// What `estimate --compare` prints: each column's largest deviation, and the first figures out of tolerance.
struct RecordedFiguresReport {
  private let comparison: GoldenComparison

  init(_ comparison: GoldenComparison) { self.comparison = comparison }

  var text: String {
    var table = Table(["column", "rows out of tolerance", "largest relative deviation", "line"])
    for column in comparison.columns {
      table.add([
        column.name, "\(column.rowsOutOfTolerance)", Figures.scientific(column.largestDeviation),
        column.line.map { "\($0)" } ?? "",
      ])
    }
    var parts = [comparison.summary, table.shown]
    let shown = comparison.deviations.prefix(Self.most)
    if !shown.isEmpty {
      let rest = comparison.columns.reduce(0) { $0 + $1.rowsOutOfTolerance } - shown.count
      parts.append(
        (shown.map { "line \($0.line): \($0.column) is \($0.recorded), computed \($0.computed)" }
          + (rest > 0 ? ["and \(rest) more; --json has up to \(GoldenComparison.mostDeviations)"] : []))
          .joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private static let most = 10
}

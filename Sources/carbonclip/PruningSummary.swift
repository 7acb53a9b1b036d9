import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPUnits

/// What `prune` prints.
struct PruningSummary {
  private let result: Pruner.Result
  private let accuracy: (before: any EvaluationResult, after: any EvaluationResult)?
  private let output: String
  private let next: String
  private let precision: WeightPrecision

  init(
    _ result: Pruner.Result, _ accuracy: (before: any EvaluationResult, after: any EvaluationResult)?, output: String,
    next: String, precision: WeightPrecision
  ) {
    self.result = result
    self.accuracy = accuracy
    self.output = output
    self.next = next
    self.precision = precision
  }

  var text: String {
    let before = result.plan.dense, after = result.plan.configuration
    var table = Table(["", "before", "after", ""])
    func sizes(_ name: String, _ scale: Double, _ unit: String, _ path: KeyPath<CLIPConfiguration, Int>) {
      let old = Double(before[keyPath: path]), new = Double(after[keyPath: path])
      table.add([
        name, "\(Figures.significant(old / scale)) \(unit)", "\(Figures.significant(new / scale)) \(unit)",
        "\(Figures.significant(100 * new / max(old, 1))) %",
      ])
    }
    sizes("parameters", 1e6, "M", \.parameterCount)
    sizes("multiply-adds, image", 1e9, "G", \.imageMultiplyAdds)
    sizes("multiply-adds, text", 1e9, "G", \.textMultiplyAdds)
    let bytes = Double(precision.element.size)
    table.add([
      "weights, \(precision.rawValue)", "\(Figures.significant(Double(before.parameterCount) * bytes / 1e6)) MB",
      "\(Figures.significant(Double(after.parameterCount) * bytes / 1e6)) MB", "",
    ])
    rows("image tower", before.vision, after.vision, &table)
    rows("text tower", before.text, after.text, &table)
    table.add(["embedding", "\(before.embedDimension)", "\(after.embedDimension)", ""])
    if let accuracy {
      let before = accuracy.before.headline, after = accuracy.after.headline
      if let old = before.value, let new = after.value {
        table.add([
          "\(before.name.replacing("_", with: " ")) on \(accuracy.before.run.dataset)", Figures.percent(old),
          Figures.percent(new), "",
        ])
      }
    }
    return """
      \(table.text)

      ranked in \(Figures.duration(result.rankingSeconds)), compensated in \(Figures.duration(result.compensationSeconds))
      \(output): model, pruning.json (what was kept and why), pruning.html (the same as a picture)
      go on with: \(next)
      """
  }

  private func rows<Tower: TowerConfiguration>(
    _ name: String, _ before: Tower, _ after: Tower, _ table: inout Table
  ) {
    func list(_ values: [Int]) -> String {
      guard let low = values.min(), let high = values.max() else { return "" }
      return low == high ? "\(low)" : "\(low)-\(high)"
    }
    table.add(["\(name): layers", "\(before.layers)", "\(after.layers)", ""])
    table.add(["  width", "\(before.width)", "\(after.width)", ""])
    table.add(["  heads", list(before.headsPerLayer), list(after.headsPerLayer), ""])
    table.add(["  feed-forward width", list(before.mlpWidth), list(after.mlpWidth), ""])
  }
}

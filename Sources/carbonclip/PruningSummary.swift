import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPUnits
import CLIPWeights

/// What `prune` prints.
struct PruningSummary {
  private let result: Pruner.Result
  private let accuracy: (before: EvaluationResult, after: EvaluationResult)?
  private let output: String
  private let next: String
  private let element: ElementType

  init(
    _ result: Pruner.Result, _ accuracy: (before: EvaluationResult, after: EvaluationResult)?, output: String,
    next: String, element: ElementType
  ) {
    self.result = result
    self.accuracy = accuracy
    self.output = output
    self.next = next
    self.element = element
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
    let bytes = Double(element.size)
    table.add([
      "weights, \(precisionName)", "\(Figures.significant(Double(before.parameterCount) * bytes / 1e6)) MB",
      "\(Figures.significant(Double(after.parameterCount) * bytes / 1e6)) MB", "",
    ])
    rows("image tower", before.vision, after.vision, &table)
    rows("text tower", before.text, after.text, &table)
    table.add(["embedding", "\(before.embedDimension)", "\(after.embedDimension)", ""])
    if let accuracy {
      for (key, name) in [("mean_recall@1", "mean recall@1"), ("acc1", "acc1")] {
        guard let old = accuracy.before.metrics[key]?.doubleValue, let new = accuracy.after.metrics[key]?.doubleValue
        else { continue }
        table.add([
          "\(name) on \(accuracy.before.dataset)", Figures.percent(old),
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

  private var precisionName: String {
    switch element {
    case .float16: "fp16"
    case .bfloat16: "bf16"
    default: "fp32"
    }
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

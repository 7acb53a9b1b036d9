import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
import CLIPPruning
import CLIPUnits

/// What `prune` prints.
struct PruningSummary {
  let report: PruningReport
  let output: String
  let next: String
  let precision: WeightPrecision
  /// Whether it is written in Hugging Face's layout.
  let isHuggingFace: Bool

  var text: String {
    let before = report.before, after = report.result.plan.configuration
    var table = Table(["", "before", "after", ""])
    for one in report.sizes {
      table.add([
        one.name, "\(Figures.significant(one.before / one.scale)) \(one.unit)",
        "\(Figures.significant(one.after / one.scale)) \(one.unit)", Figures.percent(one.after / max(one.before, 1)),
      ])
    }
    let bytes = Double(report.element.size)
    table.add([
      "weights, \(precision.rawValue)", "\(Figures.significant(Double(before.parameterCount) * bytes / 1e6)) MB",
      "\(Figures.significant(Double(after.parameterCount) * bytes / 1e6)) MB", "",
    ])
    if before.vision.imageSize != after.vision.imageSize || before.vision.patchSize != after.vision.patchSize {
      table.add(["image size", "\(before.vision.imageSize) px", "\(after.vision.imageSize) px", ""])
      table.add(["patch size", "\(before.vision.patchSize) px", "\(after.vision.patchSize) px", ""])
    }
    rows("image tower", before.vision, after.vision, &table)
    rows("text tower", before.text, after.text, &table)
    table.add(["embedding", "\(before.embedDimension)", "\(after.embedDimension)", ""])
    for one in report.accuracies {
      table.add([
        "\(one.name.replacing("_", with: " ")) on \(report.accuracy?.before.run.dataset ?? "")",
        Figures.percent(one.before),
        Figures.percent(one.after), "",
      ])
    }
    return """
      \(table.shown)

      ranked in \(Figures.duration(report.result.rankingSeconds)), compensated in \(Figures.duration(report.result.compensationSeconds))
      \(loading)
      \(output): model, pruning.json (what was kept and why), pruning.html (the same as a picture)
      go on with: \(next)
      """
  }

  /// What loading elsewhere costs, where it was asked for, and where the result loads.
  private var loading: String {
    let places =
      isHuggingFace
      ? "transformers, carbonclip; open_clip after convert --format open_clip"
      : report.result.plan.configuration.loadingSummary
    return (report.loadable.map { "\($0.text)\n" } ?? "") + "loads in: \(places)"
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

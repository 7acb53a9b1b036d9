import CLIPEvaluation
import CLIPFiles
import CLIPTraining
import CLIPUnits

/// Shows a run to a person: one moving line on a terminal, a line now and then elsewhere.
final class TrainingDisplay {
  private let console: Console
  private var rate = 0.0

  init(_ console: Console) { self.console = console }

  func show(_ event: TrainingEvent) {
    switch event {
    case .start(let facts):
      let steps = facts["total_steps"]?.intValue ?? 0, parameters = facts["parameters"]?.intValue ?? 0
      let resumed = facts["resumed_at_step"]?.intValue.map { ", going on at step \(Figures.count($0))" } ?? ""
      console.note(
        "\(facts["model"]?.stringValue ?? ""): \(Figures.count(parameters)) parameters, \(Figures.count(steps)) steps of "
          + "\(facts["batch_size"]?.intValue ?? 0) samples in \(facts["precision"]?.stringValue ?? "")\(resumed)")
    case .step(let record): step(record)
    case .validation(let step, _, let dataset, let metrics, let errors):
      let names = [MetricName.imageRecall(at: 1), MetricName.textRecall(at: 1)] + MetricName.headlines
      let figures = names.compactMap { key in
        metrics[key]?.doubleValue.map { value in
          "\(key) \(Figures.significant(100 * value))%"
            + (errors[key]?.doubleValue.map { " ± \(Figures.significant(100 * $0, digits: 2))" } ?? "")
        }
      }
      console.note("step \(Figures.count(step)), \(dataset): \(figures.joined(separator: ", "))")
    case .checkpoint: break
    case .exported(_, let folder): console.note("wrote \(folder)")
    case .skipped(let step, let reason):
      console.note("step \(Figures.count(step)) skipped: \(reason)")
    case .note(let text): console.note(text.hasPrefix("note: ") ? text : "note: \(text)")
    case .preparing(let what, let done, let total):
      console.progress(ProgressLine(unit: what, total: total), done: done)
    case .end: break
    }
  }

  private func step(_ record: StepRecord) {
    rate = rate == 0 ? record.samplesPerSecond : 0.9 * rate + 0.1 * record.samplesPerSecond
    let perStep = Double(record.samples) / Double(max(record.step, 1))
    let left = Double(record.totalSteps - record.step) * perStep / max(rate, 1e-9)
    console.status(
      "step \(Figures.count(record.step)) of \(Figures.count(record.totalSteps))  loss \(Figures.significant(record.loss, digits: 4))"
        + "  lr \(Figures.scientific(record.learningRate))  scale \(Figures.significant(record.logitScale))"
        + "  gradient \(Figures.significant(record.gradientNorm))  \(Figures.significant(rate)) samples/s"
        + "  ETA \(Figures.duration(left))", isLast: record.step == record.totalSteps)
  }

  /// What a finished run says last.
  func summary(_ trainer: Trainer, _ folder: String) -> String {
    var lines = ["trained \(Figures.count(trainer.steps)) steps, \(Figures.count(trainer.samples)) samples"]
    if let result = trainer.lastValidation {
      lines += ["", "\(result.run.dataset):", result.table]
      let before = MetricName.headlines.compactMap { key in
        trainer.baseline?["metrics"]?[key]?.doubleValue.map { "\(key) \(Figures.significant(100 * $0)) %" }
      }
      if !before.isEmpty { lines.append("before the first step: \(before.joined(separator: ", "))") }
    }
    if let footprint = trainer.footprint { lines += ["", "footprint of this run: \(footprint.summary)"] }
    lines += ["", "log, settings and checkpoints: \(folder)"]
    return lines.joined(separator: "\n")
  }
}

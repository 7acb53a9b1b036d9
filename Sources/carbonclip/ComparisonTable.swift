import CLIPAssessment
import CLIPFiles
import CLIPUnits

/// Several models, or one on several designs, side by side.
struct ComparisonTable {
  private let assessments: [(model: String, assessment: Assessment)]

  init(_ assessments: [(String, Assessment)]) {
    self.assessments = assessments.map { (model: $0.0, assessment: $0.1) }
  }

  var text: String {
    guard let first = assessments.first?.assessment else { return "" }
    let metrics: [Metric] = [.latency, .energy, .area, .operational, .embodied, .carbon]
    var table = Table(
      ["model", "design"] + metrics.map(\.title) + ["", "DRAM"], words: [0, 1, metrics.count + 3])
    for one in assessments {
      let ratio = one.assessment.value(of: .carbon) / first.value(of: .carbon)
      table.add(
        [one.model, one.assessment.design] + metrics.map { $0.text(one.assessment.value(of: $0)) }
          + ["x \(Figures.significant(ratio))", one.assessment.carbon.embodied.memorySummary])
    }
    let carbon = first.carbon
    // What all have in common is said once, in the estimate of one.
    let common = Set(first.carbon.embodied.notes)
    let notes = assessments.flatMap { one in
      one.assessment.carbon.notes.filter { !common.contains($0) }.map {
        "note: \(one.model) on \(one.assessment.design): \($0)"
      }
    }
    return
      "\(first.estimate.costModel) cost model, scenario \(carbon.scenario.name) (\(carbon.scenario.lifetime.summary))\n\n"
      + table.text + (notes.isEmpty ? "" : "\n\n" + notes.joined(separator: "\n"))
  }
}

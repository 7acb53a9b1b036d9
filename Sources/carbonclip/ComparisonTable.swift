import CLIPAssessment
import CLIPFiles
import CLIPUnits

/// Several models, or one on several designs, side by side.
struct ComparisonTable {
  private let assessments: [(model: String, assessment: Assessment)]

  init(_ assessments: [(String, Assessment)]) {
    self.assessments = assessments.map { (model: $0.0, assessment: $0.1) }
  }

  /// Against the first: after how long a design that is dearer to make has made up for it, and from how many devices a model
  /// has repaid its making.
  private var indifference: String {
    guard let first = assessments.first else { return "" }
    func name(_ one: (model: String, assessment: Assessment)) -> String { "\(one.model) on \(one.assessment.design)" }
    var lines: [String] = []
    for one in assessments.dropFirst() {
      let carbon = one.assessment.carbon, other = first.assessment.carbon
      if let years = carbon.breakEven(with: other) {
        let (dearer, cheaper) =
          carbon.embodied.total > other.embodied.total ? (name(one), name(first)) : (name(first), name(one))
        lines.append(
          "\(dearer) emits more to be made than \(cheaper) and less in use: even after \(Figures.significant(years)) years"
        )
      }
      if let devices = carbon.devicesToRepay(against: other) {
        lines.append(
          "\(name(one)) has repaid its making against \(name(first)) from \(Self.count(devices)) devices on")
      }
    }
    return lines.isEmpty ? "" : "\n\n" + lines.joined(separator: "\n")
  }

  private static func count(_ number: Double) -> String {
    number < 1e15 ? Figures.count(Int(number)) : Figures.scientific(number)
  }

  var text: String {
    guard let first = assessments.first?.assessment else { return "" }
    let metrics: [Metric] = [.latency, .energy, .area, .operational, .embodied, .carbon]
    var table = Table(
      ["model", "design"] + metrics.map(\.title) + ["", "DRAM"], words: [0, 1, metrics.count + 3],
      least: [9, 4, 5, 6, 8, 3])
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
      "\(first.estimate.costModel) cost model, scenario \(carbon.scenario.name) (\(carbon.scenario.lifetime.summary)), "
      + "boundary \(carbon.boundary.rawValue): \(carbon.boundary.summary)\n\n"
      + table.shown + indifference + (notes.isEmpty ? "" : "\n\n" + notes.joined(separator: "\n"))
  }
}

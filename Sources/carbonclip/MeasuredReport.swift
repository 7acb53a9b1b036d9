import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPUnits

/// What `estimate --costs` prints of a model on a device that was measured.
struct MeasuredReport {
  private let assessment: Assessment
  private let model: String
  private let inference: String
  private let costs: MeasuredCosts
  private let extrapolation: String?

  init(
    _ assessment: Assessment, model: String, shape: any Workload, inference: String, _ costs: MeasuredCosts
  ) {
    self.assessment = assessment
    self.model = model
    self.inference = inference
    self.costs = costs
    extrapolation = (shape as? CLIPConfiguration).flatMap {
      costs.extrapolation(to: $0, in: assessment.carbon.scenario.use)
    }
  }

  var text: String {
    let estimate = assessment.estimate, carbon = assessment.carbon
    var parts = [
      "\(model), \(assessment.design), scenario \(carbon.scenario.name)",
      """
        latency      \(assessment.latency) for \(inference)
        energy       \(estimate.energy)\(estimate.images == 1 ? "" : " each"), above idle
        power        \(estimate.power) while it works, above idle
        area, TOPS   not known: the device was measured as a whole
      """,
    ]
    var table = Table(["", "latency", "", "energy", ""])
    for tower in Operation.Tower.allCases {
      for line in estimate.lines where line.operation.tower == tower && line.cycles > 0 {
        let latency = Seconds(line.cycles / estimate.design.clock)
        table.add([
          "\(tower.rawValue): \(line.operation.name)", "\(latency)",
          "\(Figures.significant(100 * latency.value / estimate.latency.value)) %", "\(line.energy)",
          "\(Figures.significant(100 * (line.energy / estimate.energy) / Double(estimate.images))) %",
        ])
      }
    }
    parts.append(table.text)
    parts.append(
      """
        operational  \(carbon.operational) (\(carbon.scenario.lifetime.summary))\(idle)
        embodied     \(carbon.embodied.total * carbon.embodiedShare): the whole device, \
      \(carbon.scenario.manufacture.device?.name ?? "")
        total        \(carbon.total)
      """)
    parts.append(costs.summary.joined(separator: "\n"))
    let notes = carbon.notes + (extrapolation.map { [$0] } ?? [])
    if !notes.isEmpty { parts.append(notes.map { "note: \($0)" }.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n")
  }

  private var idle: String {
    assessment.carbon.idleEnergy > .zero
      ? ", \(assessment.carbon.idleEnergy) of each inference waiting for the next" : ""
  }
}

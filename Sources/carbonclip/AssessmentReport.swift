import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPFiles
import CLIPUnits

/// What `estimate` prints.
struct AssessmentReport {
  private let assessment: Assessment
  private let model: String
  private let inference: String

  init(_ assessment: Assessment, model: String, inference: String) {
    self.assessment = assessment
    self.model = model
    self.inference = inference
  }

  var text: String {
    let estimate = assessment.estimate, carbon = assessment.carbon
    var parts = ["\(model) on \(assessment.design), \(estimate.costModel) cost model, scenario \(carbon.scenario.name)"]
    parts.append(
      """
        latency      \(assessment.latency) for \(inference)\(collecting)
        energy       \(estimate.energy)\(estimate.images == 1 ? "" : " each")\(waiting)\(preparation)
        power        \(estimate.power) while it works
        area         \(estimate.area.total)
        peak         \(Figures.significant(estimate.design.peakTOPS)) TOPS, \
      \(Figures.percent(estimate.utilization)) used\(weights)
      """)
    parts.append(work)
    parts.append(operations)
    parts.append(area)
    parts.append(
      """
        boundary     \(carbon.boundary.rawValue): \(carbon.boundary.summary)
        operational  \(carbon.operational) (\(carbon.scenario.lifetime.summary))
        embodied     \(carbon.embodied.total * carbon.embodiedShare): chip \(carbon.embodied.chip), \
      DRAM \(carbon.embodied.memory) (\(carbon.embodied.memorySummary))\(beside)
        total        \(carbon.total); \(carbon.totalWithoutMemory) without DRAM
      """)
    parts.append(boundaries)
    let notes = carbon.notes
    if !notes.isEmpty { parts.append(notes.map { "note: \($0)" }.joined(separator: "\n")) }
    return parts.joined(separator: "\n\n")
  }

  /// What of the energy is not work: a fast chip that is seldom asked leaks most of the time.
  private var waiting: String {
    let estimate = assessment.estimate
    let scenario = assessment.carbon.scenario
    guard estimate.waitingEnergy > .zero, let deadline = scenario.deadline, let period = scenario.waitingPeriod else {
      return ""
    }
    let end = period < deadline ? "until the next inference, after \(period)" : "until the deadline of \(deadline)"
    return ", \(estimate.waitingEnergy) of it leakage and DRAM's refresh \(end)"
  }

  private var beside: String {
    let carbon = assessment.carbon, embodied = carbon.embodied
    var text = carbon.boundary == .die ? "" : ", packaging \(embodied.packaging)"
    if carbon.boundary == .device { text += ", rest of the device \(embodied.device)" }
    if carbon.modelShare > .zero { text += "; the model's making \(carbon.modelShare) a device" }
    return text
  }

  /// The same in every boundary that is known.
  private var boundaries: String {
    let carbon = assessment.carbon
    // Without the model's own carbon the columns would not add up to the total.
    let hasModel = carbon.modelShare > .zero
    var table = Table(
      ["boundary", "operational", "embodied"] + (hasModel ? ["the model's"] : []) + ["total", "of 1,000 inferences"])
    for boundary in Boundary.allCases {
      guard boundary != .device || carbon.scenario.manufacture.device != nil,
        let use = carbon.operational(in: boundary),
        let total = carbon.total(in: boundary)
      else { continue }
      let name = boundary == .device ? "device: \(carbon.scenario.manufacture.device?.code ?? "")" : boundary.rawValue
      table.add(
        [name, "\(use)", "\(carbon.embodied.total(in: boundary) * carbon.embodiedShare)"]
          + (hasModel ? ["\(carbon.modelShare)"] : [])
          + ["\(total)", "\(total * (1000 / carbon.scenario.lifetime.inferences))"])
    }
    return table.shown
  }

  private var collecting: String {
    let collecting = assessment.carbon.scenario.collecting
    return collecting > .zero ? ", \(collecting) of it waiting for the last image" : ""
  }

  private var preparation: String {
    let estimate = assessment.estimate
    // What a start takes stands there too, where a design names its memories.
    let start = estimate.energyByComponent?.start ?? .zero, prompts = estimate.preparationEnergy - start
    return (prompts > .zero ? ", \(prompts) for the prompts, encoded once" : "")
      + (start > .zero ? ", \(start) for starts of the device" : "")
  }

  private var weights: String {
    let kept = assessment.estimate.keptWeights
    if let memories = assessment.estimate.memories {
      let size = kept > 0 ? "\(Figures.significant(kept / 1000)) KB, " : ""
      let grown = memories.isPadLimited ? "; they, not what is inside, decide the die's size" : ""
      return "\n  weights      \(size)\(memories.weights)\n  pads         \(memories.pads)\(grown)"
    }
    guard kept > 0 else { return "" }
    return
      "\n  weights      \(Figures.significant(kept / 1000)) KB, all in the buffer: read from DRAM once, when the chip is switched on"
  }

  private var work: String {
    let estimate = assessment.estimate
    var table = Table(["", "latency", "", "energy", ""])
    func row(_ name: String, _ share: Estimate.Share) {
      table.add([
        name, "\(share.latency)", Figures.percent(share.latency / estimate.latency), "\(share.energy)",
        Figures.percent(share.energy / estimate.energy),
      ])
    }
    for tower in Operation.Tower.allCases where estimate.share(of: tower).latency > .zero {
      row(tower == .both ? "both towers" : "\(tower.rawValue) tower", estimate.share(of: tower))
    }
    for part in Operation.Part.allCases {
      row(part.rawValue.replacing("_", with: " "), estimate.share(of: part))
    }
    return table.shown
  }

  /// Every kind of operation of each tower, all its runs together; kinds that take next to nothing are summed up.
  private var operations: String {
    // Energies are those of one image, as everywhere; a run's operations serve all of its images.
    let estimate = assessment.estimate, share = 1 / Double(estimate.images)
    var kinds: [(tower: Operation.Tower, name: String, count: Int, cycles: Double, energy: Joules)] = []
    for line in estimate.lines {
      let operation = line.operation
      if let place = kinds.firstIndex(where: { $0.tower == operation.tower && $0.name == operation.name }) {
        kinds[place].count += operation.count
        kinds[place].cycles += line.cycles
        kinds[place].energy = kinds[place].energy + line.energy * share
      } else {
        kinds.append((operation.tower, operation.name, operation.count, line.cycles, line.energy * share))
      }
    }
    var table = Table(["operation", "runs", "latency", "", "energy", ""])
    func row(_ name: String, _ count: Int, _ cycles: Double, _ energy: Joules) {
      let latency = Seconds(cycles / estimate.design.clock)
      table.add([
        name, "\(count)", "\(latency)", "\(Figures.significant(100 * latency.value / estimate.latency.value)) %",
        "\(energy)", "\(Figures.significant(100 * (energy / estimate.energy))) %",
      ])
    }
    func isSmall(_ cycles: Double, _ energy: Joules) -> Bool {
      cycles / estimate.design.clock < 0.005 * estimate.latency.value && energy < estimate.energy * 0.005
    }
    for kind in kinds where !isSmall(kind.cycles, kind.energy) {
      row("\(kind.tower.rawValue): \(kind.name)", kind.count, kind.cycles, kind.energy)
    }
    let rest = kinds.filter { isSmall($0.cycles, $0.energy) }
    if !rest.isEmpty {
      row(
        "the others", rest.reduce(0) { $0 + $1.count }, rest.reduce(0) { $0 + $1.cycles },
        rest.reduce(.zero) { $0 + $1.energy })
    }
    return table.shown
  }

  private var area: String {
    var table = Table(["area", "", ""])
    let area = assessment.estimate.area
    for component in area.components {
      table.add([
        "  \(component.name.replacing("_", with: " "))", "\(component.area)",
        "\(Figures.significant(100 * (component.area / area.total))) %",
      ])
    }
    return table.shown
  }
}

import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
import CLIPReports
import CLIPSearch
import CLIPStudies
import CLIPUnits

/// Makes a report's plain data of a study.
struct SearchSummaryBuilder {
  let recipe: SearchRecipe
  let study: Study
  let outlook: HardwareOutlook
  let front: SearchFront
  let pool: ThreadPool

  init(_ recipe: SearchRecipe, _ study: Study, _ outlook: HardwareOutlook, on pool: ThreadPool) throws {
    self.recipe = recipe
    self.study = study
    self.outlook = outlook
    self.pool = pool
    front = try SearchFront(recipe, study.trials(), outlook)
  }

  func summary() throws -> SearchSummary {
    var summary = SearchSummary(title: recipe.name, question: try question())
    summary.axes = recipe.space.axes.map { .init($0.name, sizes: $0.sizes) }
    if Self.hasShortNames(recipe.space) {
      summary.modelLegend = "Models are written as layers/width/heads/feed-forward units of each tower."
    }
    summary.trials = try trials()
    summary.front = try points()
    summary.cloud = cloud()
    summary.dense = try front.dense.flatMap { index in
      try front.finished[index].record.extremes.first { $0.metric == .carbon }
        .map { try point(index, design: $0.design) }
    }
    summary.comparisons = try comparisons()
    summary.acceptedLoss = front.dense == nil ? nil : recipe.acceptedLoss
    summary.warnings = warnings()
    if front.members.isEmpty, let reason = front.accuracyExcuse { summary.reasons[.front] = reason }
    if let accepted = front.acceptedAccuracy {
      summary.choice =
        "The least \(recipe.metrics[0].title) among models that lose at most "
        + "\(Figures.significant(recipe.acceptedLoss * 100)) points of accuracy against the whole model: at least "
        + "\(Figures.percent(accepted)) on the validation data."
    }
    summary.hypervolume = front.hypervolume.map { .init(trial: $0.trial, hypervolume: $0.value) }
    summary.hypervolumeUnit = (["accuracy"] + recipe.metrics.map(Self.unit)).joined(separator: " × ")
    if let view = try SurrogateView(front) {
      summary.fit = view.fit.map {
        .init(
          trial: $0.trial, measured: $0.measured, predicted: $0.predicted, standardDeviation: $0.standardDeviation)
      }
      summary.axisEffects = view.effects.map { effect in
        let axis = recipe.space.axes[effect.axis]
        return .init(
          axis: axis.name, others: "as the answer has them",
          sizes: zip(axis.sizes, effect.accuracies).map { size, accuracy in
            .init(
              size, predicted: accuracy.mean, low: accuracy.mean - 2 * accuracy.standardDeviation,
              high: accuracy.mean + 2 * accuracy.standardDeviation)
          })
      }
    }
    summary.sensitivity = try sensitivity()
    summary.testAccuracies = try tests()
    let cost = try SearchCost(study, front.finished)
    if let footprint = cost.spent {
      summary.footprint = .init(
        time: footprint.wall, energy: KilowattHours(footprint.energy), carbon: footprint.carbon,
        method: "\(footprint.method), \(footprint.scope.rawValue)", grid: footprint.grid.summary,
        notes: footprint.notes)
      let taken = cost.takenOver
      if taken.count > 0 {
        summary.footprint?.takenOver = .init(
          count: taken.count, time: taken.wall, energy: KilowattHours(taken.energy), carbon: taken.carbon,
          note: taken.note)
      }
    }
    if recipe.testData == nil { summary.reasons[.testAccuracies] = "The recipe names no test-data." }
    return summary
  }

  private func warnings() -> [String] {
    guard front.isAtChance else { return [] }
    return [
      "No design is recommended: the models cannot be told from guessing (within two standard errors of chance). The "
        + "weights, the tokenizer or the data are not what they seem; see to that before anything else."
    ]
  }

  private func question() throws -> SearchSummary.Question {
    var question = SearchSummary.Question()
    question.mode = recipe.mode.rawValue
    question.objectives = ["accuracy"] + recipe.metrics.map(\.title)
    question.limits = recipe.limits.map(\.description)
    if recipe.leastAccuracy > 0 { question.limits.append("accuracy >= \(recipe.leastAccuracy * 100) %") }
    question.precision = recipe.precision == .int8 ? .int8 : .float32
    let scenario = recipe.assessor.scenario
    question.scenario =
      "\(scenario.name): \(scenario.lifetime.summary); used on the grid \(scenario.grid.summary); "
      + "\(recipe.assessor.choice.rawValue) cost model"
    question.pretrained = recipe.pretrained
    question.shapes = recipe.space.count
    question.hardware = recipe.hardwareName
    if case .space(let space) = recipe.hardware {
      question.accelerators = space.count
    } else {
      question.accelerators = 1
    }
    question.budget = "\(try study.budget()) trials"
    question.optimizer = recipe.optimizer
    question.seed = recipe.seed
    question.data = [("training", recipe.trainData), ("validation", recipe.validationData)]
    if let test = recipe.testData { question.data.append(("test", test)) }
    question.versions = [("carbonclip", study.identity.codeVersion)]
    let trials = try study.trials()
    question.started = trials.compactMap(\.started).min().map(Self.date)
    if SearchProgress(trials, budget: try study.budget()).left == 0 {
      question.finished = trials.compactMap(\.finished).max().map(Self.date)
    }
    return question
  }

  private static func unit(_ metric: Metric) -> String {
    switch metric {
    case .carbon, .operational, .embodied: "kgCO2e"
    case .latency: "s"
    case .energy: "J"
    case .area: "mm²"
    case .tops: "TOPS"
    case .power: "W"
    }
  }

  private static func date(_ seconds: Double) -> String { UTCDate.text(seconds) }

  private func trials() throws -> [SearchSummary.Trial] {
    let places = Dictionary(uniqueKeysWithValues: front.finished.enumerated().map { ($1.trial.number, $0) })
    return try study.trials().map { trial in
      let sizes = zip(recipe.space.axes, trial.point).map { $0.sizes[$1] }
      var row = SearchSummary.Trial(number: trial.number, origin: trial.origin, state: .waiting, sizes: sizes)
      switch trial.state {
      case .waiting: break
      case .running: row.state = .running
      case .failed:
        row.state = .failed
        row.failure = trial.reason
      case .finished:
        guard let place = places[trial.number] else { break }
        let record = front.finished[place].record, measurement = record.measurement
        row.state = record.placements.isEmpty ? .infeasible : .done
        row.accuracies = Self.accuracies(measurement)
        row.parameters = measurement.parameters
        row.multiplyAdds = measurement.multiplyAdds
        row.samples = measurement.samples
        row.isTakenOver = SearchCost.isTakenOver(front.finished[place])
        row.making = measurement.footprint.map {
          .init(time: $0.wall, processorTime: $0.processorTime, energy: $0.energy, carbon: $0.carbon)
        }
        row.stages = .init(
          pruning: Seconds(measurement.times.pruning), training: Seconds(measurement.times.training),
          evaluation: Seconds(measurement.times.evaluation))
        if let best = record.extremes.first(where: { $0.metric == .carbon }) {
          let point = try point(place, design: best.design)
          row.accelerator = point.accelerator
          row.costs = point.costs
        }
      }
      return row
    }
  }

  static func accuracies(_ measurement: CandidateMeasurement) -> SearchSummary.Accuracies {
    .init(
      float32: .init(measurement.float32.mean, standardError: measurement.float32.standardError),
      int8: .init(measurement.int8.mean, standardError: measurement.int8.standardError))
  }

  private func points() throws -> [SearchSummary.Point] {
    let members = front.members, answer = front.answer, isAtChance = front.isAtChance
    let carbons = try members.map { member in
      try outlook.assessment(front.finished[member.index].point, design: member.design).carbon
    }
    let bands = carbons.isEmpty ? [] : try UncertaintyStudy(carbons, draws: 10_000, seed: recipe.seed).bands()
    return try zip(members, bands).map { member, band in
      var point = try point(member.index, design: member.design)
      point.band = .init(low: band.low, high: band.high, shareOnFront: nil)
      point.isChosen = member == answer && !isAtChance
      return point
    }
  }

  private func point(_ index: Int, design: Int) throws -> SearchSummary.Point {
    let one = front.finished[index]
    let assessment = try outlook.assessment(one.point, design: design)
    let carbon = assessment.carbon
    let isDense = front.dense == index
    return SearchSummary.Point(
      trial: one.trial.number, model: isDense ? "the whole model" : Self.shortName(recipe.space, one.point),
      accelerator: assessment.design,
      details: [
        "chip \(carbon.embodied.chip), DRAM \(carbon.embodied.memory)"
          + (assessment.estimate.keptWeights > 0 ? "; weights stay in the buffer" : "")
      ],
      costs: .init(
        latency: assessment.estimate.latency, energy: assessment.estimate.energy,
        area: assessment.estimate.area.total, power: assessment.estimate.power,
        embodied: carbon.embodied.total * carbon.embodiedShare, operational: carbon.operational),
      accuracies: Self.accuracies(one.record.measurement), parameters: one.record.measurement.parameters)
  }

  /// `image 4/144/3/384, text 3/96/2/256`: layers, width, heads and MLP of both towers, where the space names them all.
  static func shortName(_ space: ModelSpace, _ point: [Int]) -> String {
    let sizes = Dictionary(uniqueKeysWithValues: zip(space.axes, point).map { ($0.name, $0.sizes[$1]) })
    guard hasShortNames(space) else { return space.name(point) }
    var parts: [String] = []
    for (tower, label) in [("vision", "image"), ("text", "text")] {
      let words = ["layers", "width", "heads", "mlp"].compactMap { sizes["\(tower)-\($0)"] }
      parts.append("\(label) \(words.map(String.init).joined(separator: "/"))")
    }
    return parts.joined(separator: ", ")
  }

  /// Whether a space names the four axes of both towers and nothing else.
  private static func hasShortNames(_ space: ModelSpace) -> Bool {
    let axes = ["layers", "width", "heads", "mlp"].flatMap { ["vision-\($0)", "text-\($0)"] }
    return Set(space.axes.map(\.name)) == Set(axes)
  }

  private func cloud() -> [SearchSummary.CloudPoint] {
    front.finished.flatMap { one in
      one.record.extremes.compactMap { extreme in
        guard let latency = extreme.value(of: .latency), let energy = extreme.value(of: .energy),
          let carbon = extreme.value(of: .carbon)
        else { return nil }
        return .init(
          trial: one.trial.number, accuracy: one.record.measurement.accuracy(recipe.precision).mean,
          carbon: KilogramsCO2e(carbon), latency: Seconds(latency), energy: Joules(energy))
      }
    }
  }

  private func comparisons() throws -> [SearchSummary.Comparison] {
    guard let accepted = front.acceptedAccuracy else { return [] }
    let rows = try SearchSummary.Comparison.Aim.allCases.compactMap { aim -> SearchSummary.Comparison.Row? in
      let metric: Metric =
        switch aim {
        case .carbon: .carbon
        case .latency: .latency
        case .energy: .energy
        }
      guard let best = front.least(metric, accuracy: accepted) else { return nil }
      return .init(aim, try point(best.index, design: best.extreme.design))
    }
    return rows.isEmpty ? [] : [.init(leastAccuracy: accepted, rows: rows)]
  }

  private func sensitivity() throws -> [SearchSummary.Sensitivity] {
    try WinnerSensitivity.all(front, outlook, on: pool).map { one in
      func end(_ end: WinnerSensitivity.End) -> SearchSummary.Sensitivity.End {
        let better = end.better.map { found in
          "\(Self.shortName(recipe.space, front.finished[found.index].point)) on "
            + "\(outlook.design(found.design)?.description ?? "") with \(found.carbon)"
        }
        return .init(end.label, carbon: end.carbon, betterDesign: better)
      }
      return .init(one.factor, stated: one.stated, low: end(one.low), high: end(one.high))
    }
  }

  private func tests() throws -> [SearchSummary.TestAccuracy] {
    try front.finished.enumerated().compactMap { index, one in
      guard let test = try TestAccuracies.known(study, trial: one.trial.number) else { return nil }
      return .init(
        trial: one.trial.number,
        model: front.dense == index ? "the whole model" : Self.shortName(recipe.space, one.point),
        validation: Self.accuracies(one.record.measurement), test: Self.accuracies(test))
    }
  }
}

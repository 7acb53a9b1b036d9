internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
public import CLIPStudies
internal import CLIPUnits

extension SearchSummary {
  /// All that a study says.
  /// - Parameter outlook: of the same recipe
  /// - Throws: `InputError` for a study whose trials are not of this recipe, or that cannot be read.
  public init(_ recipe: SearchRecipe, _ study: Study, _ outlook: HardwareOutlook, on pool: ThreadPool) throws {
    self = try SearchSummaryBuilder(
      recipe: recipe, study: study, outlook: outlook,
      front: SearchFront(recipe, study.trials(), outlook, seeds: SeedAccuracies.known(study)), pool: pool
    ).summary()
  }
}

/// Makes a summary of a study.
private struct SearchSummaryBuilder {
  let recipe: SearchRecipe
  let study: Study
  let outlook: HardwareOutlook
  let front: SearchFront
  let pool: ThreadPool

  func summary() throws -> SearchSummary {
    var summary = SearchSummary(title: recipe.name)
    summary.question = try question()
    summary.axes = recipe.space.axes
    if recipe.space.hasShortNames {
      summary.modelLegend = "Models are written as layers/width/heads/feed-forward units of each tower."
    }
    summary.trials = try trials()
    summary.looks = try SearchSummary.looks(of: study, recipe.space)
    summary.front = try points()
    summary.cloud = cloud()
    summary.dense = try front.wholes.compactMap { index in
      try front.finished[index].record.extremes.first { $0.metric == .carbon }
        .map { try point(index, design: $0.design) }
    }.min { $0.costs.carbon < $1.costs.carbon }
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
    summary.objectives = ObjectiveFronts(front)
    summary.walls = AxisWall.all(front)
    summary.hypervolume = front.hypervolume
    summary.hypervolumeUnit = (["accuracy"] + recipe.metrics.map(Self.unit)).joined(separator: " × ")
    if let view = try SurrogateView(front) {
      summary.fit = view.fit
      summary.axisEffects = view.effects
    }
    summary.sensitivity = try WinnerSensitivity.all(front, outlook, on: pool)
    summary.testAccuracies = try tests()
    let cost = try SearchCost(study, front.finished)
    if cost.spent != nil { summary.cost = cost }
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
    question.limits += recipe.floors
    question.precision = recipe.precision
    question.accuracyName = recipe.accuracyTitle
    question.accuracyColumn = recipe.accuracyColumn
    question.arithmetic = recipe.wholeNumbers
    let scenario = recipe.assessor.scenario
    question.scenario =
      "\(scenario.name): \(scenario.lifetime.summary); used on the grid \(scenario.grid.summary); "
      + "\(recipe.assessor.costModelName) cost model; boundary \(scenario.boundary.rawValue): \(scenario.boundary.summary)"
      + (recipe.assessor.measured.map { "; " + $0.summary.joined(separator: "; ") } ?? "")
    question.pretrained = recipe.pretrained
    if recipe.mode != .allHardware { question.training = recipe.trainingPrecision.rawValue }
    question.shapes = recipe.space.count
    question.hardware = recipe.hardwareName
    if case .space(let space) = recipe.hardware {
      question.accelerators = space.count
    } else {
      question.accelerators = 1
    }
    question.budget = "\(try study.budget()) trials"
    let looks = SearchProgress([], looks: try study.looks(), budget: 0)
    if looks.looks > 0 { question.budget += "; \(looks.looks) looks before them, in \(Seconds(looks.lookSeconds))" }
    question.optimizer = recipe.optimizer.name
    question.seed = recipe.seed
    question.data = [("training", recipe.trainData), ("validation", recipe.validationData)]
    if let test = recipe.testData { question.data.append(("test", test)) }
    question.versions = [("carbonclip", study.identity.codeVersion)]
    let trials = try study.trials()
    question.started = trials.compactMap(\.started).min().map(UTCDate.text)
    if SearchProgress(trials, budget: try study.budget()).left == 0 {
      question.finished = trials.compactMap(\.finished).max().map(UTCDate.text)
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
    case .parameters: "parameters"
    case .size, .activationMemory: "B"
    case .macs: "multiply-adds"
    }
  }

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
        let record = front.finished[place].record
        row.state = record.placements.isEmpty ? .infeasible : .done
        row.measurement = record.measurement
        row.isTakenOver = SearchCost.isTakenOver(front.finished[place])
        if let best = record.extremes.first(where: { $0.metric == .carbon }) {
          let point = try point(place, design: best.design)
          row.best = (point.accelerator, point.costs)
        }
      }
      return row
    }
  }

  private func points() throws -> [SearchSummary.Point] {
    let members = front.members, answer = front.answer, isAtChance = front.isAtChance
    let carbons = try members.map { member in
      try outlook.assessment(front.finished[member.index].point, design: member.design).carbon
    }
    let bands = carbons.isEmpty ? [] : try UncertaintyStudy(carbons, draws: 10_000, seed: recipe.seed).bands()
    return try zip(members, bands).map { member, band in
      var point = try point(member.index, design: member.design)
      point.band = band
      point.isChosen = member == answer && !isAtChance
      return point
    }
  }

  private func point(_ index: Int, design: Int) throws -> SearchSummary.Point {
    let one = front.finished[index]
    let assessment = try outlook.assessment(one.point, design: design)
    let carbon = assessment.carbon
    var point = SearchSummary.Point(
      trial: one.trial.number, model: name(index), accelerator: assessment.design,
      costs: .init(
        latency: assessment.estimate.latency, energy: assessment.estimate.energy,
        area: assessment.estimate.area.total, power: assessment.estimate.power,
        embodied: carbon.embodied.total * carbon.embodiedShare, operational: carbon.operational),
      measurement: one.record.measurement)
    if carbon.embodied.isOfDevice {
      point.details = [
        "making the device \(carbon.embodied.device); area and peak operations of its chip are not known"
      ]
      if let measured = recipe.assessor.measured,
        let note = try measured.extrapolation(to: recipe.space.shape(one.point), in: recipe.assessor.scenario.use)
      {
        point.details.append(note)
      }
      return point
    }
    point.details = [
      "chip \(carbon.embodied.chip), DRAM \(carbon.embodied.memory)"
        + (carbon.boundary == .die ? "" : ", packaging \(carbon.embodied.packaging)")
        + (carbon.boundary == .device ? ", rest of the device \(carbon.embodied.device)" : "")
        + (assessment.estimate.keptWeights > 0 ? "; weights stay in the buffer" : "")
    ]
    if case .space(let space) = recipe.hardware {
      let costModel = try recipe.assessor.costModel(for: recipe.space.shape(one.point))
      point.details +=
        space.ends(of: assessment.estimate.design, for: costModel, where: recipe.assessor.hasFab).summary
    }
    return point
  }

  private func name(_ index: Int) -> String {
    let point = front.finished[index].point
    guard front.wholes.contains(index) else { return recipe.space.shortName(point) }
    return "the whole model" + (recipe.space.arithmetic(point).map { ", \($0)" } ?? "")
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
    let rows = try SearchSummary.Comparison.aims.compactMap { aim -> (aim: Metric, point: SearchSummary.Point)? in
      guard let best = front.least(aim, accuracy: accepted) else { return nil }
      return (aim, try point(best.index, design: best.extreme.design))
    }
    return rows.isEmpty ? [] : [.init(leastAccuracy: accepted, rows: rows)]
  }

  private func tests() throws -> [SearchSummary.TestAccuracy] {
    try front.finished.enumerated().compactMap { index, one in
      guard let test = try TestAccuracies.known(study, trial: one.trial.number) else { return nil }
      return .init(
        trial: one.trial.number, model: name(index), validation: one.record.measurement, test: test)
    }
  }
}

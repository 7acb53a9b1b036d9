internal import CLIPAssessment
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPUnits

/// What choosing by carbon adds to choosing otherwise: the family beside the models that other searches found, without a bar.
extension ClaimTables {
  /// What the family saves against models of other searches at their accuracies.
  var searches: String {
    guard let frame = frames.first else { return "" }
    let places = models.indices.filter { if case .searched = models[$0].kind { true } else { false } }
    guard !places.isEmpty else { return "No models of other searches are compared." }
    var header = ["found by", "model", "arithmetic", "chip of least", "accuracy", "5 to 95 %"]
    for use in frame.uses { header += ["carbon, \(use.name)", "saved"] }
    var table = Table(header, words: [0, 1, 2, 3])
    for place in places {
      guard case .searched(let rule) = models[place].kind else { continue }
      var cells = [
        rule, models[place].training, models[place].arithmetic, models[place].chip.title,
        Figures.percent(models[place].accuracy), Self.percent(claim.study.accuracyRange(of: place)),
      ]
      for (use, found) in zip(frame.uses, frame.result.uses) {
        cells += [
          Metric.carbon.text(use.designs[place].value(of: .carbon)),
          found.against[place].map { Self.percent($0) } ?? "",
        ]
      }
      table.add(cells)
    }
    return table.markdown()
  }

  /// What every search's candidates cost, and what the family saves against its models at their accuracies, the mean of them.
  var charges: String {
    guard let frame = frames.first, !claim.charges.isEmpty else { return "No search was charged." }
    var header = ["found by", "made small", "trials", "trainings", "taken over", "samples", "time", "energy", "carbon"]
    for use in frame.uses { header += ["saved, \(use.name)", "on its own chips"] }
    var table = Table(header, words: [0, 1])
    for one in claim.charges {
      let charge = one.charge, least = charge.unknown > 0 ? "at least " : ""
      var cells = [
        one.rule ?? "the family's own searches", one.objective, Figures.count(charge.trials),
        Figures.count(charge.trainings), Figures.count(charge.takenOver), Figures.count(charge.samples),
        "\(charge.time)", "\(least)\(charge.energy)", "\(least)\(charge.carbon)",
      ]
      for found in frame.result.uses {
        for isOwn in [false, true] { cells.append(one.rule.map { mean($0, isOwn: isOwn, found) } ?? "") }
      }
      table.add(cells)
    }
    return table.markdown()
  }

  /// The mean over a search's models of what the family saves against them.
  private func mean(_ rule: String, isOwn: Bool, _ found: ClaimResult.Use) -> String {
    let all = models.indices.filter { models[$0].kind == .searched(rule: rule) }
    let own = all.filter { models[$0].chip != .carbon }, plain = all.filter { models[$0].chip == .carbon }
    // Where its objective has no chip of its own, that of least carbon is its own.
    let saved = (isOwn && !own.isEmpty ? own : plain).compactMap { found.against[$0]?.stated }
    return saved.isEmpty ? "" : Figures.percent(saved.reduce(0, +) / Double(saved.count))
  }
}

internal import CLIPSearch
internal import CLIPUnits

extension SearchPage {
  /// The recommended design, its figures, and what they mean beside the dense model and beside chance.
  var answer: String {
    guard let chosen = summary.chosen else {
      guard !summary.front.isEmpty else { return missing(.front) }
      let count = summary.front.count
      if !summary.warnings.isEmpty { return warnings }
      return lead(
        "No design is recommended: the front has \(count) \(count == 1 ? "design" : "designs"), none better than another in everything. "
          + "Which suits depends on the accuracy that is needed.")
    }
    let costs = chosen.costs, precision = summary.question.precision
    let other: AccuracyPrecision = precision == .int8 ? .float32 : .int8
    // Where the answer was measured on data that it was not chosen by, that is what it can do.
    let tested = summary.tested
    let shown = tested?.answer ?? chosen.measurement, data = tested == nil ? "validation data" : "test data"
    var facts = [
      ("accuracy on \(data), \(summary.question.precisionName)", SearchText.accuracy(shown?.accuracy(precision))),
      tested == nil
        ? ("accuracy on \(data), \(summary.question.name(of: other))", SearchText.accuracy(shown?.accuracy(other)))
        : (
          "accuracy on validation data, \(summary.question.precisionName)",
          SearchText.accuracy(chosen.measurement?.accuracy(precision))
        ),
      ("carbon of a life", SearchText.text(costs.carbon)),
      ("5–95 %", SearchText.text(chosen.band)), ("latency", SearchText.text(costs.latency)),
      ("energy of an inference", SearchText.text(costs.energy)), ("chip area", SearchText.text(costs.area)),
      ("parameters", SearchText.large(chosen.measurement?.parameters)),
    ]
    facts.removeAll { $0.1 == SearchText.nothing }
    let details = ([chosen.accelerator] + chosen.details).map { SearchText.name($0) }.joined(separator: "; ")
    let sentences = why(chosen).map { "<li>\(SearchText.escaped($0))</li>" }.joined(separator: "\n")
    return warnings + """
      <div class="card answer">
      <p class="model"><span class="unit">model, trial \(chosen.trial)</span><br/>\(SearchText.name(chosen.model))</p>
      <p class="model"><span class="unit">accelerator</span><br/>\(details)</p>
      \(HTMLPage.facts(facts.map { (name: $0.0, value: SearchText.line($0.1)) }))
      \(sentences.isEmpty ? "" : "<ul class=\"plain\">\(sentences)</ul>")
      </div>

      """
  }

  /// What must not be missed, above the answer.
  private var warnings: String {
    summary.allWarnings.map { "<p class=\"warning\">\(SearchText.escaped($0))</p>\n" }.joined()
  }

  private func why(_ chosen: SearchSummary.Point) -> [String] {
    var sentences: [String] = []
    if !summary.choice.isEmpty { sentences.append(summary.choice) }
    if let tested = summary.testSentence { sentences.append(tested) }
    let precision = summary.question.precision
    if let dense = summary.dense,
      let change = SearchText.change(from: dense.costs.carbon.value, to: chosen.costs.carbon.value)
    {
      // Of several arithmetics, the one in which it emits least.
      let arithmetic = summary.question.arithmetic.contains(" or ") ? dense.measurement?.arithmetic : nil
      var text = "Against the dense model\(arithmetic.map { " in \($0)" } ?? ""), which has "
      text += "\(SearchText.text(dense.costs.carbon)): \(change) carbon"
      if let latency = SearchText.change(from: dense.costs.latency.value, to: chosen.costs.latency.value) {
        text += ", \(latency) latency"
      }
      if let energy = SearchText.change(from: dense.costs.energy.value, to: chosen.costs.energy.value) {
        text += ", \(energy) energy"
      }
      if let old = dense.measurement?.accuracy(precision), let new = chosen.measurement?.accuracy(precision) {
        text += ", \(SearchText.points(new.mean - old.mean)) of accuracy on validation data"
        text += Self.isWithinNoise(old, new) ? " (within two standard errors)" : ""
      }
      sentences.append(text + ".")
    }
    let rivals = summary.front.filter { point in
      guard point.trial != chosen.trial, let theirs = point.measurement?.accuracy(precision),
        let ours = chosen.measurement?.accuracy(precision)
      else { return false }
      return Self.isWithinNoise(theirs, ours)
    }
    if !rivals.isEmpty {
      let least = rivals.min { $0.costs.carbon < $1.costs.carbon }
      var text =
        "\(rivals.count) other \(rivals.count == 1 ? "design" : "designs") of the front cannot be told from it in accuracy (two standard errors)"
      if let least, least.costs.carbon < chosen.costs.carbon {
        text += "; of these the greenest has \(SearchText.text(least.costs.carbon))"
      }
      sentences.append(text + ".")
    }
    return sentences
  }

  /// Whether two accuracies differ by less than two standard errors of their difference.
  static func isWithinNoise(_ a: CandidateMeasurement.Accuracy, _ b: CandidateMeasurement.Accuracy) -> Bool {
    abs(a.mean - b.mean) < 2 * (a.standardError * a.standardError + b.standardError * b.standardError).squareRoot()
  }

  /// Energy, carbon and time of the search, and after how many devices it is repaid.
  var footprint: String {
    guard let cost = summary.cost, let spent = cost.spent else { return missing(.footprint) }
    let known = cost.takenOver.count + cost.takenOver.looks
    let taken = known > 0 ? cost.takenOver : nil, all = taken == nil ? "" : ", in all"
    func energy(_ energy: Joules) -> String { SearchText.text(KilowattHours(energy)) }
    var text = HTMLPage.facts([
      ("carbon\(all)", SearchText.text(cost.carbon)), ("energy\(all)", energy(cost.energy)),
      ("time\(all)", SearchText.text(cost.wall)), ("grid", SearchText.line(spent.grid.summary)),
    ])
    var sentences: [String] = []
    if let taken {
      sentences.append(
        "This search itself spent \(SearchText.text(spent.carbon)), \(energy(spent.energy)) in "
          + "\(SearchText.text(spent.wall)).")
      sentences.append(
        "\(Figures.count(taken.count)) of its models \(taken.looks > 0 ? "and \(Figures.count(taken.looks)) of its looks " : "")"
          + "had been made by earlier searches and \(known == 1 ? "was" : "were") "
          + "taken over; making \(known == 1 ? "it" : "them") had cost \(SearchText.text(taken.carbon)), "
          + "\(energy(taken.energy)) in \(SearchText.text(taken.wall)). \(taken.note)")
    }
    sentences.append("Energy \(spent.method), \(spent.scope.rawValue).")
    if let chosen = summary.chosen, let dense = summary.dense {
      let saved = dense.costs.carbon - chosen.costs.carbon
      let devices = (cost.carbon.value / saved.value).rounded(.up)
      if saved.value > 0, devices.isFinite, devices < 1e12 {
        let precision = summary.question.precision
        let points =
          summary.tested?.loss.map { " (at \(SearchText.points(-$0)) of accuracy on test data)" }
          ?? dense.measurement.flatMap { old in
            chosen.measurement.map {
              " (at \(SearchText.points($0.accuracy(precision).mean - old.accuracy(precision).mean)) of accuracy)"
            }
          }
        sentences.append(
          "A device with the recommended design in the dense model's place emits \(SearchText.text(saved)) less over its "
            + "life\(points ?? ""): \(taken == nil ? "the search" : "all of it") is repaid after \(Figures.count(max(1, Int(devices)))) "
            + "\(devices <= 1 ? "device" : "devices").")
      }
    }
    sentences += spent.notes
    text += "<ul class=\"plain\">\(sentences.map { "<li>\(SearchText.name($0))</li>" }.joined())</ul>"
    return text
  }
}

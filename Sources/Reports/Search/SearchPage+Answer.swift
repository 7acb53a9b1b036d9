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
    let accuracies = chosen.accuracies, costs = chosen.costs, precision = summary.question.precision
    let other: SearchSummary.Precision = precision == .int8 ? .float32 : .int8
    // Where the answer was measured on data that it was not chosen by, that is what it can do.
    let tested = summary.tested
    let shown = tested?.answer ?? accuracies, data = tested == nil ? "validation data" : "test data"
    var facts = [
      ("accuracy on \(data), \(precision.rawValue)", SearchText.accuracy(shown[precision])),
      tested == nil
        ? ("accuracy on \(data), \(other.rawValue)", SearchText.accuracy(shown[other]))
        : ("accuracy on validation data, \(precision.rawValue)", SearchText.accuracy(accuracies[precision])),
      ("carbon of a life", SearchText.text(costs.carbon)),
      ("5–95 %", SearchText.text(chosen.band)), ("latency", SearchText.text(costs.latency)),
      ("energy of an inference", SearchText.text(costs.energy)), ("chip area", SearchText.text(costs.area)),
      ("parameters", SearchText.large(chosen.parameters)),
    ]
    facts.removeAll { $0.1 == SearchText.nothing }
    let trial = chosen.trial.map { "trial \($0)" } ?? ""
    let details = ([chosen.accelerator] + chosen.details).map { SearchText.name($0) }.joined(separator: "; ")
    let model = ([chosen.model] + chosen.modelDetails).map { SearchText.name($0) }.joined(separator: "; ")
    let sentences = why(chosen).map { "<li>\(SearchText.escaped($0))</li>" }.joined(separator: "\n")
    return warnings + """
      <div class="card answer">
      <p class="model"><span class="unit">model\(trial.isEmpty ? "" : ", \(trial)")</span><br/>\(model)</p>
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
      var text = "Against the dense model, which has \(SearchText.text(dense.costs.carbon)): \(change) carbon"
      if let latency = SearchText.change(from: dense.costs.latency.value, to: chosen.costs.latency.value) {
        text += ", \(latency) latency"
      }
      if let energy = SearchText.change(from: dense.costs.energy.value, to: chosen.costs.energy.value) {
        text += ", \(energy) energy"
      }
      if let old = dense.accuracies[precision], let new = chosen.accuracies[precision] {
        text += ", \(SearchText.points(new.value - old.value)) of accuracy on validation data"
        text += Self.isWithinNoise(old, new) ? " (within two standard errors)" : ""
      }
      sentences.append(text + ".")
    }
    let rivals = summary.front.filter { point in
      guard point.trial != chosen.trial, let theirs = point.accuracies[precision],
        let ours = chosen.accuracies[precision]
      else {
        return false
      }
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
    if let band = chosen.band, let share = band.shareOnFront {
      sentences.append(
        "With all inputs as uncertain as they are, it is on the front in \(SearchText.percent(share)) of draws.")
    }
    return sentences
  }

  /// Whether two accuracies differ by less than two standard errors of their difference.
  static func isWithinNoise(_ a: SearchSummary.Accuracy, _ b: SearchSummary.Accuracy) -> Bool {
    guard let x = a.standardError, let y = b.standardError else { return false }
    return abs(a.value - b.value) < 2 * (x * x + y * y).squareRoot()
  }

  /// Energy, carbon and time of the search, and after how many devices it is repaid.
  var footprint: String {
    guard let footprint = summary.footprint else { return missing(.footprint) }
    let total = footprint.total, all = footprint.takenOver == nil ? "" : ", in all"
    var text = HTMLPage.facts([
      ("carbon\(all)", SearchText.text(total.carbon)), ("energy\(all)", SearchText.text(total.energy)),
      ("time\(all)", SearchText.text(total.time)),
      ("grid", SearchText.line(footprint.grid.isEmpty ? SearchText.nothing : footprint.grid)),
    ])
    var sentences: [String] = []
    if let taken = footprint.takenOver {
      sentences.append(
        "This search itself spent \(SearchText.text(footprint.carbon)), \(SearchText.text(footprint.energy)) in "
          + "\(SearchText.text(footprint.time)).")
      sentences.append(
        "\(Figures.count(taken.count)) of its models had been made by earlier searches and \(taken.count == 1 ? "was" : "were") "
          + "taken over; making \(taken.count == 1 ? "it" : "them") had cost \(SearchText.text(taken.carbon)), "
          + "\(SearchText.text(taken.energy)) in \(SearchText.text(taken.time)). \(taken.note)")
    }
    if !footprint.method.isEmpty { sentences.append("Energy \(footprint.method).") }
    if let chosen = summary.chosen, let dense = summary.dense {
      let saved = dense.costs.carbon - chosen.costs.carbon
      let devices = (total.carbon.value / saved.value).rounded(.up)
      if saved.value > 0, devices.isFinite, devices < 1e12 {
        let precision = summary.question.precision
        let points =
          summary.tested?.loss.map { " (at \(SearchText.points(-$0)) of accuracy on test data)" }
          ?? dense.accuracies[precision].flatMap { old in
            chosen.accuracies[precision].map { " (at \(SearchText.points($0.value - old.value)) of accuracy)" }
          }
        sentences.append(
          "A device with the recommended design in the dense model's place emits \(SearchText.text(saved)) less over its "
            + "life\(points ?? ""): \(footprint.takenOver == nil ? "the search" : "all of it") is repaid after \(Figures.count(max(1, Int(devices)))) "
            + "\(devices <= 1 ? "device" : "devices").")
      }
    }
    sentences += footprint.notes
    text += "<ul class=\"plain\">\(sentences.map { "<li>\(SearchText.name($0))</li>" }.joined())</ul>"
    return text
  }
}

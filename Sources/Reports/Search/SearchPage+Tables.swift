internal import CLIPAssessment
internal import CLIPSearch
internal import CLIPUnits

extension SearchPage {
  private func accuracyColumns() -> [PageTable.Column] {
    let question = summary.question
    return [
      .init(title: "accuracy, \(question.precisionName)"),
      .init(title: question.name(of: question.precision == .int8 ? .float32 : .int8)),
    ]
  }

  private func cells(_ measured: CandidateMeasurement?) -> [String] {
    let both = [SearchText.accuracy(measured?.int8), SearchText.accuracy(measured?.float32)]
    return summary.question.precision == .int8 ? both : both.reversed()
  }

  private func keys(_ measured: CandidateMeasurement?) -> [Double?] {
    let both = [measured?.int8.mean, measured?.float32.mean]
    return summary.question.precision == .int8 ? both : both.reversed()
  }

  /// Both accuracies in a cell, the one that counts above.
  private func stacked(_ measured: CandidateMeasurement?) -> String {
    let both = cells(measured)
    return PageTable.stacked(both[0], both[1])
  }

  private var stackedColumn: PageTable.Column {
    let both = accuracyColumns()
    return .init(title: both[0].title, below: both[1].title)
  }

  /// A model and, small below it, its accelerator; what parts of the chip weigh shows where one points at it.
  private func design(_ point: SearchSummary.Point, before: String = "") -> String {
    let lines = point.details.map { SearchText.escaped($0) }.joined(separator: "; ")
    let title = lines.isEmpty ? "" : " title=\"\(lines)\""
    return "\(before)\(SearchText.name(point.model))<br/><span class=\"unit\"\(title)>"
      + "\(SearchText.name(point.accelerator))</span>"
  }

  /// Every design of the front, and the dense model below it.
  var frontTable: String {
    guard !summary.front.isEmpty else { return "" }
    var table = PageTable(
      "The front as a table",
      [
        .init(title: "design", isNumber: false),
        .init(title: "model", below: "accelerator", isNumber: false, isWide: true),
        stackedColumn, .init(title: "carbon", below: "5–95 %"),
        .init(title: "latency"), .init(title: "energy"), .init(title: "area"), .init(title: "power"),
        .init(title: "parameters"),
      ])
    table.rowsAtFirst = 12
    table.becomesCards = true
    func add(_ point: SearchSummary.Point, _ name: String, key: Double, id: String = "", attributes: String) {
      let costs = point.costs
      table.add(
        [
          name, design(point), stacked(point.measurement),
          PageTable.stacked(SearchText.text(costs.carbon), SearchText.text(point.band)),
          SearchText.text(costs.latency), SearchText.text(costs.energy), SearchText.text(costs.area),
          SearchText.text(costs.power),
          SearchText.large(point.measurement?.parameters),
        ], id: id, attributes: attributes,
        keys: [
          key, nil, point.measurement?.accuracy(summary.question.precision).mean, costs.carbon.value,
          costs.latency.value, costs.energy.value, costs.area.value, costs.power.value,
          (point.measurement?.parameters).map { Double($0) },
        ])
    }
    for (index, point) in summary.front.enumerated() {
      let letter = SearchText.letter(index)
      let name =
        "<b>\(letter)</b>\(point.isChosen ? " <span class=\"chosen\">★<span class=\"hidden\"> recommended</span></span>" : "")"
        + "<br/><span class=\"unit\">trial \(point.trial)\(summary.isDense(point) ? ", dense" : "")</span>"
      add(
        point, name, key: Double(index), id: "design-\(letter)", attributes: " data-design=\"\(letter)\"")
    }
    if let dense = summary.denseAside {
      add(dense, "dense", key: Double(summary.front.count), attributes: " class=\"aside\"")
    }
    return table.html
      + lead(
        "± is one standard error. Carbon is that of one device over its life; 5–95 % is what remains of it when "
          + "the scenario's inputs are drawn from what is known of them. ★ marks the recommended design.")
  }

  /// Carbon-, latency- and energy-optimal designs side by side.
  var comparisons: String {
    guard summary.comparisons.contains(where: { !$0.rows.isEmpty }) else { return missing(.comparisons) }
    var text = lead(
      "The best designs by carbon, by latency and by energy that are equally accurate: what it costs to optimize for the wrong figure. "
        + "Percentages are against the carbon-optimal design.")
    for one in summary.comparisons where !one.rows.isEmpty {
      text += "<h3>accuracy of at least \(SearchText.percent(one.leastAccuracy))</h3>\n"
      var table = PageTable(
        "Designs with an accuracy of at least \(SearchText.percent(one.leastAccuracy))",
        [
          .init(title: "optimal in", isNumber: false),
          .init(title: "model", below: "accelerator", isNumber: false, isWide: true),
          stackedColumn, .init(title: "carbon"), .init(title: "embodied"),
          .init(title: "operational"), .init(title: "latency"),
          .init(title: "energy"), .init(title: "area"),
        ])
      table.becomesCards = true
      let best = one.rows.first { $0.aim == .carbon }?.point, base = best?.costs
      func add(
        _ name: String, _ point: SearchSummary.Point, _ aim: Metric?, attributes: String = ""
      ) {
        let isSame = point.trial == best?.trial && point.accelerator == best?.accelerator
        let label = isSame && aim != .carbon ? PageTable.stacked(name, "the same design") : name
        func figure(
          _ text: String, _ value: KeyPath<SearchSummary.Costs, Double>, _ measure: Metric?
        ) -> String {
          let change =
            isSame
            ? nil : base.flatMap { SearchText.change(from: $0[keyPath: value], to: point.costs[keyPath: value]) }
          let isLeast = aim != nil && aim == measure
          return (isLeast ? "<b>\(text)</b>" : text) + (change.map { "<br/><span class=\"unit\">\($0)</span>" } ?? "")
        }
        let costs = point.costs
        table.add(
          [
            label, design(point, before: "trial \(point.trial): "), stacked(point.measurement),
            figure(SearchText.text(costs.carbon), \.carbon.value, .carbon),
            figure(SearchText.text(costs.embodied), \.embodied.value, nil),
            figure(SearchText.text(costs.operational), \.operational.value, nil),
            figure(SearchText.text(costs.latency), \.latency.value, .latency),
            figure(SearchText.text(costs.energy), \.energy.value, .energy),
            figure(SearchText.text(costs.area), \.area.value, nil),
          ], attributes: attributes)
      }
      for row in one.rows { add(row.aim.rawValue, row.point, row.aim) }
      if let dense = summary.dense { add("dense model", dense, nil, attributes: " class=\"aside\"") }
      text += table.html
    }
    return text
  }

  /// The answers on test data.
  var testTable: String {
    guard !summary.testAccuracies.isEmpty else { return missing(.testAccuracies) }
    var table = PageTable(
      "Accuracy on test data",
      [
        .init(title: "answer", isNumber: false), .init(title: "\(summary.question.arithmetic), validation"),
        .init(title: "\(summary.question.arithmetic), test"),
        .init(title: "float32, validation"), .init(title: "float32, test"), .init(title: "test − validation"),
        .init(title: "model", isNumber: false, isWide: true),
      ])
    let precision = summary.question.precision
    for one in summary.testAccuracies {
      let difference = one.test.accuracy(precision).mean - one.validation.accuracy(precision).mean
      let isDense = one.trial == summary.dense?.trial
      table.add(
        [
          "trial \(one.trial)\(isDense ? ", dense" : "")", SearchText.accuracy(one.validation.int8),
          "<b>\(SearchText.accuracy(one.test.int8))</b>", SearchText.accuracy(one.validation.float32),
          "<b>\(SearchText.accuracy(one.test.float32))</b>", SearchText.points(difference),
          SearchText.name(one.model),
        ], attributes: isDense ? " class=\"aside\"" : "")
    }
    return lead(
      "A search picks what looks best on its validation data, and so overrates it. These figures were measured once, after the choice."
    )
      + table.html
  }

  /// Every trial, in a part that opens on demand.
  var trialTable: String {
    guard !summary.trials.isEmpty else { return missing(.trials) }
    var table = PageTable(
      "All trials",
      [.init(title: "trial"), .init(title: "proposed by", isNumber: false), .init(title: "state", isNumber: false)]
        + accuracyColumns() + [.init(title: "carbon"), .init(title: "latency"), .init(title: "energy")]
        + summary.axes.map { .init(title: SearchText.line($0.name)) } + [
          .init(title: "parameters"), .init(title: "multiply-adds"), .init(title: "samples"), .init(title: "time"),
          .init(title: "accelerator", isNumber: false),
        ])
    table.isLong = true
    for trial in summary.trials {
      let costs = trial.best?.costs, measured = trial.measurement
      let state =
        trial.state.rawValue + (trial.failure.map { "<br/><span class=\"unit\">\(SearchText.name($0))</span>" } ?? "")
      let sizes = summary.axes.indices.map {
        trial.sizes.indices.contains($0) ? summary.axes[$0].text(trial.sizes[$0]) : SearchText.nothing
      }
      table.add(
        ["\(trial.number)", SearchText.name(trial.origin), state] + cells(measured)
          + [SearchText.text(costs?.carbon), SearchText.text(costs?.latency), SearchText.text(costs?.energy)] + sizes
          + [
            SearchText.large(measured?.parameters), SearchText.large(measured?.multiplyAdds),
            SearchText.large(measured?.samples),
            measured.map { SearchText.text(Seconds($0.times.total)) } ?? SearchText.nothing,
            (trial.best?.accelerator).map { SearchText.name($0) } ?? SearchText.nothing,
          ], attributes: trial.state == .failed ? " class=\"aside\"" : "",
        keys: [Double(trial.number), nil, nil] + keys(measured)
          + [costs?.carbon.value, costs?.latency.value, costs?.energy.value]
          + summary.axes.indices.map { trial.sizes.indices.contains($0) ? Double(trial.sizes[$0]) : nil }
          + [measured?.parameters, measured?.multiplyAdds, measured?.samples].map { $0.map { Double($0) } }
          + [measured?.times.total])
    }
    func all(_ time: KeyPath<CandidateMeasurement.Times, Double>) -> Seconds {
      Seconds(summary.trials.reduce(0) { $0 + ($1.measurement?.times[keyPath: time] ?? 0) })
    }
    let times =
      all(\.total) == .zero
      ? ""
      : lead(
        "All trials took \(SearchText.text(all(\.total))): pruning \(SearchText.text(all(\.pruning))), training \(SearchText.text(all(\.training))), "
          + "evaluation \(SearchText.text(all(\.evaluation))). Costs are those on the accelerator that suits the trial best."
      )
    let count = summary.trials.count
    return times + HTMLPage.details("\(count) \(count == 1 ? "trial" : "trials")", table.html)
  }
}

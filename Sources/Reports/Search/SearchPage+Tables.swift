internal import CLIPUnits

extension SearchPage {
  private func accuracyColumns() -> [PageTable.Column] {
    switch summary.question.precision {
    case .int8: [.init(title: "accuracy, int8"), .init(title: "float32")]
    case .float32: [.init(title: "accuracy, float32"), .init(title: "int8")]
    }
  }

  private func cells(_ accuracies: SearchSummary.Accuracies) -> [String] {
    let both = [SearchText.accuracy(accuracies.int8), SearchText.accuracy(accuracies.float32)]
    return summary.question.precision == .int8 ? both : both.reversed()
  }

  private func keys(_ accuracies: SearchSummary.Accuracies) -> [Double?] {
    let both = [accuracies.int8?.value, accuracies.float32?.value]
    return summary.question.precision == .int8 ? both : both.reversed()
  }

  /// Both accuracies in a cell, the one that counts above.
  private func stacked(_ accuracies: SearchSummary.Accuracies) -> String {
    let both = cells(accuracies)
    return PageTable.stacked(both[0], both[1])
  }

  private var stackedColumn: PageTable.Column {
    let both = accuracyColumns()
    return .init(title: both[0].title, below: both[1].title)
  }

  private func accelerator(_ point: SearchSummary.Point) -> String {
    Self.described(point.accelerator, point.details)
  }

  private static func described(_ name: String, _ details: [String]) -> String {
    let lines = details.map { SearchText.name($0) }.joined(separator: "; ")
    return PageTable.stacked(SearchText.name(name), details.isEmpty ? nil : lines)
  }

  /// Every design of the front, and the dense model below it.
  var frontTable: String {
    guard !summary.front.isEmpty else { return "" }
    var table = PageTable(
      "The front as a table",
      [
        .init(title: "design", isNumber: false), stackedColumn, .init(title: "carbon", below: "5–95 %"),
        .init(title: "on front", below: "of draws"), .init(title: "latency"), .init(title: "energy"),
        .init(title: "area"), .init(title: "power"), .init(title: "parameters"),
        .init(title: "accelerator", isNumber: false, isWide: true),
        .init(title: "model", isNumber: false, isWide: true),
      ])
    func add(_ point: SearchSummary.Point, _ name: String, key: Double, id: String = "", attributes: String) {
      let costs = point.costs
      table.add(
        [
          name, stacked(point.accuracies),
          PageTable.stacked(SearchText.text(costs.carbon), SearchText.text(point.band)),
          point.band?.shareOnFront.map { SearchText.percent($0) } ?? SearchText.nothing, SearchText.text(costs.latency),
          SearchText.text(costs.energy), SearchText.text(costs.area), SearchText.text(costs.power),
          SearchText.large(point.parameters), accelerator(point), Self.described(point.model, point.modelDetails),
        ], id: id, attributes: attributes,
        keys: [
          key, point.accuracies[summary.question.precision]?.value, costs.carbon.value, point.band?.shareOnFront,
          costs.latency.value, costs.energy.value, costs.area.value, costs.power.value,
          point.parameters.map { Double($0) },
        ])
    }
    table.isLong = summary.front.count > 40
    for (index, point) in summary.front.enumerated() {
      let letter = SearchText.letter(index)
      let name =
        "<b>\(letter)</b>\(point.isChosen ? " <span class=\"chosen\">★<span class=\"hidden\"> recommended</span></span>" : "")"
        + (point.trial.map { "<br/><span class=\"unit\">trial \($0)\(summary.isDense(point) ? ", dense" : "")</span>" }
          ?? "")
      add(
        point, name, key: Double(index), id: "design-\(letter)", attributes: " data-design=\"\(letter)\"")
    }
    if let dense = summary.denseAside {
      add(dense, "dense", key: Double(summary.front.count), attributes: " class=\"aside\"")
    }
    let shared = Self.hasSharedErrors(summary.front)
    return table.html
      + lead(
        "± is one standard error\(shared ? "" : " where it is known"). Carbon is that of one device over its life; 5–95 % is what remains of it when "
          + "the scenario's inputs are drawn from what is known of them. ★ marks the recommended design.")
  }

  private static func hasSharedErrors(_ points: [SearchSummary.Point]) -> Bool {
    points.allSatisfy { $0.accuracies.int8?.standardError != nil }
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
          .init(title: "optimal in", isNumber: false), stackedColumn, .init(title: "carbon"), .init(title: "embodied"),
          .init(title: "operational"), .init(title: "latency"),
          .init(title: "energy"), .init(title: "area"), .init(title: "accelerator", isNumber: false),
          .init(title: "model", isNumber: false, isWide: true),
        ])
      let best = one.rows.first { $0.aim == .carbon }?.point, base = best?.costs
      func add(
        _ name: String, _ point: SearchSummary.Point, _ aim: SearchSummary.Comparison.Aim?, attributes: String = ""
      ) {
        let isSame = point.trial == best?.trial && point.accelerator == best?.accelerator
        let label = isSame && aim != .carbon ? PageTable.stacked(name, "the same design") : name
        func figure(
          _ text: String, _ value: KeyPath<SearchSummary.Costs, Double>, _ measure: SearchSummary.Comparison.Aim?
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
            label, stacked(point.accuracies),
            figure(SearchText.text(costs.carbon), \.carbon.value, .carbon),
            figure(SearchText.text(costs.embodied), \.embodied.value, nil),
            figure(SearchText.text(costs.operational), \.operational.value, nil),
            figure(SearchText.text(costs.latency), \.latency.value, .latency),
            figure(SearchText.text(costs.energy), \.energy.value, .energy),
            figure(SearchText.text(costs.area), \.area.value, nil),
            accelerator(point),
            (point.trial.map { "trial \($0)<br/>" } ?? "")
              + "<span class=\"unit\">\(SearchText.name(point.model))</span>",
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
        .init(title: "answer", isNumber: false), .init(title: "int8, validation"), .init(title: "int8, test"),
        .init(title: "float32, validation"), .init(title: "float32, test"), .init(title: "test − validation"),
        .init(title: "model", isNumber: false, isWide: true),
      ])
    let precision = summary.question.precision
    for one in summary.testAccuracies {
      let difference = one.validation[precision].flatMap { old in
        one.test[precision].map { SearchText.points($0.value - old.value) }
      }
      let isDense = one.trial == summary.dense?.trial
      let name = one.trial.map { "trial \($0)\(isDense ? ", dense" : "")" } ?? "dense"
      table.add(
        [
          name,
          SearchText.accuracy(one.validation.int8),
          "<b>\(SearchText.accuracy(one.test.int8))</b>", SearchText.accuracy(one.validation.float32),
          "<b>\(SearchText.accuracy(one.test.float32))</b>", difference ?? SearchText.nothing,
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
      let costs = trial.costs
      let state =
        trial.state.rawValue + (trial.failure.map { "<br/><span class=\"unit\">\(SearchText.name($0))</span>" } ?? "")
      let sizes = summary.axes.indices.map {
        trial.sizes.indices.contains($0) ? "\(trial.sizes[$0])" : SearchText.nothing
      }
      table.add(
        ["\(trial.number)", SearchText.name(trial.origin), state] + cells(trial.accuracies)
          + [SearchText.text(costs?.carbon), SearchText.text(costs?.latency), SearchText.text(costs?.energy)] + sizes
          + [
            SearchText.large(trial.parameters), SearchText.large(trial.multiplyAdds), SearchText.large(trial.samples),
            trial.stages.total == .zero ? SearchText.nothing : SearchText.text(trial.stages.total),
            trial.accelerator.map { SearchText.name($0) } ?? SearchText.nothing,
          ], attributes: trial.state == .failed ? " class=\"aside\"" : "",
        keys: [Double(trial.number), nil, nil] + keys(trial.accuracies)
          + [costs?.carbon.value, costs?.latency.value, costs?.energy.value]
          + summary.axes.indices.map { trial.sizes.indices.contains($0) ? Double(trial.sizes[$0]) : nil }
          + [trial.parameters, trial.multiplyAdds, trial.samples].map { $0.map { Double($0) } }
          + [trial.stages.total.value])
    }
    let stages = summary.trials.reduce(SearchSummary.Stages()) { sum, trial in
      SearchSummary.Stages(
        pruning: sum.pruning + trial.stages.pruning, training: sum.training + trial.stages.training,
        evaluation: sum.evaluation + trial.stages.evaluation)
    }
    let times =
      stages.total == .zero
      ? ""
      : lead(
        "All trials took \(SearchText.text(stages.total)): pruning \(SearchText.text(stages.pruning)), training \(SearchText.text(stages.training)), "
          + "evaluation \(SearchText.text(stages.evaluation)). Costs are those on the accelerator that suits the trial best."
      )
    let count = summary.trials.count
    return times + HTMLPage.details("\(count) \(count == 1 ? "trial" : "trials")", table.html)
  }
}

internal import CLIPFiles
internal import CLIPUnits

/// A training run on one page: key figures, curves, settings.
public enum RunPage {
  /// The page of a log, a whole HTML document.
  public static func html(_ log: TrainingLog) -> String {
    let name = log.start["name"]?.stringValue ?? "training run"
    var body = "<h1>\(name.escapedForHTML)</h1>\n<p class=\"sub\">\(subtitle(log).escapedForHTML)</p>\n"
    body += HTMLPage.facts(facts(log))
    body +=
      "\n<div class=\"charts\">\n" + charts(log).map(\.html).filter { !$0.isEmpty }.joined(separator: "\n")
      + "\n</div>\n"
    if !log.skipped.isEmpty {
      body += HTMLPage.details(
        "Skipped steps (\(log.skipped.count))", HTMLPage.list(log.skipped.map { "step \($0.step): \($0.reason)" }))
    }
    if !log.leftOutReasons.isEmpty {
      body += HTMLPage.details(
        "Samples left out: the first reasons (\(log.leftOutReasons.count))", HTMLPage.list(log.leftOutReasons))
    }
    if !log.notes.isEmpty { body += HTMLPage.details("Notes (\(log.notes.count))", HTMLPage.list(log.notes)) }
    if let recipe = log.start["recipe"] {
      body += HTMLPage.details("Settings", "<pre>\(recipe.text(indentation: 2).escapedForHTML)</pre>")
    }
    return HTMLPage(title: "\(name) – CarbonCLIP", body: body).text
  }

  private static func subtitle(_ log: TrainingLog) -> String {
    var parts = ["CarbonCLIP \(log.start["version"]?.stringValue ?? "")"]
    if let data = log.start["recipe"]?["train-data"]?.stringValue { parts.append("trained on \(data)") }
    if let time = log.firstStart { parts.append("started \(time)") }
    parts.append(log.end == nil ? "not finished" : "finished")
    return parts.joined(separator: " · ")
  }

  private static func facts(_ log: TrainingLog) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) { if let value { facts.append((name, value)) } }
    let last = log.steps.last
    add("model", log.start["model"]?.stringValue)
    add("parameters", log.start["parameters"]?.intValue.map(Figures.count))
    if let step = last?.step {
      add("steps", Figures.count(step) + (log.start["total_steps"]?.intValue.map { " of \(Figures.count($0))" } ?? ""))
    }
    add("products", log.start["precision"]?.stringValue)
    add("samples seen", last.map { Figures.count($0.samples) })
    add("loss", last?.values["loss"].map { figure($0) })
    if let validation = log.validations.last {
      for metric in validation.metrics where ["mean_recall@1", "acc1"].contains(metric.name) {
        add(
          metric.name,
          "\(figure(100 * metric.value)) %" + (metric.error.map { " ± \(figure(100 * $0, digits: 2))" } ?? ""))
      }
    }
    let rates = log.steps.suffix(50).compactMap { $0.values["samples_per_second"] }.sorted()
    add("samples a second", rates.isEmpty ? nil : figure(rates[rates.count / 2]))
    if let before = log.validations.first, before.step == 0, log.validations.count > 1 {
      for metric in before.metrics where ["mean_recall@1", "acc1"].contains(metric.name) {
        add("\(metric.name) before", "\(figure(100 * metric.value)) %")
      }
    }
    // A finished run's account ends with its last moment, a step's with that step.
    let account = log.end?["footprint"]
    add("time", (log.end?["seconds"]?.doubleValue ?? last?.values["seconds"]).map(duration))
    add(
      "energy",
      (account?["energy_j"]?.doubleValue ?? last?.values["energy_joules"]).map { "\(figure($0 / 3600)) Wh" })
    add(
      "carbon",
      (account?["carbon_kgco2e"]?.doubleValue ?? last?.values["emissions_kg"]).map {
        "\(figure($0 * 1000)) gCO2e"
      })
    if let draws = log.leftOut {
      add(
        "left out",
        log.leftOutSamples.map { "\(Figures.count($0)) samples (\(Figures.count(draws)) draws)" }
          ?? "\(Figures.count(draws)) draws"
      )
    }
    return facts
  }

  private static func charts(_ log: TrainingLog) -> [LineChart] {
    let marks = log.resumes.map(Double.init)
    func chart(
      _ title: String, _ key: String, unit: String = "", factor: Double = 1, smooth: Bool = false, zero: Bool = false
    )
      -> LineChart
    {
      let points = log.series(key).map { (x: $0.x, y: $0.y * factor) }
      var chart = LineChart(title: title, unit: unit, series: [], marks: marks, startsAtZero: zero)
      if smooth {
        chart.series = [
          .init(name: title, points: points, isRaw: true), .init(name: title, points: smoothed(points)),
        ]
        let values = points.map(\.y).filter { $0 > 0 }
        chart.isLogarithmic = (values.max() ?? 1) > 30 * (values.min() ?? 1)
      } else {
        chart.series = [.init(name: title, points: points)]
      }
      return chart
    }
    // From zero only where the curve then still fills a good part of the height.
    let losses = log.series("loss").map(\.y).filter(\.isFinite)
    let isDeep = (losses.min() ?? 0) < 0.5 * (losses.max() ?? 0)
    var charts = [chart("Loss", "loss", unit: "nats", smooth: true, zero: isDeep)]
    let terms = log.steps.last?.terms.map(\.name) ?? []
    if terms.count > 1 {
      charts.append(
        LineChart(
          title: "Terms of the loss", unit: "before their weights",
          series: terms.enumerated().map { color, term in
            let points = log.steps.compactMap { step in
              step.terms.first { $0.name == term }.map { (x: Double(step.step), y: $0.value) }
            }
            return .init(name: term, points: smoothed(points), color: color)
          }, marks: marks))
    }
    charts += validationCharts(log, marks)
    charts += [
      chart("Learning rate", "learning_rate", zero: true), chart("Logit scale", "logit_scale"),
      chart("Gradient norm", "gradient_norm", unit: "before clipping", smooth: true),
      chart("Throughput", "samples_per_second", unit: "samples/s", smooth: true, zero: true),
      chart("Energy", "energy_joules", unit: "Wh, since the start", factor: 1 / 3600, zero: true),
      chart("Carbon", "emissions_kg", unit: "gCO2e, since the start", factor: 1000, zero: true),
    ]
    return charts
  }

  /// Recall, or accuracy, in percent with its standard error.
  private static func validationCharts(_ log: TrainingLog, _ marks: [Double]) -> [LineChart] {
    let groups = [
      (
        "Recall on validation",
        ["image_retrieval_recall@1", "text_retrieval_recall@1", "image_retrieval_recall@5", "text_retrieval_recall@5"]
      ),
      ("Zero-shot accuracy on validation", ["acc1", "acc5"]),
    ]
    return groups.map { title, names in
      // One validation alone stands where the run was, not on an axis of its own.
      let ends = [log.steps.first, log.steps.last].compactMap { $0.map { Double($0.step) } }
      var chart = LineChart(title: title, unit: "%", series: [], marks: marks, reaches: ends, startsAtZero: true)
      for (color, name) in names.enumerated() {
        let found = log.validations.compactMap { validation in
          validation.metrics.first { $0.name == name }.map {
            (Double(validation.step), 100 * $0.value, $0.error.map { 100 * $0 })
          }
        }
        chart.series.append(
          .init(
            name: name, points: found.map { (x: $0.0, y: $0.1) }, errors: found.map(\.2),
            showsPoints: found.count <= 60,
            color: color))
      }
      return chart
    }
  }

  /// An exponential mean over about a fiftieth of the run.
  private static func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let share = 1 / max(4, Double(points.count) / 50)
    var sum = 0.0, weight = 0.0
    return points.filter { $0.y.isFinite }.map { point in
      sum = (1 - share) * sum + share * point.y
      weight = (1 - share) * weight + share
      return (point.x, sum / weight)
    }
  }

  /// As cards show figures: without zeros at the end, thousands set apart.
  private static func figure(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return "–" }
    if abs(value) >= 1000, abs(value) < 1e15 { return Figures.count(Int(value.rounded())) }
    return Figures.short(Figures.rounded(value, digits: digits), places: 12)
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "–" }
    let whole = Int(min(max(seconds, 0), 1e12).rounded())
    if whole < 60 { return "\(figure(seconds)) s" }
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

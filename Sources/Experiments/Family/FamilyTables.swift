internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPUnits

/// A family's tables in Markdown, by the name of the section that they stand in.
package struct FamilyTables {
  private let recipe: FamilyRecipe
  private let record: FamilyRecord
  /// One an account.
  private let comparisons: [FamilyComparison]

  /// Tables of a family's record.
  /// - Parameter comparisons: one an account
  package init(recipe: FamilyRecipe, record: FamilyRecord, comparisons: [FamilyComparison]) {
    self.recipe = recipe
    self.record = record
    self.comparisons = comparisons
  }

  private var precision: AccuracyPrecision { recipe.search.precision }

  /// What pages may call the sections.
  package static let names = [
    "family-summary", "family-models", "family-baselines", "family-claim", "family-claim-fastest", "family-accounts",
    "family-footprint", "family-headline",
  ]

  /// All of them.
  package var sections: [(name: String, text: String)] {
    [
      ("family-summary", summary), ("family-models", models([.member, .whole])),
      ("family-baselines", models([.baseline])),
      ("family-claim", claim(fast: false)), ("family-claim-fastest", claim(fast: true)),
      ("family-accounts", accounts), ("family-footprint", footprint), ("family-headline", Self.lines(headline)),
    ]
  }

  /// What each model is, can do and costs on its accelerator of least carbon.
  func models(_ kinds: [FamilyModel.Kind]) -> String {
    guard let first = comparisons.first else { return "" }
    var table = Table(
      [
        "", "layers/width/heads/MLP, image and text", "accelerator", "parameters", "multiply-adds", "recall@1, float32",
        "int8", "class guessed, int8", "within five", "latency", "energy", "die", "carbon", "5 to 95 %",
      ], words: [0, 1, 2])
    let chosen = first.prices.models.filter { kinds.contains($0.model.kind) }
    let bands =
      (try? UncertaintyStudy(chosen.compactMap(\.greenest.carbon), draws: 10_000, seed: 0).bands()) ?? []
    for (priced, band) in zip(chosen, bands) {
      let model = priced.model, design = priced.greenest
      guard let shape = try? recipe.search.space.shape(sizes: model.sizes) else { continue }
      table.add([
        Self.title(model), FamilyModel.shape(shape).replacing(" | ", with: " and "), "\(design.design)",
        Figures.count(shape.parameterCount), Figures.count(shape.imageMultiplyAdds + shape.textMultiplyAdds),
        Self.accuracy(model.test(.float32)), Self.accuracy(model.test(.int8)), classes(model) { $0.int8 },
        classes(model) { $0.int8TopFive },
        Metric.latency.text(design.value(of: .latency)), Metric.energy.text(design.value(of: .energy)),
        Metric.area.text(design.value(of: .area)), Metric.carbon.text(design.value(of: .carbon)),
        "\(KilogramsCO2e(band.low.value)) to \(KilogramsCO2e(band.high.value))",
      ])
    }
    return table.markdown()
  }

  /// Each member in a line: what it can do, what it costs, what it saves.
  var summary: String {
    guard let first = comparisons.first else { return "" }
    var table = Table(
      [
        "", "parameters", "recall@1, int8", "latency", "energy", "carbon", "less than the base model's",
        "less than its hand-shaped rival's",
      ])
    let whole = first.prices.models.first { $0.model.kind == .whole }?.greenest.value(of: .carbon)
    for row in first.rows {
      let design = row.member.greenest, carbon = design.value(of: .carbon)
      guard let shape = try? recipe.search.space.shape(sizes: row.member.model.sizes) else { continue }
      table.add([
        "carbonclip-\(row.member.model.name)", Figures.count(shape.parameterCount),
        Self.accuracy(row.member.model.test(precision)), Metric.latency.text(design.value(of: .latency)),
        Metric.energy.text(design.value(of: .energy)), Metric.carbon.text(carbon),
        whole.map { Figures.percent(1 - carbon / $0) } ?? "",
        row.greenest.map { "\(Figures.percent($0.saved)) (\($0.rival.model.name))" } ?? "",
      ])
    }
    return table.markdown(isAligned: false)
  }

  private func classes(_ model: FamilyModel, _ share: (ClassAccuracy) -> Double?) -> String {
    let known = model.runs.compactMap(\.classes).compactMap(share)
    guard !known.isEmpty else { return "" }
    return Self.accuracy(SeedStatistics(known))
  }

  /// Each member beside its rival.
  /// - Parameter fast: whether the rival has its accelerator of least latency, rather than of least carbon
  package func claim(fast: Bool) -> String {
    guard let first = comparisons.first else { return "" }
    var header = [
      "member", "its rival", "accuracy against it", "latency", "its latency", "carbon", "its carbon",
      "saved",
      "probability of less",
    ]
    if !fast { header += ["baseline of equal accuracy, interpolated", "saved against it"] }
    var table = Table(header, words: [0, 1])
    for row in first.rows {
      var cells = [row.member.model.name.uppercased()]
      if let match = fast ? row.fastest : row.greenest {
        cells += [
          match.rival.model.name,
          "\(Self.points(match.difference)) ± \(Self.unsigned(match.differenceError))",
          Metric.latency.text(match.memberDesign.value(of: .latency)),
          Metric.latency.text(match.rivalDesign.value(of: .latency)),
          Metric.carbon.text(match.memberDesign.value(of: .carbon)),
          Metric.carbon.text(match.rivalDesign.value(of: .carbon)), Figures.percent(match.saved),
          Figures.percent(match.probability),
        ]
      } else {
        cells += [fast && row.greenest != nil ? "none is as fast" : "none"] + Array(repeating: "", count: 7)
      }
      if !fast {
        cells += [
          row.interpolated.map { Metric.carbon.text($0) } ?? "beyond them",
          row.savedInterpolated.map(Figures.percent(_:)) ?? "",
        ]
      }
      table.add(cells)
    }
    return table.markdown()
  }

  /// What each member saves in every account.
  var accounts: String {
    guard let first = comparisons.first else { return "" }
    var table = Table(
      ["cost model, accelerators, use, grid"] + first.rows.map { $0.member.model.name.uppercased() })
    for comparison in comparisons {
      table.add(
        [comparison.prices.account.name]
          + comparison.rows.map { row in
            guard let match = row.greenest else { return "" }
            return "\(Figures.percent(match.saved)) (\(Figures.percent(match.probability)))"
          })
    }
    return table.markdown()
  }

  /// What making the family cost.
  var footprint: String {
    guard let footprint = record.footprint else { return "" }
    let runs = record.models.reduce(0) { $0 + $1.runs.count }
    let notes = footprint.notes.filter { $0.contains("taken over") }.map { " (\($0))" }.joined()
    return "\(runs) trainings and their measurements: \(footprint.summary)\(notes)."
  }

  /// The member that equals its rival exactly enough and saves most, for the claim's end.
  private var equal: String {
    let matches = comparisons.first?.rows.compactMap(\.greenest) ?? []
    let even = matches.filter { abs($0.difference) <= $0.differenceError }
    guard let best = even.max(by: { $0.saved < $1.saved }) else { return "" }
    return """
      ; carbonclip-\(best.member.model.name) is as accurate as \(best.rival.model.name) \
      (\(Self.points(best.difference)) ± \(Self.unsigned(best.differenceError)) points) with \
      \(Figures.percent(best.saved)) less
      """
  }

  /// The claim in a sentence.
  package var headline: String {
    let matches = comparisons.first?.rows.compactMap(\.greenest) ?? []
    guard let best = matches.max(by: { $0.saved < $1.saved }), let least = matches.min(by: { $0.saved < $1.saved })
    else {
      return ""
    }
    return """
      At equal or better accuracy and no higher latency the members emit \(Figures.percent(least.saved)) to \
      \(Figures.percent(best.saved)) less carbon over a device's life than their hand-shaped rivals, each on its own best \
      accelerator\(equal).
      """
  }

  /// A sentence in lines that a page of text has.
  static func lines(_ sentence: String) -> String {
    var lines: [String] = []
    for word in sentence.split(separator: " ") {
      if let last = lines.last, last.count + word.count < 120 {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What tables and drawings call a model.
  package static func title(_ model: FamilyModel) -> String {
    switch model.kind {
    case .member: model.name.uppercased()
    case .whole: "the base model"
    case .baseline, .searched: model.name
    }
  }

  /// A mean over seeds with its standard error, in percent.
  package static func accuracy(_ statistics: SeedStatistics) -> String {
    guard statistics.count > 1 else { return Figures.percent(statistics.mean) }
    return "\(Figures.percent(statistics.mean)) ± \(Self.unsigned(statistics.seedError))"
  }

  /// Percentage points with their sign and one decimal.
  static func points(_ share: Double) -> String { (share < 0 ? "-" : "+") + unsigned(abs(share)) }

  private static func unsigned(_ share: Double) -> String { Figures.fixed(share * 100, places: 1) }
}

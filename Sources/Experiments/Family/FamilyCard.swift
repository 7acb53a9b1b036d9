internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPUnits
internal import CLIPWeights

/// A member's model card.
struct FamilyCard {
  let recipe: FamilyRecipe
  let comparisons: [FamilyComparison]
  let member: FamilyPrices.Priced
  let run: FamilyModel.Run
  let version: String

  func text(named name: String) throws -> String {
    let search = recipe.search, shape = try search.space.shape(sizes: member.model.sizes)
    let design = member.greenest
    let band = try design.carbon.map { try UncertaintyStudy([$0]).bands()[0] }
    let what = Table(facts: [
      (
        "cut from",
        "\(Folder.name(of: search.pretrained).markdownCode(isInTable: true)), with strategy \(search.importance.name)"
      ),
      ("layers/width/heads/MLP, image and text", FamilyModel.shape(shape).replacing(" | ", with: " and ")),
      ("parameters", Figures.count(shape.parameterCount)),
      ("multiply-adds of one picture and one text", Figures.count(shape.imageMultiplyAdds + shape.textMultiplyAdds)),
      (
        "trained on",
        "\(Figures.count(run.validation.samples)) samples, the base model as teacher, products in "
          + run.validation.products.rawValue
      ),
      (
        "found by",
        "study \(search.name.markdownCode(isInTable: true))\(member.model.trial.map { ", trial \($0)" } ?? "")"
      ),
    ])

    var does = Table(["", "float32", run.test.arithmetic])
    func row(_ title: String, _ value: (AccuracyPrecision) -> CandidateMeasurement.Accuracy) {
      does.add([title] + [.float32, .int8].map { Self.percent(value($0)) })
    }
    if let data = search.testData { row("mean recall@1 on `\(data)`") { run.test.accuracy($0) } }
    row("mean recall@1 on `\(search.validationData)`") { run.validation.accuracy($0) }
    let seeds = member.model.runs.count
    if seeds > 1 {
      does.add(
        ["the first, mean of \(seeds) seeds ± its standard error"]
          + [AccuracyPrecision.float32, .int8].map { FamilyTables.accuracy(member.model.test($0)) })
    }
    if let classes = run.classes, let data = recipe.classesData {
      does.add(
        ["zero-shot top-1 of \(classes.classes) classes, `\(data)`"]
          + [classes.float32, classes.int8].map {
            "\(Figures.percent($0)) ± \(Figures.percent(classes.standardError))"
          })
      if let topFive = classes.int8TopFive {
        does.add(["among the first five guesses", "", Figures.percent(topFive)])
      }
    }

    var costs = Table(facts: [])
    costs.add(["accelerator", "\(design.design)"])
    for metric in [Metric.latency, .energy, .area] { costs.add([metric.title, metric.text(design.value(of: metric))]) }
    costs.add(["carbon of use", Metric.operational.text(design.value(of: .operational))])
    costs.add(["carbon of making the chip and its DRAM", Metric.embodied.text(design.value(of: .embodied))])
    costs.add(["total carbon", Metric.carbon.text(design.value(of: .carbon))])
    if let band {
      costs.add(["5 to 95 % of draws", "\(KilogramsCO2e(band.low.value)) to \(KilogramsCO2e(band.high.value))"])
    }
    let scenario = search.assessor.scenario
    costs.add(["use", "\(scenario.name): \(scenario.lifetime.summary), \(scenario.grid.summary)"])
    costs.add(["cost model", search.assessor.costModelName])

    let code = LoadingCode(shape)
    var card = ModelCardText(title: name)
    card.library = code.library
    card.license = "apache-2.0"
    card.metadata = run.footprint.co2EqEmissionsYAML(.fineTuning)
    card.parts = [
      """
      A small CLIP model and the accelerator that suits it, chosen together for little carbon at its accuracy by CarbonCLIP \
      \(version), then trained on. `metrics.json` and `carbon.json` hold all figures; `\(recipe.record)` those of every \
      seed and of the models that it was compared with.
      """,
      "## What it is", what.markdown(), "## What it can do",
      """
      ± is one standard error by the choice of test pictures, where nothing else is said. The test data were not seen by \
      the search, nor by any choice in training.
      """, does.markdown(), "## What it costs the climate", costs.markdown(), elsewhere,
      "Training and measuring it cost \(run.footprint.summary), the search before it not counted.", "## Use and limits",
      """
      For work on pruning, distillation, accelerators and carbon: it knows procedural scenes (colored shapes and where they \
      are, `docs/scenes.md`) and their captions, \(shape.text.contextLength) tokens at most, and nothing else. `carbonclip \
      export --format onnx` makes files for ONNX Runtime. Carbon is an estimate for a chip that was not built: see \
      `docs/estimator.md` and `docs/carbon.md` for what is counted and how sure it is.
      """,
      """
          carbonclip evaluate --pretrained \(recipe.checkpoints)\(member.model.name) --data \(search.testData ?? "scenes:test")
      """, code.section,
    ]
    return card.text
  }

  /// The same model counted in other ways.
  private var elsewhere: String {
    guard comparisons.count > 1 else { return "" }
    var table = Table(["counted otherwise: cost model, accelerators, use, grid", "total carbon", "latency"])
    for comparison in comparisons.dropFirst() {
      guard let own = comparison.prices.models.first(where: { $0.model.name == member.model.name }) else { continue }
      table.add([
        comparison.prices.account.name, Metric.carbon.text(own.greenest.value(of: .carbon)),
        Metric.latency.text(own.greenest.value(of: .latency)),
      ])
    }
    return table.markdown()
  }

  private static func percent(_ accuracy: CandidateMeasurement.Accuracy) -> String {
    "\(Figures.percent(accuracy.mean)) ± \(Figures.significant(accuracy.standardError * 100))"
  }
}

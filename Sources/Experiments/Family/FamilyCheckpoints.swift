internal import CLIPAccelerators
internal import CLIPAssessment
internal import CLIPCarbonFootprint
internal import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPUnits
internal import CLIPWeights

/// Writes the members as checkpoints that other tools load, with `metrics.json`, `carbon.json` and a card.
///
/// The weights are those of the recipe's first seed. Where they are not in the folder of candidates (in a fresh copy of the
/// project, say), a checkpoint that is there keeps its weights, and its figures and card are written anew.
package struct FamilyCheckpoints {
  private let recipe: FamilyRecipe
  private let comparisons: [FamilyComparison]
  private let candidates: String
  private let version: String

  /// - Parameters:
  ///   - candidates: the folder of trained models
  ///   - version: the program's, for the cards
  package init(_ recipe: FamilyRecipe, _ comparisons: [FamilyComparison], candidates: String, version: String) {
    self.recipe = recipe
    self.comparisons = comparisons
    self.candidates = candidates
    self.version = version
  }

  /// - Returns: the folders.
  /// - Throws: `InputError` where a model is gone or a file cannot be written.
  package func write() throws -> [String] {
    guard let first = comparisons.first else { return [] }
    return try first.rows.compactMap { row in
      guard let run = row.member.model.runs.first(where: { $0.seed == recipe.seeds[0] }) else { return nil }
      let folder = recipe.checkpoints + row.member.model.name
      let source = "\(candidates)/\(run.validation.checkpoint)"
      if Folder.containsFile("\(source)/open_clip_config.json") {
        let model = try LoadedModel(LoadedModel.Request(pretrained: source))
        try AtomicFolder.write(to: folder) {
          try model.write(to: $0, as: .openCLIP, .float16)
          try write(row.member, run, to: $0, name: Folder.name(of: folder))
        }
        return folder
      }
      if !Folder.containsFile("\(folder)/open_clip_config.json") {
        throw InputError(
          "the trained model of \(row.member.model.name) is gone", file: source,
          advice: "name the folder of candidates with --candidates")
      }
      try CheckpointFolder.writeModule(to: folder)
      try write(row.member, run, to: folder, name: Folder.name(of: folder))
      return folder
    }
  }

  private func write(_ member: FamilyPrices.Priced, _ run: FamilyModel.Run, to folder: String, name: String)
    throws
  {
    guard let data = recipe.search.testData, let carbon = member.greenest.carbon else { return }
    let card = FamilyCard(recipe: recipe, comparisons: comparisons, member: member, run: run, version: version)
    var metrics: JSONObject = [
      "name": .string(name), "shape": .object(member.model.sizes), "seed": .integer(run.seed),
      "test_data": .string(data), "test": .object(run.test.json),
      "validation_data": .string(recipe.search.validationData), "validation": .object(run.validation.json),
      "all_seeds": .array(
        member.model.runs.map { .object(["seed": .integer($0.seed), "test": .object($0.test.json)]) }),
    ]
    if let classes = run.classes, let data = recipe.classesData {
      metrics["classes_data"] = .string(data)
      metrics["classes"] = .object(classes.json)
    }
    var figures = carbon.json
    figures["accelerator"] = .object(member.greenest.design.json)
    figures["cost_model"] = .string(comparisons[0].prices.account.assessor.costModelName)
    for metric in [Metric.latency, .energy, .area, .tops] {
      figures[metric.column] = .number(member.greenest.value(of: metric))
    }
    if let band = try? UncertaintyStudy([carbon]).bands().first { figures["uncertainty"] = .object(band.json) }
    figures["accounts"] = .array(
      comparisons.compactMap { comparison in
        guard let own = comparison.prices.models.first(where: { $0.model.name == member.model.name }) else {
          return nil
        }
        return .object([
          "account": .string(comparison.prices.account.name), "accelerator": .string("\(own.greenest.design)"),
          "total_kgco2e": .number(own.greenest.value(of: .carbon)),
          "latency_s": .number(own.greenest.value(of: .latency)),
        ])
      })
    figures["making"] = .object(run.footprint.json)
    try AtomicFile.write(JSONValue.object(metrics).text(indentation: 2) + "\n", to: "\(folder)/metrics.json")
    try AtomicFile.write(JSONValue.object(figures).text(indentation: 2) + "\n", to: "\(folder)/carbon.json")
    try AtomicFile.write(try card.text(named: name), to: "\(folder)/README.md")
  }
}

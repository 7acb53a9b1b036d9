public import CLIPCompute
internal import CLIPFiles
internal import CLIPStudies
internal import CLIPTraining

extension SearchRun {
  /// A whole search in this process, for programs: works on the study in a folder until its trials are used up.
  ///
  ///     let front = try SearchRun.front(of: recipe, data: data, in: "logs/search", on: pool)
  ///     print(front.answer)
  ///
  /// Called again after it was stopped or killed, it goes on.
  /// - Parameters:
  ///   - data: nil opens what the recipe names
  ///   - folder: where the study and its candidates lie; made where it is missing
  ///   - shouldStop: asked often
  /// - Returns: the models on accelerators that no other beats
  /// - Throws: `InputError` for a folder that holds another search's study or that another process works in, and where data,
  ///   base model or disk fail; `CancellationError` when stopped.
  public static func front(
    of recipe: SearchRecipe, data: SearchData? = nil, in folder: String, on pool: ThreadPool, version: String = "",
    observe: @escaping (SearchEvent) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) throws -> SearchFront {
    let data = try data ?? SearchData(opening: recipe), path = "\(folder)/study.sqlite"
    try Folder.make(folder)
    var recipe = recipe
    if recipe.training.precision == nil, let begun = try? Study.read(path) {
      recipe.training.precision = begun.identity.recipe["training"]?["precision"]?.stringValue.flatMap {
        ProductArithmetic(named: $0)
      }
    }
    recipe.training = recipe.settledTraining
    // What a program put in the recipe's place is part of what was asked.
    var asked: JSONObject = [
      "recipe": recipe.node.json, "importance": .string(recipe.importance.name),
      "optimizer": .string(recipe.optimizer.name),
      "metric": (recipe.aim?.text ?? recipe.accuracyMetric?.name).map { .string($0) } ?? .null,
      "training": .object(recipe.training.json), "losses": .object(LossTerm.json(recipe.losses)),
      "seed": .integer(Int(clamping: recipe.seed)), "cost_model": .string(recipe.assessor.costModelName),
      "scenario": .string(recipe.assessor.scenario.name), "hardware": .string(recipe.hardwareName),
      "objectives": .array(recipe.metrics.map { .string($0.rawValue) }),
      "limits": .array(recipe.limits.map { .string("\($0)") }),
      "space": .object(
        recipe.space.axes.reduce(into: JSONObject()) { $0[$1.name] = .array($1.sizes.map($1.json)) }),
    ]
    // Searches without looks are what they were before there were any.
    if let looks = recipe.looks {
      asked["looks"] = ["first": .integer(looks.firstLooks), "per-trial": .integer(looks.looksPerTraining)]
    }
    if let trainings = recipe.trainings { asked["trainings"] = .integer(trainings) }
    let identity = StudyIdentity(
      recipe: .object(asked), codeVersion: version, dataFingerprint: try recipe.fingerprint(data),
      environment: JSONObject())
    let owner = try Ownership.take("\(folder)/owner", of: path)
    defer { owner.release() }
    let study = try Study.open(path, identity: identity, budget: recipe.trials, owner: owner)
    try data.settle(study)
    let run = try SearchRun(
      recipe, study, data: data, candidates: "\(folder)/candidates", worker: "\(UTCDate.now)", on: pool,
      version: version, observe: observe, shouldStop: shouldStop)
    switch try run.run() {
    case .gaveUp(let advice): throw InputError(advice, file: study.path)
    case .stopped: throw CancellationError()
    case .finished:
      return try SeedAccuracies.measure(
        recipe, study, run.outlook, seeds: recipe.seeds, with: run.trainer, observe: { _, _ in })
    }
  }
}

import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import CLIPStudies
import Testing

/// A small family with a claim over a small search that chooses between two arithmetics.
enum ClaimedFamily {
  static let claim = """
    {uses: [battery-camera, camera], boundaries: [die, device], grids: [WORLD, FR], draws: 200, prompts: 12,
     searches: {narrow: {models: [found], chip: latency}}}
    """

  static func recipe(
    _ fixture: SearchFixture, search: [String: String] = [:], _ changes: [String: String] = [:]
  ) throws -> FamilyRecipe {
    var keys = [
      "task": "classification", "val-data": "scenes:classes?count=24&size=32&seed=1",
      "test-data": "scenes:classes?count=24&size=32&seed=2", "sealed": "true", "arithmetic": "[int8, w4a8]",
      "model-space": "{vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16]}",
    ]
    keys.merge(search) { $1 }
    try AtomicFile.write(fixture.text(keys), to: "\(fixture.folder)/search.yaml")
    var lines = [
      "search": "\(fixture.folder)/search.yaml", "study": "\(fixture.folder)/study",
      "record": "\(fixture.folder)/family.json", "checkpoints": "\(fixture.folder)/carbonclip-", "members": "[s]",
      "baselines": "{half: {vision-width: 8, vision-heads: 1}, found: {vision-mlp: 16}}", "sealed": "true",
      "finetune": "{train-num-samples: 32}", "seeds": "[0, 7]", "claim": claim,
      "more-seeds": "{seeds: [8], models: [s]}",
      "choose": "{uses: [battery-camera, camera], most-loss: [100, 100]}",
    ]
    lines.merge(changes) { $1 }
    let text = lines.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)" }
    try AtomicFile.write(text.joined(separator: "\n"), to: "\(fixture.folder)/family.yaml")
    return try FamilyRecipe(file: "\(fixture.folder)/family.yaml")
  }

  /// A family of one member with two models beside it, trained.
  static func trained(_ recipe: FamilyRecipe, _ fixture: SearchFixture) throws -> FamilyRecord {
    let study = try fixture.study(recipe.search, "s"), pool = ThreadPool(threads: 2)
    #expect(try fixture.run(recipe.search, study, candidates: "c") == .finished)
    let front = try SearchFront(recipe.search, study.trials(), HardwareOutlook(recipe.search, on: pool))
    let choice = try #require(recipe.choice)
    let members = try MemberChoice.choose(recipe.members, from: [front, front], by: choice, of: recipe, on: pool)
    let start = try FamilyRun.models(of: recipe, known: FamilyRecord(), members: members)
    let run = FamilyRun(recipe, record: start, folder: "\(fixture.folder)/c", on: pool, version: "test")
    try run.run()
    return try FamilyRecord(file: recipe.record)
  }

  /// What a study says, and the study.
  static func front(_ recipe: SearchRecipe, _ study: Study) throws -> SearchFront {
    try SearchFront(recipe, study.trials(), HardwareOutlook(recipe, on: ThreadPool(threads: 1)))
  }
}

import CLIPCompute
import CLIPFamily
import CLIPFiles
import Foundation
import CLIPSearch
import CLIPStudies
import Testing
import CLIPUnits

@Suite("A family from its search to its record")
struct FamilyRunTests {
  private func recipe(_ fixture: SearchFixture, _ changes: [String: String] = [:]) throws -> FamilyRecipe {
    try AtomicFile.write(
      fixture.text([
        "test-data": "scenes:test?count=24&size=32",
        "model-space": "{vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16]}",
      ]), to: "\(fixture.folder)/search.yaml")
    var lines = [
      "search": "\(fixture.folder)/search.yaml", "study": "\(fixture.folder)/study",
      "record": "\(fixture.folder)/record/family.json", "checkpoints": "\(fixture.folder)/carbonclip-",
      "members": "[s]", "least-accuracy": "0", "baselines": "{half: {vision-width: 8, vision-heads: 1}}",
      "finetune": "{train-num-samples: 48}", "seeds": "[0, 7]",
    ]
    for (key, value) in changes { lines[key] = value.isEmpty ? nil : value }
    let text = lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    try AtomicFile.write(text, to: "\(fixture.folder)/family.yaml")
    return try FamilyRecipe(file: "\(fixture.folder)/family.yaml")
  }

  private func members(_ recipe: FamilyRecipe, _ fixture: SearchFixture) throws -> [FamilyModel] {
    let study = try fixture.study(recipe.search, "s")
    #expect(try fixture.run(recipe.search, study, candidates: "c") == .finished)
    let outlook = try HardwareOutlook(recipe.search, on: ThreadPool(threads: 1))
    let front = try SearchFront(recipe.search, study.trials(), outlook)
    return try MemberSelection.choose(recipe.members, from: front, leastAccuracy: recipe.leastAccuracy)
  }

  @Test(
    "members and baselines are trained with each seed, once; a stopped run goes on; the record reads as it was written")
  func life() throws {
    let fixture = try SearchFixture(), recipe = try recipe(fixture)
    let models = try members(recipe, fixture)
    #expect(models.map(\.name) == ["s"] && models.allSatisfy { $0.trial != nil })
    let start = try FamilyRun.models(of: recipe, known: FamilyRecord(), members: models)
    #expect(start.models.map(\.name) == ["s", "whole", "half"])

    var asked = 0
    let stopped = FamilyRun(
      recipe, record: start, folder: "\(fixture.folder)/c", on: ThreadPool(threads: 1), version: "test",
      shouldStop: {
        asked += 1
        return asked > 30
      })
    #expect(throws: CancellationError.self) { try stopped.run() }
    #expect(stopped.record.models.flatMap(\.runs).count < 5)

    let again = try FamilyRun.models(of: recipe, known: stopped.record, members: models)
    let run = FamilyRun(
      recipe, record: again, folder: "\(fixture.folder)/c", on: ThreadPool(threads: 2), version: "test")
    try run.run()
    let record = try FamilyRecord(file: recipe.record)
    #expect(record.models.map { $0.runs.map(\.seed) } == [[0, 7], [0], [0, 7]])
    // Other seeds are other trainings; the base model is itself.
    let half = try #require(record.models.last)
    #expect(half.runs[0].key != half.runs[1].key && half.runs[0].validation != half.runs[1].validation)
    #expect(record.models[1].runs[0].validation.checkpoint.isEmpty)
    for (one, other) in zip(run.record.models, record.models) {
      #expect(one.runs.map(\.test) == other.runs.map(\.test) && one.sizes == other.sizes && one.kind == other.kind)
    }
    #expect(record.footprint != nil)

    // Classes that are asked for later are found without training anew; where the weights are gone, they stay unknown.
    let classified = try self.recipe(fixture, ["classes-data": "scenes:classes?count=24&size=32"])
    for (folder, isThere) in [("none", false), ("c", true)] {
      let later = FamilyRun(
        classified, record: record, folder: "\(fixture.folder)/\(folder)", on: ThreadPool(threads: 1), version: "test")
      try later.run()
      let found = later.record.models.filter { $0.kind != .whole }.flatMap(\.runs)
      #expect(found.allSatisfy { ($0.classes != nil) == isThere })
      #expect(found.map(\.validation) == record.models.filter { $0.kind != .whole }.flatMap(\.runs).map(\.validation))
    }
    #expect(try FamilyRecord(file: recipe.record).models.flatMap(\.runs).allSatisfy { $0.classes?.classes == 192 })

    // Nothing is lacking, so nothing is done.
    var stages = 0
    try FamilyRun(
      recipe, record: record, folder: "\(fixture.folder)/none", on: ThreadPool(threads: 1), version: "test",
      observe: { _ in stages += 1 }
    ).run()
    #expect(stages == 0)
  }

  @Test("members are trained in the arithmetic that the recipe asks for, and in another anew")
  func arithmetic() throws {
    let fixture = try SearchFixture()
    var keys: Set<String> = []
    for more in ["", ", precision: amp_bf16", ", quantize: int8", ", precision: amp_bf16, quantize: int8"] {
      let recipe = try recipe(
        fixture, ["finetune": "{train-num-samples: 32\(more)}", "seeds": "[0]"])
      let start = try FamilyRun.models(of: recipe, known: FamilyRecord(), members: [])
      let run = FamilyRun(
        recipe, record: start, folder: "\(fixture.folder)/c", on: ThreadPool(threads: 1), version: "test")
      try run.run()
      let half = try #require(run.record.models.last)
      #expect(half.name == "half")
      keys.formUnion(half.runs.map(\.key))
    }
    #expect(keys.count == 4)
  }

  @Test("a family goes on in the precision of its record where nobody says another, and trains nothing anew")
  func standardPrecision() throws {
    let fixture = try SearchFixture(), standard = ProductArithmetic.trainingStandard
    let other = ProductArithmetic.allCases.first { $0 != standard } ?? .float32
    let silent = "{train-num-samples: 32, batch-size: 16, lr: 1e-3, equal-flops: false}"
    func recipe(_ finetune: String) throws -> FamilyRecipe {
      let recipe = try self.recipe(fixture, ["finetune": finetune, "seeds": "[0]"])
      // The search says nothing either.
      try AtomicFile.write(
        fixture.text(["test-data": "scenes:test?count=24&size=32", "finetune": silent]),
        to: "\(fixture.folder)/search.yaml")
      return try FamilyRecipe(file: "\(fixture.folder)/\(recipe.name).yaml")
    }
    func run(_ recipe: FamilyRecipe, _ known: FamilyRecord) throws -> FamilyRecord {
      let run = FamilyRun(
        recipe, record: try FamilyRun.models(of: recipe, known: known, members: []),
        folder: "\(fixture.folder)/c", on: ThreadPool(threads: 1), version: "test")
      try run.run()
      return run.record
    }
    let stated = try recipe("{train-num-samples: 32, precision: \(other.rawValue)}")
    #expect(try stated.precisionNote(after: FamilyRecord()) == nil)
    let record = try run(stated, FamilyRecord())
    let half = try #require(record.models.last?.runs.first)
    #expect(half.validation.products == other && half.test.products == other)

    let again = try recipe("{train-num-samples: 32}")
    let note = try #require(try again.precisionNote(after: FamilyRecord()))
    #expect(note.contains(standard.rawValue), "\(note)")
    #expect(try again.precisionNote(after: record) == nil)
    #expect(try run(again, record).models.map { $0.runs.map(\.key) } == record.models.map { $0.runs.map(\.key) })
    let fresh = try run(again, FamilyRecord())
    #expect(fresh.models.last?.runs.first?.validation.products == standard)
    #expect(fresh.models.last?.runs.first?.key != half.key)
  }

  @Test(
    "recipes that cannot be are refused with the place",
    arguments: [
      (["search": ""], "search is missing"), (["seeds": "[1, 1]"], "seeds must be different"),
      (["members": "[s, s]"], "members must be different"), (["baseline": "{}"], "did you mean \"baselines\"?"),
      (["baselines": "{half: 3}"], "half must be a shape"),
      (["baselines": "{half: {vision-width: x}}"], "whole number"),
      (["accounts": "[{cost-model: fysical}]"], "did you mean \"physical\"?"),
      (["accounts": "[{grids: [ATLANTIS]}]"], "ATLANTIS"), (["least-accuracy": "3"], "from 0 to 1"),
      (["seeds": "[0.5, 1]"], "whole numbers"), (["seeds": "{a: 1}"], "whole number"),
      (["seeds": "many"], "whole number"),
      (["finetune": "[lr]"], "finetune must be keys"), (["finetune": "word"], "finetune must be keys"),
      (["members": "{a: 1}"], "members must be text"), (["search": "[a]"], "search must be text"),
      (["study": "{a: 1}"], "study must be text"), (["record": "[a]"], "record must be text"),
      (["checkpoints": "[a]"], "checkpoints must be text"), (["classes-data": "{a: 1}"], "classes-data must be text"),
      (["train-data": "[a]"], "train-data must be text"), (["accounts": "word"], "accounts must be a list"),
      (["baselines": "[a]"], "baselines must be names"), (["name": "[a]"], "name must be text"),
      (["accounts": "[{hardware: [edge]}]"], "hardware must be text"), (["accounts": "[edge]"], "expected keys"),
    ])
  func refused(change: [String: String], message: String) throws {
    let fixture = try SearchFixture()
    do {
      _ = try recipe(fixture, change)
      Issue.record("accepted \(change)")
    } catch let error as InputError {
      #expect("\(error)".contains(message), "\(error)")
    }
  }

  @Test(
    "what a recipe names is looked at before anything is trained",
    arguments: [
      (["train-data": "/nonexistent.tar"], "/nonexistent.tar"), (["classes-data": "/nonexistent"], "classes-data"),
      (["baselines": "{wide: {vision-width: 64}}"], "wide"), (["baselines": "{odd: {vision-with: 8}}"], "odd"),
      (["finetune": "{lr: fast}"], "lr"), (["finetune": "{seed: 3}"], "seed stands at"),
    ])
  func looked(change: [String: String], part: String) throws {
    let fixture = try SearchFixture(), recipe = try recipe(fixture, change)
    // The base model lies in the fixture's folder, which goes with it.
    defer { withExtendedLifetime(fixture) {} }
    let error = try #require(throws: InputError.self) { try recipe.checkData() }
    #expect("\(error)".contains(part), "\(error)")
  }

  @Test("the shipped record is still this version's: nothing of it would be trained anew")
  func shipped() throws {
    let recipe = try FamilyRecipe(file: "recipes/family.yaml"), record = try FamilyRecord(file: recipe.record)
    #expect(record.models.flatMap(\.runs).count == 40)
    try FamilyRun(
      recipe, record: record, folder: "/nonexistent", on: ThreadPool(threads: 1), version: "test",
      observe: { Issue.record("\($0.name)") }, shouldStop: { true }
    ).run()
    // Two of its trainings were taken over from the search; their energy is estimated and said.
    let estimated = record.models.flatMap(\.runs).filter { $0.footprint.notes.contains { $0.contains("taken over") } }
    #expect(estimated.count == 2)
    #expect(record.models.flatMap(\.runs).allSatisfy { $0.footprint.wall.value >= $0.validation.times.total })
  }

  @Test("a baseline that the base model cannot be cut to, and a record that is damaged, are refused")
  func damaged() throws {
    let fixture = try SearchFixture()
    let wide = try recipe(fixture, ["baselines": "{wide: {vision-width: 64}}"])
    let start = try FamilyRun.models(of: wide, known: FamilyRecord(), members: [])
    let run = FamilyRun(wide, record: start, folder: "\(fixture.folder)/c", on: ThreadPool(threads: 1), version: "test")
    #expect(throws: InputError.self) { try run.run() }
    for text in ["", "{}", "{\"models\": [{}]}", "{\"models\": [{\"name\": \"a\", \"kind\": \"member\"}]}"] {
      let path = "\(fixture.folder)/damaged.json"
      try AtomicFile.write(text, to: path)
      #expect(throws: InputError.self) { try FamilyRecord(file: path) }
    }
  }
}

import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import Testing

@Suite("A family of several arithmetics whose test sets are sealed", .serialized)
struct SealedFamilyTests {
  private static let validation = "scenes:classes?count=24&size=32", test = "scenes:classes?count=300&size=32"

  private func recipe(
    _ fixture: SearchFixture, sealed: Bool = true, search: [String: String] = [:], _ changes: [String: String] = [:]
  ) throws -> FamilyRecipe {
    var asked = [
      "val-data": "", "validation": "[{data: \"\(Self.validation)\", metric: acc1}]",
      "test": "[{data: \"\(Self.test)\", metric: acc1}]", "arithmetic": "[int8, w4a8]",
      "model-space": "{vision-layers: [1, 2], text-width: [8, 16]}", "sealed": sealed ? "true" : "",
    ]
    asked.merge(search) { $1 }
    try AtomicFile.write(fixture.text(asked), to: "\(fixture.folder)/search.yaml")
    var lines = [
      "search": "\(fixture.folder)/search.yaml", "study": "\(fixture.folder)/study",
      "record": "\(fixture.folder)/\(sealed ? "sealed" : "scored").json", "checkpoints": "\(fixture.folder)/c-",
      "baselines": "{half: {vision-width: 8, vision-heads: 1}}", "finetune": "{train-num-samples: 32}",
      "seeds": "[0, 7]",
    ]
    if sealed { lines["sealed"] = "true" }
    lines.merge(changes) { $1 }
    let text = lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    try AtomicFile.write(text, to: "\(fixture.folder)/family.yaml")
    return try FamilyRecipe(file: "\(fixture.folder)/family.yaml")
  }

  private static let member = FamilyModel(
    "s", .member, ["vision-layers": 1, "text-width": 8, "arithmetic": "int8"], trial: 3)

  private func run(_ recipe: FamilyRecipe, _ fixture: SearchFixture, _ known: FamilyRecord) throws -> FamilyRecord {
    let start = try FamilyRun.models(of: recipe, known: known, members: [Self.member])
    try FamilyRun(
      recipe, record: start, folder: "\(fixture.folder)/c", on: ThreadPool(threads: 2), version: "test"
    ).run()
    return try FamilyRecord(file: recipe.record)
  }

  private func share(_ right: [Bool]) -> Double { Double(right.count { $0 }) / Double(right.count) }

  @Test(
    "trainings hold guesses and no test accuracy; opened once, they have the accuracies that a family without seal measures"
  )
  func life() throws {
    let fixture = try SearchFixture(), recipe = try recipe(fixture)
    #expect(recipe.isSealed && recipe.hasReadings)
    try recipe.checkData()
    let record = try run(recipe, fixture, FamilyRecord())
    #expect(record.models.map { $0.runs.count } == [2, 1, 2] && record.opened == nil)
    #expect(record.models[0].arithmetic == "int8" && record.models[0].sizes["arithmetic"] == nil)
    #expect(record.models[0].trial == 3 && record.models[2].arithmetic == nil)
    let text = try TextFile.text(of: recipe.record)
    #expect(!text.contains("\"test\""))
    let labels = try PictureLabels(of: .validation, in: recipe)
    for run in record.models.flatMap(\.runs) {
      #expect(run.isSealed && !run.isOpened && run.test.int8.mean.isNaN && run.test.float32.mean.isNaN)
      #expect(run.readings.map(\.arithmetic) == ["w4a8-g64", "int8"])
      // Of most bits, as the training itself was measured.
      #expect(run.readings[1].validation == run.validation.int8)
      for reading in run.readings {
        #expect(reading.test == nil && reading.testGuesses.map(\.classes.count) == [300])
        let guesses = try #require(reading.validationGuesses.first)
        #expect(guesses.data == Self.validation && guesses.digest.hasPrefix("di1-"))
        let right = guesses.isRight(labels: try labels.labels(of: guesses))
        #expect(right.count == 24 && share(right) == reading.validation.mean)
        #expect(throws: InputError.self) { try labels.labels(of: reading.testGuesses[0]) }
      }
    }

    // Nothing is lacking, so nothing is done, in whatever folder.
    let again = try FamilyRun.models(of: recipe, known: record, members: [Self.member])
    try FamilyRun(
      recipe, record: again, folder: "\(fixture.folder)/none", on: ThreadPool(threads: 1), version: "test",
      observe: { _ in Issue.record("something was lacking") }
    ).run()

    var opened = record
    try opened.open(with: PictureLabels(of: .test, in: recipe), on: "2026-12-01")
    try opened.write(to: recipe.record)
    let read = try FamilyRecord(file: recipe.record)
    #expect(read.opened == opened.opened && read.opened?.date == "2026-12-01")
    #expect(read.models.flatMap(\.runs).allSatisfy { $0.isOpened })
    #expect(throws: InputError.self) { try opened.open(with: PictureLabels(of: .test, in: recipe), on: "later") }

    // The same trainings, scored as they are made.
    let open = try self.recipe(fixture, sealed: false), scored = try run(open, fixture, FamilyRecord())
    for (one, other) in zip(read.models, scored.models) {
      for (run, own) in zip(one.runs, other.runs) {
        #expect(run.key == own.key && !own.isSealed && run.readings == own.readings)
        #expect(own.test.int8 == own.readings[1].test && own.test.float32.mean.isFinite)
      }
    }
    let means = scored.models.flatMap(\.runs).flatMap(\.readings).compactMap { $0.test?.mean }
    #expect(means.count == 10 && Set(means).count > 1)

    // A training that comes later is not of what was opened.
    let longer = try self.recipe(fixture, ["seeds": "[0, 7, 9]"]), later = try run(longer, fixture, read)
    #expect(later.opened == read.opened)
    #expect(later.models[2].runs.map(\.isOpened) == [true, true, false])
    #expect(later.models[2].runs[2].readings.allSatisfy { $0.test == nil })
    // What was opened is neither trained anew nor taken out.
    let other = try self.recipe(fixture, ["finetune": "{train-num-samples: 48}"])
    #expect(throws: InputError.self) { try run(other, fixture, read) }
    let fewer = try self.recipe(fixture, ["baselines": "{}"])
    #expect(throws: InputError.self) { try run(fewer, fixture, read) }
    let damaged = try TextFile.text(of: recipe.record).replacing("\"seed\": 7", with: "\"seed\": 8")
    try AtomicFile.write(damaged, to: recipe.record)
    #expect(throws: InputError.self) { try FamilyRecord(file: recipe.record) }
  }

  @Test("a task gives what the coordinator's own run gives, and refuses another seal")
  func task() throws {
    let fixture = try SearchFixture(), recipe = try recipe(fixture, ["seeds": "[0]"])
    let half = try #require(try run(recipe, fixture, FamilyRecord()).models.last?.runs.first)
    func task(_ reads: String) throws -> FamilyTask {
      try #require(
        FamilyTask([
          "task": "training", "name": "half", "sizes": ["vision-width": 8, "vision-heads": 1], "seed": 0,
          "key": .string(half.key), "family": .string("\(fixture.folder)/family.yaml"), "precision": "fp32",
          "reads": .string(reads), "candidates": .string("\(fixture.folder)/c"), "version": "test",
        ]))
    }
    let runner = FamilyTaskRunner(on: ThreadPool(threads: 1), version: "test")
    let json = try #require(try runner.run(task("w4a8-g64 int8 sealed")))
    var record = FamilyRecord([FamilyModel("half", .baseline, JSONObject())])
    try AtomicFile.write(
      JSONValue.object([
        "models": [["name": "half", "kind": "baseline", "sizes": [:], "runs": [.object(json)]]]
      ]).text(), to: "\(fixture.folder)/task.json")
    record = try FamilyRecord(file: "\(fixture.folder)/task.json")
    #expect(record.models.first?.runs.first?.readings == half.readings)
    #expect(throws: InputError.self) { try runner.run(task("w4a8-g64 int8")) }
  }

  @Test("the search of a sealed family leaves its test sets alone")
  func search() throws {
    let fixture = try SearchFixture(), recipe = try recipe(fixture).search
    #expect(recipe.isSealed)
    let study = try fixture.study(recipe, "s"), pool = ThreadPool(threads: 1)
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let trainer = try CandidateTrainer(recipe, folder: "\(fixture.folder)/c", on: pool, version: "test")
    let front = try SearchFront(recipe, study.trials(), HardwareOutlook(recipe, on: pool))
    try TestAccuracies.measure(front, study, with: trainer) { _, _ in Issue.record("measured") }
    #expect(try study.notes(prefix: "test/").isEmpty)
  }

  @Test("a family that would measure what its search seals is refused")
  func unsealed() throws {
    let fixture = try SearchFixture()
    let error = try #require(throws: InputError.self) {
      try recipe(fixture, sealed: false, search: ["sealed": "true"])
    }
    #expect("\(error)".contains("has its test data sealed"), "\(error)")
  }

  @Test(
    "a seal that would not hold is refused",
    arguments: [
      (["sealed": ""], [:], "write sealed: true in the search"),
      (
        [
          "validation": "", "test": "", "val-data": "scenes:validation?count=24&size=32",
          "test-data": "scenes:test?count=24",
        ],
        [:], "sets of classes"
      ),
      (["test": "[{data: \"scenes:classes?count=300&size=32\", metric: acc5}]"], [:], "sets of classes"),
      ([:], ["classes-data": "\"scenes:classes?count=24\""], "classes-data"),
      (["test": ""], [:], "names none"),
    ] as [([String: String], [String: String], String)])
  func refused(search: [String: String], family: [String: String], message: String) throws {
    let fixture = try SearchFixture()
    let error = try #require(throws: InputError.self) { try recipe(fixture, search: search, family) }
    #expect("\(error)".contains(message), "\(error)")
  }
}

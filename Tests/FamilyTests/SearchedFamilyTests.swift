import CLIPAssessment
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import CLIPStudies
import Testing

@Suite("Families that other searches find on one pool", .serialized)
struct SearchedFamilyTests {
  private static let classes = [
    "task": "classification", "val-data": "scenes:classes?count=24&size=32&seed=1", "arithmetic": "[int8, w4a8]",
  ]

  private func run(
    _ fixture: SearchFixture, _ name: String, candidates: String = "c", _ changes: [String: String]
  ) throws -> (front: SearchFront, study: Study) {
    let recipe = try fixture.recipe(Self.classes.merging(changes) { $1 }), study = try fixture.study(recipe, name)
    #expect(try fixture.run(recipe, study, candidates: candidates) == .finished)
    return (try ClaimedFamily.front(recipe, study), study)
  }

  @Test("each search is charged for all that it would have trained, by itself or taken over, in whichever arithmetic")
  func charges() throws {
    let fixture = try SearchFixture()
    defer { withExtendedLifetime(fixture) {} }
    // Three shapes to be trained and the base model, each in two arithmetics.
    let space = ["model-space": "{vision-layers: [1, 2], text-width: [8, 16]}", "initial-trials": "2"]
    let first = try run(fixture, "first", space.merging(["trials": "3"]) { $1 })
    let latency = space.merging(["trials": "8", "objectives": "[accuracy, latency]"]) { $1 }
    let second = try run(fixture, "second", latency), alone = try run(fixture, "alone", candidates: "alone", latency)
    let charge = try SearchCharge([second], pool: [first.front]), whole = try SearchCharge([alone])
    #expect(charge.trials == 8 && charge.trainings == 3 && charge.unknown == 0)
    #expect(whole.trials == 8 && whole.trainings == 3 && whole.takenOver == 0 && whole.unknown == 0)
    #expect(charge.samples == whole.samples && charge.samples == 3 * 32)
    let begun = Set(first.front.finished.map(\.record.measurement.checkpoint)).subtracting([""])
    #expect(!begun.isEmpty && charge.takenOver == begun.count)
    // What was trained for the first is charged to the second, too: all trainings there are.
    let trained = (first.front.finished + second.front.finished).map(\.record.measurement).filter {
      $0.times.training > 0
    }
    let each = trained.reduce(into: [String: Double]()) { $0[$1.checkpoint] = $1.footprint?.wall.value ?? 0 }
    #expect(each.count == 3 && charge.time.value >= each.values.reduce(0, +) && charge.energy.value > 0)
    // Both as one search: what they have in common once.
    let both = try SearchCharge([first, second])
    #expect(both.trials == 11 && both.trainings == 3 && both.samples == 96 && both.takenOver == 0)
    #expect(abs(both.time.value - charge.time.value) < 1e-9 * both.time.value)
    #expect(SearchCharge(.object(charge.json)) == charge && SearchCharge(["trials": 1]) == nil)
    // A search that measured again alone what another had trained pays for the trainings: each holds one measurement.
    let again = try alone.study.trials().filter { trial in
      trial.measurement?["measurement"]?["seconds"]?["training"]?.doubleValue == 0
    }
    let recipe = alone.front.recipe
    let thin = try SearchFront(recipe, again, HardwareOutlook(recipe, on: ThreadPool(threads: 1)))
    let charged = try SearchCharge([(thin, alone.study)], pool: [alone.front])
    #expect(charged.trials == 5 && charged.trainings == 3 && charged.takenOver == 3 && charged.unknown == 0)
    let paid = alone.front.finished.map(\.record.measurement).filter { $0.checkpoint.isEmpty || $0.times.training > 0 }
    let expected = paid.reduce(0) { $0 + ($1.footprint?.wall.value ?? 0) }
    #expect(abs(charged.time.value - expected) < 1e-9 * expected)
    // Without the pool it is said that they are not known.
    #expect(try SearchCharge([(thin, alone.study)]).unknown == 3)
  }

  @Test(
    "other searches' models are chosen by their own objectives, trained once, priced on two chips, and never in the headline",
    .timeLimit(.minutes(5)))
  func life() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 2)
    defer { withExtendedLifetime(fixture) {} }
    let rules = [
      ("random", ["optimizer": "random"]), ("latency", ["objectives": "[accuracy, latency]"]),
      ("macs", ["objectives": "[accuracy, macs]"]),
    ]
    let listed = rules.map { "\($0.0): \(fixture.folder)/\($0.0)" }.joined(separator: ", ")
    let recipe = try ClaimedFamily.recipe(
      fixture,
      [
        "searches": "{\(listed)}", "members": "[s, l]", "seeds": "[0]", "more-seeds": "",
        "claim": "{uses: [camera, battery-camera], boundaries: [die], draws: 200, prompts: 12}",
        "choose": "{most-loss: [100, 0]}",
      ])
    let loose = try ClaimedFamily.recipe(fixture, ["choose": "{most-loss: [100, 100]}", "more-seeds": ""])
    #expect(recipe.searches.map(\.rule) == ["random", "latency", "macs"])
    let own = try run(fixture, "own", ["trials": "8"])
    let choice = try #require(recipe.choice), easy = try #require(loose.choice)
    let prices = try PriceList(on: pool)
    var told = 0
    let members = try MemberChoice.choose(["s"], from: [own.front], by: easy, of: loose, on: pool, prices: prices) {
      told += 1
      #expect($0 == told && $1 == own.front.finished.count)
    }
    #expect(told == own.front.finished.count)
    let stopped = try PriceList(on: pool) { true }
    #expect(throws: CancellationError.self) {
      try MemberChoice.choose(["s"], from: [own.front], by: easy, of: loose, on: pool, prices: stopped)
    }
    var searched: [FamilyModel] = [], charges: [FamilyRecord.Charge] = []
    for ((rule, changes), search) in zip(rules, recipe.searches) {
      let found = try run(fixture, rule, changes.merging(["trials": "8"]) { $1 })
      let models = try SearchedFamily.choose(
        search, from: found.front, beside: [own.front], by: choice, of: recipe, prices: prices)
      #expect((1...2).contains(models.count) && models.allSatisfy { $0.foundBy?.rule == rule && $0.trial != nil })
      #expect(models.map(\.name) == Array(["\(rule)-s", "\(rule)-l"].prefix(models.count)))
      #expect(models.allSatisfy { $0.foundBy?.metric == found.front.recipe.metrics[0] && $0.arithmetic != nil })
      searched += models
      charges.append(
        .init(rule: rule, objective: "x", charge: try SearchCharge([(found.front, found.study)], pool: [own.front])))
    }
    var start = try FamilyRun.models(of: recipe, known: FamilyRecord(), members: members, searched: searched)
    start.charges = charges
    let run = FamilyRun(recipe, record: start, folder: "\(fixture.folder)/c", on: pool, version: "test")
    try run.run()
    let record = try FamilyRecord(file: recipe.record)
    #expect(record.charges == charges && record.models.map(\.foundBy) == start.models.map(\.foundBy))
    #expect(record.models.allSatisfy { $0.runs.count == 1 })
    // One training counts once, whoever found its model.
    let walls = record.models.flatMap(\.runs).reduce(into: [String: Double]()) { $0[$1.key] = $1.footprint.wall.value }
    let wall = try #require(record.footprint).wall.value
    #expect(abs(wall - walls.values.reduce(0, +)) < 1e-9 * wall)

    let claim = try FamilyClaim(record, of: recipe, on: pool, prices: prices), models = claim.study.models
    for one in models {
      let chips: [Metric] = one.training.hasPrefix("latency-") ? [.carbon, .latency] : [.carbon]
      #expect(one.kind.isRival || models.filter { $0.training == one.training }.map(\.chip) == chips)
    }
    #expect(!claim.deciding.contains { one in searched.contains { $0.name == one.training } })
    let headline = ClaimHeadline(claim).text
    #expect(!searched.contains { headline.contains($0.name) })
    let tables = ClaimTables(claim).sections.reduce(into: [String: String]()) { $0[$1.name] = $1.text }
    for (rule, _) in rules {
      #expect(
        tables["claim-searches"]?.contains("\(rule)-s") == true && tables["claim-charges"]?.contains(rule) == true)
    }
    #expect(JSONValue.object(claim.json)["searches"]?.arrayValue?.count == 3)
    let priced = prices.searched
    _ = try FamilyClaim(record, of: recipe, on: pool, prices: prices)
    #expect(prices.searched == priced)
  }
}

import CLIPCompute
import CLIPFiles
import Foundation
import CLIPOptimization
import CLIPRecipes
import CLIPSearch
import CLIPStudies
import Testing

@Suite("Searches with looks")
struct LookingSearchTests {
  private static let changes = ["looks": "{first: 5, per-trial: 2}", "initial-trials": "2", "trials": "5"]

  private func rows(_ study: Study) throws -> [String] {
    func accuracy(_ trial: Trial) -> Double? {
      let float32 = trial.measurement?["float32"] ?? trial.measurement?["measurement"]?["float32"]
      return float32?["mean_recall@1"]?.doubleValue
    }
    return try (study.trials() + study.looks()).map {
      "\($0.kind) \($0.number) \($0.point) \($0.origin) \($0.state) \(accuracy($0) ?? -1)"
    }
  }

  @Test("stopped again and again it makes the same looks and trainings, each once")
  func resumption() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(Self.changes)
    let whole = try fixture.study(recipe, "whole")
    var looked: [Int] = []
    #expect(
      try fixture.run(recipe, whole, candidates: "a") { event in
        if case .looked(let number, _, _, let wasKnown) = event, !wasKnown { looked.append(number) }
      } == .finished)
    let parts = try fixture.study(recipe, "parts")
    var stops = 0, lookedInParts: [Int] = []
    for stopAt in [2, 4, 7, 9, 14, 20, 27, 35, 44, 60, 90, 120] {
      let outcome = try fixture.run(
        recipe, parts, candidates: "b", worker: "w\(stopAt)", stopAt: stopAt, threads: stopAt % 3 + 1
      ) { event in
        if case .looked(let number, _, _, _) = event { lookedInParts.append(number) }
      }
      if outcome == .stopped { stops += 1 }
    }
    #expect(stops >= 3)
    #expect(
      try fixture.run(recipe, parts, candidates: "b", worker: "last") { event in
        if case .looked(let number, _, _, _) = event { lookedInParts.append(number) }
      } == .finished)
    #expect(try rows(whole) == rows(parts))
    let trials = try whole.trials(), looks = try whole.looks()
    #expect(trials.count == 5 && trials.allSatisfy { $0.state == .finished })
    #expect(looks.count == 11, "\(looks.count)")
    #expect(Set(looks.map(\.point)).count == looks.count && looks.allSatisfy { $0.state == .finished })
    // Only what was looked at is trained.
    #expect(Set(trials.map(\.point)).isSubset(of: looks.map(\.point)))
    #expect(looked == looks.map(\.number) && lookedInParts.sorted() == looks.map(\.number))
  }

  @Test("two workers share looks and trainings, and none is made twice")
  func sharing() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(Self.changes)
    let study = try fixture.study(recipe, "s")
    DispatchQueue.concurrentPerform(iterations: 2) { worker in
      _ = try? fixture.run(recipe, study, candidates: "c\(worker)", worker: "w\(worker)")
    }
    let trials = try study.trials(), looks = try study.looks()
    #expect(trials.count == 5 && trials.allSatisfy { $0.state == .finished })
    #expect(Set(looks.map(\.point)).count == looks.count && looks.count >= 5)
    #expect(looks.allSatisfy { $0.attempts <= 1 })
  }

  @Test("a look is kept beside the candidates, and told from others by what it depends on")
  func kept() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 1)
    func trainer(_ changes: [String: String] = [:]) throws -> CandidateTrainer {
      try CandidateTrainer(fixture.recipe(changes), folder: "\(fixture.folder)/k", on: pool, version: "test")
    }
    let first = try trainer(), look = try first.lookOnce([0, 1, 1])
    #expect(!look.wasKnown && look.look.seconds > 0 && look.look.footprint != nil)
    let again = try trainer(["finetune": "{train-num-samples: 64, batch-size: 16, lr: 1e-3}"]).lookOnce([0, 1, 1])
    #expect(again.wasKnown && again.look == look.look)
    #expect(try !trainer(["calibration-samples": "24"]).lookOnce([0, 1, 1]).wasKnown)
    #expect(try !first.lookOnce([1, 1, 1]).wasKnown)
    // Damaged, it is made anew.
    let path = "\(fixture.folder)/k/looks/\(try first.lookKey([0, 1, 1])).json"
    try AtomicFile.write("{", to: path)
    let anew = try trainer().lookOnce([0, 1, 1])
    #expect(!anew.wasKnown && anew.look.accuracy == look.look.accuracy)
    // At the whole model's own point it is the whole model.
    let whole = fixture.base
    #expect(try first.look([1, 2, 1]).accuracy == first.measure([1, 2, 1]).float32, "\(whole)")
  }

  @Test("what is cut is what a look saw: training starts there")
  func promotion() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 1)
    let recipe = try fixture.recipe(["finetune": "{train-num-samples: 16, batch-size: 16, lr: 0, wd: 0}"])
    let trainer = try CandidateTrainer(recipe, folder: "\(fixture.folder)/p", on: pool, version: "test")
    #expect(try trainer.look([0, 1, 0]).accuracy == trainer.measure([0, 1, 0]).float32)
  }

  @Test("a study keeps the looks that it began with, and one of before there were looks goes on without")
  func editions() throws {
    let fixture = try SearchFixture()
    func node(_ looks: String) throws -> RecipeNode {
      try Recipe.parse(fixture.text(["looks": looks]), origin: "test.yaml")
    }
    let silent = try node(""), before = AccountEdition.recorded(silent.json)
    #expect(before["looks"] == nil)
    #expect(try SearchRecipe(silent, name: "t").looks == nil)
    #expect(AccountEdition.recorded(AccountEdition.meant(silent, for: before).json) == before)
    // `false` says the same as nothing.
    let refusing = AccountEdition.meant(try node("false"), for: before)
    #expect(AccountEdition.recorded(refusing.json)["looks"] == nil)
    let looking = AccountEdition.recorded(try node("true").json)
    #expect(looking["looks"] == .bool(true))
    #expect(try SearchRecipe(node("true"), name: "t").looks == LookingStrategy.Plan(firstTrainings: 3))
    let again = AccountEdition.meant(silent, for: looking)
    #expect(try SearchRecipe(again, name: "t").looks == LookingStrategy.Plan(firstTrainings: 3))
    // In whatever order.
    func keys(_ recipe: JSONValue) -> [String] {
      (recipe.objectValue?.pairs ?? []).map { "\($0.key): \($0.value.text())" }.sorted()
    }
    #expect(keys(AccountEdition.recorded(again.json)) == keys(looking))
    let own = AccountEdition.recorded(try node("{first: 6}").json)
    #expect(try SearchRecipe(AccountEdition.meant(silent, for: own), name: "t").looks?.firstLooks == 6)
    #expect(AccountEdition.recorded(AccountEdition.meant(try node("true"), for: before).json) != before)
  }

  @Test(
    "looks that make no sense are refused",
    arguments: [
      ("12", "optimizer: grey-box", "looks must be true, false, or such as"),
      ("{frist: 3}", "optimizer: grey-box", "frist"), ("true", "optimizer: sobol", "looks need optimizer grey-box"),
    ])
  func refusals(looks: String, optimizer: String, expected: String) throws {
    let fixture = try SearchFixture()
    do {
      _ = try fixture.recipe(["looks": looks, "optimizer": String(optimizer.dropFirst("optimizer: ".count))])
      Issue.record("accepted")
    } catch let error as InputError { #expect("\(error)".contains(expected), "\(error)") }
  }
}

@Suite("Seeds of the answer")
struct SeedTests {
  @Test("the answer and its neighbors are trained with each seed, once, and have the mean of their accuracies")
  func means() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "4", "seeds": "3"])
    let study = try fixture.study(recipe, "s"), pool = ThreadPool(threads: 1)
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let outlook = try HardwareOutlook(recipe, on: pool)
    let trainer = try CandidateTrainer(recipe, folder: "\(fixture.folder)/c", on: pool, version: "test")
    func measure() throws -> (front: SearchFront, trained: Int) {
      var count = 0
      let front = try SeedAccuracies.measure(recipe, study, outlook, seeds: recipe.seeds, with: trainer) { _, _ in
        count += 1
      }
      return (front, count)
    }
    let before = try SearchFront(recipe, study.trials(), outlook)
    let (front, trained) = try measure()
    let known = try SeedAccuracies.known(study)
    #expect(trained > 0 && trained % 2 == 0 && known.values.allSatisfy { $0.count == 2 })
    for (number, others) in known {
      let old = try #require(before.finished.first { $0.trial.number == number }).record.measurement.int8
      let new = try #require(front.finished.first { $0.trial.number == number }).record.measurement.int8
      let all = [old.mean] + others.map(\.int8.mean)
      #expect(abs(new.mean - all.reduce(0, +) / 3) < 1e-12)
      #expect(new.standardError > 0)
    }
    // Trained once: whoever asks again finds all in the study.
    #expect(try measure().trained == 0)
    let answer = try #require(front.answer), member = front.finished[answer.index]
    #expect(known[member.trial.number] != nil || member.record.measurement.checkpoint.isEmpty)
  }
}

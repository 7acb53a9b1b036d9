import CLIPCarbonFootprint
import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import Testing
import CLIPUnits

@Suite("What a search cost")
struct SearchCostTests {
  private func front(_ recipe: SearchRecipe, _ study: Study) throws -> SearchFront {
    try SearchFront(recipe, study.trials(), HardwareOutlook(recipe, on: ThreadPool(threads: 1)))
  }

  @Test("a later search under another name shows what it took over: the same making of the same models")
  func takenOver() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe()
    let first = try fixture.study(recipe, "first"), second = try fixture.study(recipe, "second")
    #expect(try fixture.run(recipe, first, candidates: "c") == .finished)
    #expect(try fixture.run(recipe, second, candidates: "c", worker: "v") == .finished)
    let one = try front(recipe, first), other = try front(recipe, second)
    let footprints = one.finished.compactMap(\.record.measurement.footprint)
    #expect(
      footprints.count == 5 && footprints.allSatisfy { $0.wall > .zero && $0.energy > .zero && $0.carbon > .zero })
    #expect(one.finished.allSatisfy { $0.record.isTakenOver == false })
    #expect(other.finished.allSatisfy { $0.record.isTakenOver == true })
    #expect(other.finished.compactMap(\.record.measurement.footprint) == footprints)

    let made = try SearchCost(first, one.finished), known = try SearchCost(second, other.finished)
    #expect(made.takenOver.count == 0 && made.takenOver.carbon == .zero)
    let making = footprints.reduce(KilogramsCO2e.zero) { $0 + $1.carbon }
    #expect(known.takenOver.count == 5 && known.takenOver.estimated == 0 && known.takenOver.unknown == 0)
    #expect(abs(known.takenOver.carbon.value / making.value - 1) < 1e-12)
    // All that the first search spent on models, and the second adds its own.
    let spent = try #require(made.spent), own = try #require(known.spent)
    #expect(spent.carbon >= making)
    #expect(known.carbon == own.carbon + known.takenOver.carbon)
    #expect(known.carbon.value >= making.value)
  }

  @Test("an interrupted candidate counts all its processes, and leaves no account behind")
  func interrupted() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "2", "initial-trials": "2"])
    func begun(_ name: String) throws -> [String] {
      let folder = "\(fixture.folder)/\(name)"
      guard Folder.exists(folder) else { return [] }
      return try Folder.names(in: folder).filter { Folder.containsFile("\(folder)/\($0)/footprint.json") }
    }
    // Stopped a little later each time, until it is within a candidate.
    for stopAt in 2..<40 {
      let name = "c\(stopAt)", study = try fixture.study(recipe, name)
      let outcome = try fixture.run(recipe, study, candidates: name, stopAt: stopAt)
      guard outcome == .stopped, try !begun(name).isEmpty else { continue }
      #expect(try fixture.run(recipe, study, candidates: name, worker: "last") == .finished)
      let sessions = try front(recipe, study).finished.compactMap { $0.record.measurement.footprint?.sessions }
      #expect(sessions.count == 2 && sessions.max() == 2)
      #expect(try begun(name).isEmpty)
      return
    }
    Issue.record("no stop was within a candidate")
  }

  @Test("records of earlier versions are read, and judged by their times")
  func earlier() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "1", "initial-trials": "1"])
    let study = try fixture.study(recipe, "old")
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let trial = try #require(try study.trials().first), text = try #require(trial.measurement).text()
    let json = try JSONParser.parse(text)
    var object = try #require(json.objectValue)
    object["taken_over"] = nil
    var measurement = try #require(object["measurement"]?.objectValue)
    measurement["footprint"] = nil
    object["measurement"] = .object(measurement)
    let old = try #require(TrialRecord(.object(object), metrics: 1))
    #expect(old.isTakenOver == nil && old.measurement.footprint == nil)
    #expect(SearchCost.isTakenOver(recorded: nil, started: 100, finished: 100.2, making: 60))
    #expect(!SearchCost.isTakenOver(recorded: nil, started: 100, finished: 161, making: 60))
    #expect(!SearchCost.isTakenOver(recorded: false, started: 100, finished: 100.2, making: 60))
    // A clock that went back says nothing.
    #expect(!SearchCost.isTakenOver(recorded: nil, started: 100, finished: 40, making: 60))
  }

  @Test("other data under the same path is another candidate")
  func keys() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 1)
    func key(_ count: Int) throws -> String {
      let recipe = try fixture.recipe(["val-data": "scenes:validation?count=\(count)&size=32"])
      return try CandidateTrainer(recipe, folder: fixture.folder, on: pool, version: "test").key([0, 0, 0])
    }
    #expect(try key(24) == key(24))
    #expect(try key(24) != key(25))
  }

  @Test("a study whose clock went back shows no negative times")
  func clock() {
    func trial(_ number: Int, _ start: Double, _ end: Double) -> SearchProgress.Times { .init(start, end) }
    let progress = SearchProgress(
      finished: 3, failed: 0, running: 0, budget: 5, times: [trial(1, 100, 160), trial(2, 500, 40), trial(3, 60, 120)])
    #expect(progress.secondsPerTrial == 60 && progress.secondsLeft == 120)
    let absurd = SearchProgress(finished: 3, failed: 0, running: 0, budget: .min, times: [])
    #expect(absurd.left == 0)
  }
}

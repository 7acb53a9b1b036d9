import CLIPAssessment
import CLIPCompute
import CLIPFiles
import Foundation
import CLIPOptimization
import CLIPSearch
import CLIPStudies
import Testing

@Suite("Searches")
struct SearchRunTests {
  private func front(_ recipe: SearchRecipe, _ study: Study) throws -> SearchFront {
    try SearchFront(recipe, study.trials(), HardwareOutlook(recipe, on: ThreadPool(threads: 1)))
  }

  @Test("a search that is stopped again and again ends with the front of one that was not")
  func resumption() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe()
    let whole = try fixture.study(recipe, "whole")
    #expect(try fixture.run(recipe, whole, candidates: "a") == .finished)
    let parts = try fixture.study(recipe, "parts")
    var stops = 0
    for stopAt in [2, 5, 9, 14, 20, 27, 35, 44, 60, 90] {
      if try fixture.run(recipe, parts, candidates: "b", worker: "w\(stopAt)", stopAt: stopAt, threads: stopAt % 3 + 1)
        == .stopped
      {
        stops += 1
      }
    }
    #expect(stops >= 3)
    #expect(try fixture.run(recipe, parts, candidates: "b", worker: "last") == .finished)
    let one = try whole.trials(), other = try parts.trials()
    #expect(one.map(\.point) == other.map(\.point))
    #expect(one.map(\.origin) == other.map(\.origin))
    #expect(one.count == 5 && one.allSatisfy { $0.state == .finished })
    #expect(try front(recipe, whole).members == front(recipe, parts).members)
  }

  @Test("no model is trained twice: another search over the same shapes on other accelerators trains nothing")
  func cache() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["optimizer": "random"])
    #expect(try fixture.run(recipe, try fixture.study(recipe, "one"), candidates: "shared") == .finished)
    let other = try fixture.recipe([
      "optimizer": "random", "mode": "latency", "hardware": "edge", "scenario": "edge",
      "limits": "[\"area <= 40 mm2\"]",
    ])
    // A joint search takes other points, so the same ones are asked for by a space that only has them.
    var known = 0, trained = 0
    let grey = try fixture.recipe(["trials": "12", "hardware": "edge", "scenario": "edge", "mode": "latency"])
    let first = try fixture.study(grey, "grey")
    #expect(try fixture.run(grey, first, candidates: "shared") == .finished)
    let energy = try fixture.recipe(["trials": "12", "mode": "energy"])
    #expect(
      try fixture.run(energy, try fixture.study(energy, "energy"), candidates: "shared") {
        if case .finished(_, _, _, let wasKnown) = $0 { if wasKnown { known += 1 } else { trained += 1 } }
      } == .finished)
    #expect(known == 12 && trained == 0)
    #expect(other.metrics == [.latency])
  }

  @Test("every optimizer fills its budget without repeating a point", arguments: StandardStrategy.allCases.map(\.name))
  func optimizers(name: String) throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["optimizer": name, "trials": "6"])
    let study = try fixture.study(recipe, "s")
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let trials = try study.trials()
    #expect(trials.count == 6 && Set(trials.map(\.point)).count == 6)
    let front = try front(recipe, study)
    #expect(!front.members.isEmpty)
    let volumes = front.hypervolume.map(\.value)
    #expect(zip(volumes, volumes.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("nobody on the front is beaten, and everybody else is")
  func fronts() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["mode": "all", "trials": "6"])
    let study = try fixture.study(recipe, "s")
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let front = try front(recipe, study)
    let all = front.finished.enumerated().flatMap { index, one in
      one.record.placements.map { [-one.record.measurement.int8.mean] + $0.values }
    }
    func beats(_ a: [Double], _ b: [Double]) -> Bool { a != b && zip(a, b).allSatisfy { $0 <= $1 } }
    let best = all.filter { point in !all.contains { beats($0, point) } }
    let found = Set(front.members.map { [-$0.accuracy] + $0.values })
    #expect(found == Set(best))
    #expect(front.members.allSatisfy { $0.values.count == 2 })
    let dense = try #require(front.dense)
    #expect(front.finished[dense].record.measurement.checkpoint == "")
  }

  @Test("a trial that fails is recorded with its reason; three alike end the search with advice")
  func failures() throws {
    let fixture = try SearchFixture()
    let recipe = try fixture.recipe(["trials": "8"])
    let study = try fixture.study(recipe, "s")
    // Where candidates should lie stands a file.
    try AtomicFile.write("", to: "\(fixture.folder)/c")
    let outcome = try fixture.run(recipe, study, candidates: "c")
    guard case .gaveUp(let advice) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(advice.hasPrefix("three trials in a row failed alike"))
    let failed = try study.trials().filter { $0.state == .failed }
    #expect(failed.count == 3 && failed.allSatisfy { $0.reason?.isEmpty == false })
  }

  @Test("the accelerator alone: one model, measured once, on every design")
  func hardwareOnly() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["mode": "all-hw", "model-space": ""])
    let study = try fixture.study(recipe, "s")
    #expect(try fixture.run(recipe, study, candidates: "c") == .finished)
    let front = try front(recipe, study)
    #expect(front.finished.count == 1 && front.members.count > 1)
    let outlook = try HardwareOutlook(recipe, on: ThreadPool(threads: 1))
    let everything = try outlook.everything([], on: ThreadPool(threads: 1))
    #expect(front.members.map(\.design).sorted() == everything.front(of: [.latency, .carbon]).map(\.number).sorted())
  }

  @Test("two workers share a study's trials")
  func sharing() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "8"])
    let study = try fixture.study(recipe, "s")
    DispatchQueue.concurrentPerform(iterations: 2) { worker in
      _ = try? fixture.run(recipe, study, candidates: "c\(worker)", worker: "w\(worker)")
    }
    let trials = try study.trials()
    #expect(trials.count == 8 && trials.allSatisfy { $0.state == .finished })
    #expect(Set(trials.map(\.point)).count == 8)
  }
}

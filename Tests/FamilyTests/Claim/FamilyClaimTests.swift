import CLIPCarbonFootprint
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import CLIPStudies
import Foundation
import Testing

@Suite("A family's claim from its search to its tables")
struct FamilyClaimTests {
  @Test("validation guesses before the test sets are opened, whose labels nothing asks for; test guesses afterwards")
  func life() throws {
    let fixture = try SearchFixture(), recipe = try ClaimedFamily.recipe(fixture), pool = ThreadPool(threads: 2)
    defer { withExtendedLifetime(fixture) {} }
    var record = try ClaimedFamily.trained(recipe, fixture)
    let member = try #require(record.models.first)
    #expect(member.name == "s" && member.arithmetic != nil && member.trial != nil)

    // Test pictures that are not there: nobody looks for them.
    let blind = try ClaimedFamily.recipe(fixture, search: ["test-data": "\(fixture.folder)/none"])
    let claim = try FamilyClaim(record, of: blind, on: pool), models = claim.study.models
    #expect(claim.part == .validation && claim.sets == ["scenes:classes?count=24&size=32&seed=1"])
    // The member in its own arithmetic, the others in both; those of another search on the chip of its objective, too.
    #expect(models.map(\.training) == ["s", "whole", "whole", "half", "half", "found", "found", "found", "found"])
    #expect(models[0].arithmetic == member.arithmetic && models.map(\.seeds) == [3, 1, 1, 2, 2, 2, 2, 2, 2])
    #expect(models.map(\.kind).dropFirst(5).allSatisfy { $0 == .searched(rule: "narrow") })
    for model in models {
      let readings = record.models.first { $0.name == model.training }?.runs.compactMap { run in
        run.readings.first { $0.arithmetic == model.arithmetic }?.validation.mean
      }
      let mean = try #require(readings).reduce(0, +) / Double(model.seeds)
      #expect(abs(model.accuracy - mean) < 1e-9 && abs(model.validation - mean) < 1e-9)
    }
    #expect(
      claim.frames.map { "\($0.boundary.rawValue) \($0.grid.code)" } == [
        "die WORLD", "device WORLD", "die FR", "device FR",
      ])
    let frame = try #require(claim.frames.first)
    for (use, found) in zip(frame.uses, frame.result.uses) {
      let carbon = use.designs.map { $0.value(of: .carbon) }, row = try #require(found.rows.first)
      #expect(row.saving.strictly.stated == 1 - carbon[0] / carbon[row.rival])
      // Its own objective's chip is faster and emits no less than the one of least carbon.
      #expect(carbon[6] >= carbon[5] && use.designs[6].value(of: .latency) <= use.designs[5].value(of: .latency))
      #expect(zip(use.ranges, carbon).allSatisfy { $0.contains($1) })
    }
    let device = zip(frame.uses, claim.frames[1].uses).allSatisfy { die, device in
      zip(die.designs, device.designs).allSatisfy { $0.value(of: .carbon) < $1.value(of: .carbon) }
    }
    #expect(device)
    #expect(!claim.deciding.isEmpty && claim.deciding.allSatisfy { $0.share >= 0.05 && $0.training != "found" })

    let sections = ClaimTables(claim).sections
    #expect(sections.map(\.name) == ClaimTables.names && sections.allSatisfy { !$0.text.isEmpty })
    #expect(sections[0].text.contains("validation pictures"))
    let json = JSONValue.object(claim.json)
    #expect(json["models"]?.arrayValue?.count == 9 && json["pictures"]?.stringValue == "validation")

    try record.open(with: PictureLabels(of: .test, in: recipe), on: "2026-12-01 00:00 UTC")
    #expect(throws: InputError.self) { try FamilyClaim(record, of: blind, on: pool) }
    let opened = try FamilyClaim(record, of: recipe, on: pool)
    #expect(opened.part == .test && opened.sets == ["scenes:classes?count=24&size=32&seed=2"])
    for model in opened.study.models {
      let readings = record.models.first { $0.name == model.training }?.runs.compactMap { run in
        run.readings.first { $0.arithmetic == model.arithmetic }?.test?.mean
      }
      #expect(abs(model.accuracy - (try #require(readings).reduce(0, +) / Double(model.seeds))) < 1e-9)
    }
    // Prices do not depend on which pictures are looked at.
    #expect(opened.frames[0].uses[0].carbon.stated == frame.uses[0].carbon.stated)
  }

  @Test(
    "claims that cannot be are refused with the place",
    arguments: [
      ("claim", "word", "claim must be keys"), ("claim", "{margin: 3}", "has no unit"),
      ("claim", "{margin: 60 points}", "0 to 50 points"), ("claim", "{uses: []}", "uses must be different"),
      ("claim", "{uses: [mars]}", "mars"), ("claim", "{uses: [camera, camera]}", "uses must be different"),
      ("claim", "{boundaries: [dye]}", "did you mean \"die\"?"), ("claim", "{aim: 30 %}", "aim must be"),
      ("claim", "{aim: [30, 17]}", "has no unit"), ("claim", "{grids: [ATLANTIS]}", "ATLANTIS"),
      ("claim", "{grid: FR}", "grids: [\"FR\"]"), ("claim", "{boundary: die}", "boundaries"),
      ("claim", "{draws: 3}", "draws must be"), ("claim", "{margins: 3 points}", "did you mean \"margin\"?"),
      ("claim", "{searches: [a]}", "searches must be rules"),
      ("claim", "{searches: {a: {chip: latency}}}", "a must name"),
      ("claim", "{searches: {a: {models: [found], chip: lattency}}}", "latency"),
      ("claim", "{uses: [paper], boundaries: [device]}", "device"),
      ("more-seeds", "{seeds: [7], models: [s]}", "other seeds"), ("more-seeds", "{seeds: [8]}", "other seeds"),
      ("more-seeds", "{seeds: [8], models: [haff]}", "did you mean \"half\"?"),
      ("choose", "word", "choose must be keys"), ("choose", "{most-loss: [1, 15]}", "most-loss must be"),
      ("searches", "[a]", "searches must be names"), ("searches", "{a: {b: c}}", "a must be the folder"),
      ("notices", "[a]", "notices must be names"), ("notices", "{a: [b]}", "a must be text"),
      ("choose", "{most-loss: [15]}", "most-loss must be"), ("choose", "{use: camera}", "did you mean \"uses\"?"),
    ])
  func refused(key: String, value: String, message: String) throws {
    let fixture = try SearchFixture()
    defer { withExtendedLifetime(fixture) {} }
    do {
      _ = try ClaimedFamily.recipe(fixture, [key: value])
      Issue.record("accepted \(value)")
    } catch let error as InputError { #expect("\(error)".contains(message), "\(error)") }
  }

  @Test("models of other searches need a claim to stand in")
  func searches() throws {
    let fixture = try SearchFixture()
    defer { withExtendedLifetime(fixture) {} }
    let error = try #require(throws: InputError.self) {
      try ClaimedFamily.recipe(fixture, ["claim": "", "searches": "{random: \(fixture.folder)/r}"])
    }
    #expect("\(error)".contains("name claim and choose"), "\(error)")
  }

  @Test("a claim needs guesses for single pictures: a search by captions has none")
  func captions() throws {
    let fixture = try SearchFixture()
    defer { withExtendedLifetime(fixture) {} }
    let keys = ["task": "retrieval", "val-data": "scenes:validation?count=24&size=32", "sealed": "false"]
    do {
      _ = try ClaimedFamily.recipe(fixture, search: keys, ["sealed": "false"])
      Issue.record("accepted")
    } catch let error as InputError { #expect("\(error)".contains("guesses for single pictures"), "\(error)") }
  }
}

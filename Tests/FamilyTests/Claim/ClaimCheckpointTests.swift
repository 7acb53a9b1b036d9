import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import Testing

@Suite("Members of a family with a claim, as checkpoints", .serialized)
struct ClaimCheckpointTests {
  private func bytes(_ path: String) throws -> [UInt8] { try TextFile.bytes(of: "\(path)/open_clip_model.safetensors") }

  @Test(
    "validation figures alone before the test sets are opened; weights that are gone are trained again, to the bit",
    .timeLimit(.minutes(5)))
  func life() throws {
    let fixture = try SearchFixture(), pool = ThreadPool(threads: 2)
    defer { withExtendedLifetime(fixture) {} }
    let recipe = try ClaimedFamily.recipe(fixture, ["notices": "{scenes: \"drawn by a program, *CC0*\"}"])
    var record = try ClaimedFamily.trained(recipe, fixture)
    let folder = "\(fixture.folder)/carbonclip-s", candidates = "\(fixture.folder)/c"
    func write(_ record: FamilyRecord) throws -> (folders: [String], missing: [String]) {
      let claim = try FamilyClaim(record, of: recipe, on: pool)
      return try ClaimCheckpoints(recipe, record, claim, candidates: candidates, version: "test").write()
    }
    func json(_ name: String) throws -> JSONValue { try JSONParser.parse(try TextFile.text(of: "\(folder)/\(name)")) }

    #expect(try write(record).folders == [folder])
    let run = try #require(record.models[0].runs.first), arithmetic = try #require(record.models[0].arithmetic)
    let reading = try #require(run.readings.first { $0.arithmetic == arithmetic })
    var metrics = try json("metrics.json")
    #expect(metrics["test"] == .null && metrics["pictures"] == "validation" && metrics["key"]?.stringValue == run.key)
    #expect(CandidateMeasurement.Accuracy(metrics["validation"]) == reading.validation)
    #expect(metrics["all_seeds"]?.arrayValue?.map { $0["test"] } == [.null, .null, .null])
    #expect(metrics["arithmetic"]?.stringValue == arithmetic)
    let sealed = try TextFile.text(of: "\(folder)/README.md")
    #expect(sealed.contains("The test pictures are sealed") && !sealed.contains(", test"))
    #expect(sealed.contains("192)") && sealed.contains("- **scenes**: drawn by a program, *CC0*"))
    #expect(sealed.contains("On validation pictures, in the use") && sealed.contains("arithmetic "))
    let carbon = try json("carbon.json"), rows = carbon["uses"]?.arrayValue ?? []
    // Two uses, two boundaries, two grids.
    #expect(rows.count == 8 && carbon["accounts"]?.arrayValue?.count == 2)
    let boundaries = Set(rows.compactMap { $0["boundary"]?.stringValue }),
      grids = Set(rows.compactMap { $0["grid"]?.stringValue })
    #expect(boundaries == ["die", "device"] && grids == ["WORLD", "FR"])
    for row in rows {
      let own = try #require(row["total_kgco2e"]?.doubleValue),
        rival = try #require(row["rival"]?["total_kgco2e"]?.doubleValue)
      let strictly = try #require(row["strictly"]?["stated"]?.doubleValue)
      #expect(abs(strictly - (1 - own / rival)) < 1e-12)
      #expect((row["devices_to_repay_family"] == .null) == (own >= rival))
      let word = row["break_even"]?["emits_less"]?.stringValue
      if own > rival { #expect(word != "always") } else if own < rival { #expect(word != "never") }
    }

    // Without the candidate what was published stays.
    let first = try bytes(folder)
    try Folder.remove("\(candidates)/\(run.key)")
    #expect(try write(record).folders == [folder])
    #expect(try bytes(folder) == first)
    // Weights of another training are not taken for these.
    let other = try TextFile.text(of: "\(folder)/metrics.json").replacing(run.key, with: "c6-0")
    try AtomicFile.write(other, to: "\(folder)/metrics.json")
    #expect(try write(record).missing == ["s"])

    let again = FamilyRun(recipe, record: record, folder: candidates, on: pool, version: "test")
    var told: [String] = []
    try again.restoreWeights { told.append($0) }
    #expect(told.count == 1 && told[0].contains("s, seed 0") && told[0].contains("trained again"), "\(told)")
    #expect(again.record.models[0].runs[0].readings == run.readings)
    #expect(again.record.models[0].runs[0].footprint.wall > run.footprint.wall)
    #expect(try write(again.record).folders == [folder])
    #expect(try bytes(folder) == first)
    try again.restoreWeights { _ in Issue.record("trained again") }

    record = again.record
    try record.open(with: PictureLabels(of: .test, in: recipe), on: "2026-12-01 00:00 UTC")
    _ = try write(record)
    metrics = try json("metrics.json")
    let test = try #require(record.models[0].runs[0].readings.first { $0.arithmetic == arithmetic }?.test)
    #expect(CandidateMeasurement.Accuracy(metrics["test"]) == test && metrics["pictures"] == "test")
    let opened = try TextFile.text(of: "\(folder)/README.md")
    #expect(
      opened.contains("opened once, on 2026-12-01") && opened.contains(", test") && opened.contains("On test pictures"))
  }
}

import CLIPCarbonFootprint
import CLIPFiles
import CLIPRecipes
import CLIPUnits
import Foundation
import Testing

/// Scenarios that say only what is different from another.
@Suite("Scenarios on a base")
struct ScenarioBaseTests {
  /// Files by name in a folder of their own, while `body` runs.
  private func withFiles<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bases-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: "\(folder)/deep", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try AtomicFile.write(text, to: "\(folder)/\(name)") }
    return try body(folder)
  }

  private func camera(_ changes: [(String, String)], named name: String) throws -> Scenario {
    var scenario = try Scenario.named(
      "camera", changing: changes.map { ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "test")) })
    scenario.name = name
    return scenario
  }

  @Test("a file on a shipped base is that one with its keys changed, as flags would")
  func shipped() throws {
    try withFiles([
      "france.yaml": "base: camera\ngrid: France\nlifetime: 5 years\nfab: {node: 7 nm}\ndram: {yield: 90 %}\n"
    ]) {
      let own = try Scenario(file: "\($0)/france.yaml")
      #expect(
        try own
          == camera(
            [("grid", "FR"), ("lifetime", "5 years"), ("fab.node", "7 nm"), ("dram.yield", "90 %")], named: "france"))
      // Not the camera's: the yield's model came down with the section it stands in.
      #expect(own.manufacture.yield == .negativeBinomial(DefectsPerSquareCentimeter(0.1), alpha: 3))
      #expect(try Scenario.named("\($0)/france.yaml") == own)
    }
  }

  @Test("bases of bases, beside the file that names them; own files are found beside the file that says so")
  func chain() throws {
    let hours = "hour,gco2e_per_kwh\n" + (0..<24).map { "\($0),\($0 < 12 ? 100 : 300)" }.joined(separator: "\n") + "\n"
    try withFiles([
      "deep/own.yaml": "base: ../middle.yaml\nname: mine\nrate: 5 per second\n",
      "middle.yaml": "base: edge\ngrid-hours: hours.csv\nrate: 2 per second\n", "hours.csv": hours,
    ]) { folder in
      let own = try Scenario(file: "\(folder)/deep/own.yaml")
      #expect(own.name == "mine" && own.lifetime.rate == Hertz(5))
      // What the middle one says excludes the edge scenario's own grid.
      #expect(abs(own.grid.intensity.value - 200) < 1e-9)
      #expect(own.lifetime.span == (try Scenario.named("edge").lifetime.span))
    }
  }

  @Test("a number of inferences takes the place of the base's life, and the other way round")
  func exclusions() throws {
    let counted = try Scenario.stated(Recipe.parse("base: camera\ninferences: 1e6", origin: "r", as: .scenario))
    #expect(counted.lifetime.inferences == 1e6 && counted.lifetime.span == nil)
    try withFiles([
      "count.yaml": "base: camera\ninferences: 1e6",
      "life.yaml": "base: count.yaml\nlifetime: 1 years\nrate: 1 per day",
    ]) {
      let life = try Scenario(file: "\($0)/life.yaml").lifetime
      #expect(abs(life.inferences - 365) < 1e-9)
    }
  }

  @Test("inline in a recipe: keys over a base go by the base's name")
  func inline() throws {
    let recipe = try Recipe.parse("scenario: {base: camera, grid: France, lifetime: 5 years}", origin: "r.yaml")
    #expect(
      try Scenario.stated(recipe["scenario"]) == camera([("grid", "FR"), ("lifetime", "5 years")], named: "camera"))
    #expect(try Scenario.stated(nil).name == "edge")
    #expect(try Scenario.stated(RecipeNode(word: "camera", origin: "r")) == Scenario.named("camera"))
    let own = try Scenario.stated(Recipe.parse("lifetime: 1 years\nrate: 1 per day", origin: "r", as: .scenario))
    #expect(own.name == "own")
  }

  @Test("cycles, unknown bases and wrong kinds are refused in one line that says where")
  func faults() throws {
    func fault(_ files: [String: String], _ name: String) throws -> String {
      try withFiles(files) { folder in
        let error = try #require(throws: InputError.self) { try Scenario(file: "\(folder)/\(name)") }
        #expect(!error.description.contains("\n"))
        return error.description.replacing("\(folder)/", with: "")
      }
    }
    let round = try fault(["a.yaml": "base: b.yaml", "b.yaml": "base: a.yaml"], "a.yaml")
    #expect(round.contains("based on each other: a.yaml, based on b.yaml, based on a.yaml"), "\(round)")
    let own = try fault(["a.yaml": "base: a.yaml"], "a.yaml")
    #expect(own.contains("based on each other: a.yaml, based on a.yaml"), "\(own)")
    let unknown = try fault(["a.yaml": "grid: FR\nbase: camra"], "a.yaml")
    #expect(unknown.contains("line 2: unknown scenario \"camra\"; did you mean \"camera\"?"), "\(unknown)")
    let missing = try fault(["a.yaml": "base: none.yaml"], "a.yaml")
    #expect(missing.contains("none.yaml"), "\(missing)")
    let kind = try fault(["a.yaml": "base: [camera]"], "a.yaml")
    #expect(kind.contains("base must be a scenario's name or file"), "\(kind)")
    let key = try fault(["a.yaml": "base: camera\ngird: FR"], "a.yaml")
    #expect(key.contains("line 2: unknown key \"gird\"; did you mean \"grid\"?"), "\(key)")
    let list = #expect(throws: InputError.self) {
      try Scenario.stated(Recipe.parse("scenario: [camera]", origin: "r.yaml")["scenario"])
    }
    #expect(list?.description.contains("scenario must be a name, a file or keys") == true)
  }
}

import CLIPCarbonFootprint
import CLIPFiles
import Foundation
import CLIPRecipes
import Testing
import CLIPUnits

/// A setting of the wrong kind is never replaced by a default.
@Suite("Kinds of a scenario's settings")
struct ScenarioKindTests {
  private static func scenario(_ key: String, _ value: String) throws -> Scenario {
    var lines = ["name": "test", "lifetime": "3 years", "rate": "1 per second"]
    lines[key] = value
    let text = lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    return try Scenario(Recipe.parse(text, origin: "s.yaml", as: .scenario), folder: "")
  }

  private static let keys = [
    "inferences", "lifetime", "rate", "duty", "window", "grid", "grid-hours", "pue", "deadline", "weights",
    "device-lifetime", "fab", "dram", "packages", "package-carbon", "uncertainty",
    "texts-per-image", "prompts", "text-tokens", "last-block", "images-per-fetch", "activity", "boundary", "device",
    "model-carbon", "devices",
  ]

  @Test("every key with a list, a map, a number without its unit, and a word", arguments: keys)
  func kinds(key: String) {
    for value in ["[camera]", "{a: 1}", "-7.5", "someword", "true"] {
      #expect(throws: InputError.self, "\(key): \(value)") { try Self.scenario(key, value) }
    }
  }

  @Test(
    "sections within",
    arguments: [
      "fab: {node: [22 nm]}", "fab: {grid: [TW]}", "fab: {yield: [90 %]}", "fab: {yield: {model: [poisson]}}",
      "fab: {wafer: [300 mm]}", "fab: {abatement: {a: 1}}", "fab: {figures: [x]}", "fab: {file: [x]}",
      "dram: {type: [lpddr4]}", "dram: {capacity: [1 GB]}", "dram: {yield: {a: 1}}", "dram: {file: {a: 1}}",
      "uncertainty: {epa: [log-normal]}", "uncertainty: {epa: {a: 1}}", "uncertainty: {yield: 5}",
    ])
  func sections(line: String) {
    let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
    #expect(throws: InputError.self, "\(line)") { try Self.scenario(parts[0], parts[1]) }
  }

  @Test("a flag does not replace a section of the wrong kind")
  func changes() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scenario-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write("name: a\nlifetime: 3 years\nrate: 1 per second\nfab: x\ndram: [lpddr4]\n", to: path)
    for key in ["fab.node", "dram.capacity"] {
      let change = ScenarioChange(key, RecipeNode(word: key == "fab.node" ? "22 nm" : "1 GB", origin: "--flag"))
      let error = try #require(throws: InputError.self) { try Scenario.named(path, changing: [change]) }
      #expect(error.description.contains("must be keys with values"), "\(error)")
    }
  }

  @Test("a capacity in MB is one")
  func megabytes() throws {
    let change = ScenarioChange("dram.capacity", RecipeNode(word: "1 MB", origin: "--dram-capacity"))
    let scenario = try Scenario.named("edge", changing: [change])
    #expect(scenario.manufacture.memory?.capacity == .fixed(Gigabytes(0x1p-10)))
  }
}

import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import Testing
import CLIPUnits

@Suite("Scenario changes")
struct ScenarioChangeTests {
  private static func scenario(_ name: String, _ changes: [(String, String)]) throws -> Scenario {
    try Scenario.named(
      name, changing: changes.map { ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "--flag")) })
  }

  @Test("a change replaces one value and leaves the others")
  func one() throws {
    let plain = try Scenario.named("edge"), changed = try Self.scenario("edge", [("grid", "224 g/kWh")])
    #expect(changed.grid.intensity == GramsPerKilowattHour(224))
    #expect(changed.manufacture == plain.manufacture)
    #expect(changed.lifetime == plain.lifetime)
    let fab = try Self.scenario("edge", [("fab.grid", "100 g/kWh"), ("fab.yield", "87.5 %")])
    #expect(fab.manufacture.grid.intensity == GramsPerKilowattHour(100))
    #expect(fab.manufacture.yield == .fixed(0.875))
    #expect(fab.manufacture.process == plain.manufacture.process)
  }

  @Test("a number of inferences takes the place of lifetime, rate and duty, and the reverse")
  func inferences() throws {
    #expect(try Self.scenario("edge", [("inferences", "1000")]).lifetime.inferences == 1000)
    let back = try Self.scenario("reference", [("lifetime", "1 years"), ("rate", "1 per second")])
    #expect(back.lifetime.inferences == 365 * 86_400)
  }

  @Test("a use is changed key by key; kept prompts go with the texts that take their place")
  func use() throws {
    let camera = try Scenario.named("camera")
    #expect(camera.use == ModelUse(textsPerImage: 0, prompts: 32, lastBlock: .pooledToken))
    let pair = try Self.scenario("camera", [("texts-per-image", "1"), ("last-block", "all-tokens")])
    #expect(pair.use == .pair && pair.lifetime == camera.lifetime)
    #expect(try Self.scenario("camera", [("texts-per-image", "0"), ("prompts", "7")]).use.prompts == 7)
    let seldom = try Self.scenario("camera", [("activity", "5 %")])
    #expect(isClose(seldom.lifetime.inferences, camera.lifetime.inferences * 0.05))
    #expect(seldom.lifetime.summary.hasSuffix("30.0 Hz, 5.00 % of the frames let through"))
    #expect(try Self.scenario("camera", [("activity", "5 %"), ("inferences", "9")]).lifetime.inferences == 9)
  }

  @Test("DRAM can be none, another kind, or another size of the same kind")
  func memory() throws {
    #expect(try Self.scenario("edge", [("dram", "none")]).manufacture.memory == nil)
    let kind = try Self.scenario("edge", [("dram.type", "ddr4-10nm")])
    #expect(kind.manufacture.memory?.type.code == "ddr4-10nm")
    #expect(kind.manufacture.memory?.capacity == .nextSizeUp)
    let size = try Self.scenario("edge", [("dram.capacity", "2 GB")])
    #expect(size.manufacture.memory?.type.code == "lpddr4")
    #expect(size.manufacture.memory?.capacity == .fixed(Gigabytes(2)))
  }

  @Test(
    "what is not accepted names the flag",
    arguments: [
      ("grid", "Atlantis"), ("rate", "2"), ("lifetime", "0 years"), ("fab.node", "5000 nm"), ("pue", "0.5"),
      ("dram.type", "lpddr9"), ("activity", "2"), ("texts-per-image", "x"), ("prompts", "3"),
      ("fab.yield", "187 %"),
    ])
  func refused(key: String, value: String) throws {
    let error = #expect(throws: InputError.self) { try Self.scenario("edge", [(key, value)]) }
    let message = "\(try #require(error))"
    #expect(message.contains("--flag"), "\(message)")
  }
}

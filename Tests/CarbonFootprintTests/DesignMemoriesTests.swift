import CLIPCarbonFootprint
import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("Memories of a design in its carbon")
struct DesignMemoriesTests {
  private static func scenario(_ changes: [(String, String)] = []) throws -> Scenario {
    try Scenario.named(
      "camera", changing: changes.map { ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "--flag")) })
  }

  private static func figures(_ memories: DesignMemories?) -> DesignFigures {
    DesignFigures(
      name: "chip", area: SquareMillimeters(2), latency: Seconds(0.01), energy: Joules(1e-4), modelBytes: 1_000_000,
      memories: memories)
  }

  private static func flash(isVerified: Bool = true) -> DesignMemories {
    DesignMemories(
      chips: [
        .init(name: "flash", capacity: Gigabytes(0.001), count: 2, carbon: KilogramsCO2e(0.004), isVerified: isVerified)
      ], energy: Joules(5e-5), isEnergyVerified: isVerified, unverified: isVerified ? [] : ["flash: embodied"])
  }

  @Test("they stand in the place of the scenario's DRAM, each in its package")
  func place() throws {
    let plain = try Self.scenario().carbon(of: Self.figures(nil))
    let carbon = try Self.scenario().carbon(of: Self.figures(Self.flash()))
    #expect(plain.embodied.memory.grams > 5 && carbon.embodied.memory.grams == 4)
    #expect(isClose(plain.embodied.packaging.grams, 300) && isClose(carbon.embodied.packaging.grams, 450))
    #expect(isClose((carbon.total - carbon.totalWithoutMemory).grams, 4 + 300))
    #expect(carbon.embodied.memorySummary == "2 x flash")
    let none = try Self.scenario().carbon(of: Self.figures(DesignMemories()))
    #expect(none.embodied.memory == .zero && isClose(none.embodied.packaging.grams, 150))
    #expect(none.embodied.memorySummary == "none" && none.totalWithoutMemory == none.total)
    #expect(carbon.embodied.json["dram"]?["rule"] == "devices")
    // What a scenario without DRAM says of the rest stays unsaid of memories that a design has.
    let spared = try Self.scenario([("dram", "none")]).carbon(of: Self.figures(Self.flash()))
    #expect(isClose(spared.embodied.packaging.grams, 450) && !spared.notes.contains("DRAM is not counted"))
  }

  @Test("a macro's masks and steps are a part of all of the die")
  func wafer() throws {
    let plain = try Self.scenario().carbon(of: Self.figures(DesignMemories()))
    let macro = try Self.scenario().carbon(of: Self.figures(DesignMemories(waferShare: 0.1)))
    #expect(isClose(macro.embodied.chip / plain.embodied.chip, 1.1))
  }

  @Test("what was not read is said, and is drawn twice as wide; what it is of decides how much that matters")
  func spread() throws {
    let read = try Self.scenario([("boundary", "die")]).carbon(of: Self.figures(Self.flash()))
    let unread = try Self.scenario([("boundary", "die")]).carbon(of: Self.figures(Self.flash(isVerified: false)))
    #expect(unread.notes.contains { $0.contains("flash: embodied") })
    #expect(!read.notes.contains { $0.contains("not read") })
    // The chip's own energy, known to a factor of two, would hide it.
    var ranges = try UncertaintyRanges()
    for (input, width) in [(UncertainInput.energy, 0.15), (.area, 0.1), (.energyOwn, 0.05), (.areaOwn, 0.03)] {
      try ranges.set(input, Spread(.logNormal, width))
    }
    let bands = try UncertaintyStudy([read, unread], ranges: ranges, draws: 4000).bands()
    #expect(bands[0].stated == bands[1].stated)
    #expect(bands[1].high - bands[1].low > (bands[0].high - bands[0].low) * 1.1)
    // Certain inputs leave nothing to draw.
    var certain = read.scenario
    certain.uncertainty = .none
    let sure = try UncertaintyStudy([certain.carbon(of: Self.figures(Self.flash()))], draws: 100).bands()[0]
    #expect(isClose(sure.high / sure.low, 1))
  }

  @Test("a device is switched on once a day, or once in a life that knows no night")
  func starts() throws {
    #expect(try Self.scenario().lifetime.starts == 1)
    #expect(try Scenario.named("edge").lifetime.starts == 3 * 365)
    #expect(try Scenario.named("reference").lifetime.starts == 1)
  }

  @Test("a temperature is read, and refused beyond 0 to 105 degrees")
  func temperature() throws {
    #expect(try Self.scenario().temperature == 45 && Self.scenario([("temperature", "60 C")]).temperature == 60)
    #expect(
      message { _ = try Self.scenario([("temperature", "200 C")]) }.contains("temperature must be 0 to 105 C"))
  }

  @Test("devices are whole")
  func devices() throws {
    #expect(
      message { _ = try Self.scenario([("model-carbon", "1 g"), ("devices", "1.5")]) }
        == "--flag: devices must be a whole number")
  }
}

import CLIPCarbonFootprint
import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("Boundaries")
struct BoundaryTests {
  private static let design = DesignFigures(
    name: "chip", area: SquareMillimeters(2), latency: Seconds(0.01), energy: Joules(1e-4), modelBytes: 1_000_000)

  private static func scenario(_ changes: [(String, String)] = [], of name: String = "camera") throws -> Scenario {
    try Scenario.named(name, changing: changes.map { ScenarioChange($0.0, RecipeNode(word: $0.1, origin: "--flag")) })
  }

  @Test("each boundary holds the one before it, by hand")
  func sums() throws {
    let scenario = try Self.scenario(), carbon = try scenario.carbon(of: Self.design)
    let embodied = carbon.embodied, dies = embodied.chip + embodied.memory
    #expect(embodied.total(in: .die) == dies)
    // ACT's 150 g for the chip, and for its memory.
    #expect(isClose((embodied.total(in: .packaged) - dies).grams, 300))
    let device = try #require(scenario.manufacture.device)
    #expect(isClose((embodied.total(in: .device) - embodied.total(in: .packaged)).value, device.carbon.value))
    #expect(carbon.boundary == .packaged && carbon.total == carbon.total(in: .packaged))
    #expect(carbon.operational == carbon.chipOperational && carbon.operational(in: .die) == carbon.chipOperational)
    // A life of 1.5 W through 75 %, and what the adapter loses of the chip's own.
    let own = scenario.lifetime.inferences * 1e-4
    let joules = (1.5 * 3 * 365 * 86_400 + own) / 0.75
    let used = joules / 3.6e6 * scenario.grid.intensity.value
    #expect(isClose(try #require(carbon.operational(in: .device)).grams, used))
    for boundary in Boundary.allCases {
      let moved = try Self.scenario([("boundary", boundary.rawValue)]).carbon(of: Self.design)
      #expect(moved.total == carbon.total(in: boundary) && moved.boundary == boundary)
      let json = moved.json["boundaries"]?[boundary.rawValue]
      #expect(json?["total_kgco2e"]?.doubleValue == moved.total.value)
      #expect(moved.json["total_kgco2e"]?.doubleValue == moved.total.value)
      #expect(moved.summary.contains(boundary.summary))
    }
  }

  @Test("a memory that is spared spares its package")
  func spared() throws {
    let with = try Self.scenario().carbon(of: Self.design)
    let without = try Self.scenario([("dram", "none")]).carbon(of: Self.design)
    #expect(isClose(without.embodied.packaging.grams, 150))
    #expect(isClose(with.totalWithoutMemory.value, without.total.value))
    let die = try Self.scenario([("boundary", "die")]).carbon(of: Self.design)
    #expect(isClose(die.totalWithoutMemory.value, (die.total - die.embodied.memory).value))
    // A number that is stated stays.
    let stated = try Self.scenario([("packages", "1")]).carbon(of: Self.design)
    #expect(isClose(stated.embodied.packaging.grams, 150) && stated.totalWithoutMemory < stated.total)
    #expect(try Self.scenario([("packages", "0")]).carbon(of: Self.design).embodied.packaging == .zero)
  }

  @Test("what compares with CATransformers counts bare dies, all else packaged chips")
  func shipped() throws {
    for name in try Scenario.names() {
      let expected: Boundary = ["paper", "published", "reference"].contains(name) ? .die : .packaged
      #expect(try Scenario.named(name).boundary == expected, "\(name)")
    }
  }

  @Test("a rate for a thousand inferences: energy times grid and the share of making, over their number")
  func perThousand() throws {
    let carbon = try Self.scenario([("device-lifetime", "6 years")]).carbon(of: Self.design)
    let hand = (carbon.operational.value + carbon.embodied.total.value / 2) / carbon.scenario.lifetime.inferences * 1000
    #expect(isClose(carbon.perThousand.value, hand))
    #expect(isClose(carbon.json["gco2e_per_1000_inferences"]?.doubleValue ?? 0, hand * 1000))
  }

  @Test("a design that is dearer to make has made up for it after a time, by hand; one that is worse in both never")
  func breakEven() throws {
    let scenario = try Self.scenario()
    var frugal = Self.design
    frugal.area = SquareMillimeters(4)
    frugal.energy = Joules(5e-5)
    let one = try scenario.carbon(of: Self.design), other = try scenario.carbon(of: frugal)
    let dearer = other.embodied.chip - one.embodied.chip
    let savedPerYear = (one.operational - other.operational) / 3
    #expect(isClose(try #require(other.breakEven(with: one)), dearer / savedPerYear))
    #expect(isClose(try #require(one.breakEven(with: other)), dearer / savedPerYear))
    var worse = frugal
    worse.energy = Joules(2e-4)
    #expect(try scenario.carbon(of: worse).breakEven(with: one) == nil)
    #expect(one.breakEven(with: one) == nil)
    let counted = try Self.scenario([("inferences", "1000")])
    #expect(try counted.carbon(of: frugal).breakEven(with: counted.carbon(of: Self.design)) == nil)
  }

  @Test("searching and training are shared among devices, and repaid from a number of them on")
  func model() throws {
    let plain = try Self.scenario(), shared = try Self.scenario([("model-carbon", "3 kg"), ("devices", "1000")])
    let carbon = try shared.carbon(of: Self.design)
    #expect(isClose((carbon.total - (try plain.carbon(of: Self.design)).total).grams, 3))
    #expect(carbon.json["model"]?["share_kgco2e"]?.doubleValue == 0.003)
    var wasteful = Self.design
    wasteful.energy = Joules(2e-4)
    let other = try plain.carbon(of: wasteful), saved = other.total - (carbon.total - carbon.modelShare)
    #expect(carbon.devicesToRepay(against: other) == (3 / saved.value).rounded(.up))
    #expect(try shared.carbon(of: wasteful).devicesToRepay(against: plain.carbon(of: Self.design)) == nil)
    #expect(try plain.carbon(of: Self.design).devicesToRepay(against: other) == nil)
  }

  @Test("draws of bare dies know nothing of packages; a device's bill of materials widens the band by how it is known")
  func uncertainty() throws {
    func totals(_ changes: [(String, String)]) throws -> [Double] {
      try UncertaintyStudy([Self.scenario(changes).carbon(of: Self.design)], draws: 4000).totals(of: 0)
    }
    let die = try totals([("boundary", "die")]), packaged = try totals([])
    let none = try totals([("packages", "0")])
    #expect(die == none && zip(die, packaged).allSatisfy { $0 < $1 })
    let device = try totals([("boundary", "device")])
    let sure = try UncertaintyStudy(
      [Self.scenario([("boundary", "device")]).carbon(of: Self.design)], ranges: UncertaintyRanges.none, draws: 100
    ).totals(of: 0)
    #expect(sure.allSatisfy { isClose($0, sure[0]) })
    func width(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot() / mean
    }
    let bill = try #require(Self.scenario().manufacture.device)
    // Electricity, of which grid and life are known roughly too, is most of it.
    #expect(width(device) > bill.powerSpread * 0.7 && width(device) < 1)
    // Of parts that weigh nothing what is left to err is the power, half as much where it was read.
    func width(read: String) throws -> Double {
      let parts = ["board", "sensor", "enclosure", "transport", "end-of-life", "supply"]
        .map { "  \($0): {carbon: 0 g, source: s}\n" }.joined()
      let text = "parts:\n\(parts)power: {always: 1.5 W, efficiency: 75 %, source: s\(read)}\n"
      return try withFile("own.yaml", text) { path in
        width(try totals([("boundary", "device"), ("device", path)]))
      }
    }
    let remembered = try width(read: ""), read = try width(read: ", verified: true")
    #expect(remembered > 1.4 * read && read > 0.25, "\(remembered), \(read)")
  }

  @Test(
    "what makes no sense is refused in one line",
    arguments: [
      ([("boundary", "dies")], "boundary must be die, packaged, device, found \"dies\"; did you mean \"die\"?"),
      ([("device", "main-camera")], "unknown device \"main-camera\"; did you mean \"mains-camera\"?"),
      ([("devices", "5")], "devices shares model-carbon, which is missing"),
      ([("model-carbon", "-3 g")], "model-carbon must be 0 to"), ([("model-carbon", "3")], "has no unit"),
      ([("model-carbon", "3 g"), ("devices", "0")], "devices must be a number from 1 to"),
      ([("boundary", "device"), ("inferences", "7")], "needs lifetime and rate"),
    ])
  func refused(changes: [(String, String)], part: String) throws {
    let message = message { _ = try Self.scenario(changes) }
    #expect(message.contains(part) && !message.contains("\n"), "\(message)")
  }

  @Test("a boundary without its device is refused")
  func noDevice() throws {
    #expect(
      message { _ = try Self.scenario([("boundary", "device")], of: "paper") }
        .contains("boundary device needs a device; name one, such as device: battery-camera"))
    var scenario = try Scenario.named("paper")
    scenario.boundary = .device
    #expect(
      message { _ = try scenario.carbon(of: Self.design) }
        == "boundary: device needs a device; name one of battery-camera, mains-camera")
    #expect(try Scenario.named("paper").carbon(of: Self.design).json["boundaries"]?["device"] == .null)
  }
}

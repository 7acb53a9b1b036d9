import CLIPCarbonFootprint
import CLIPFiles
import Testing
import CLIPUnits

@Suite("Run footprint")
struct RunFootprintTests {
  static let france = GridIntensity(
    code: "FR", name: "France", year: 2024, intensity: GramsPerKilowattHour(50), source: "test")
  static let poland = GridIntensity(
    code: "PL", name: "Poland", year: 2024, intensity: GramsPerKilowattHour(600), source: "test")

  static func footprint(
    kilowattHours: Double = 2, grid: GridIntensity = france, pue: Double = 1.5, location: String? = "Lyon, France",
    scope: EnergyScope = .thisProcess, notes: [String] = ["a note"]
  ) -> RunFootprint {
    RunFootprint(
      wall: Seconds(7200), processorTime: Seconds(14_000), energy: Joules(KilowattHours(kilowattHours)),
      method: "power model: test", scope: scope, grid: grid, pue: pue, processor: "Test CPU", threads: 2,
      location: location, notes: notes)
  }

  @Test("carbon is energy times PUE times intensity: 2 kWh x 1.5 x 50 g/kWh = 150 g")
  func carbon() {
    #expect(abs(Self.footprint().carbon.grams - 150) < 1e-9)
    let direct = OperationalCarbon.carbon(of: Joules(3_600_000), on: GramsPerKilowattHour(473))
    #expect(abs(direct.value - 0.473) < 1e-12)
  }

  @Test("a PUE below 1 or beyond all sense is refused", arguments: [0.99, -1, 10.1, .infinity, .nan])
  func wrongPUE(pue: Double) throws {
    let error = try #require(throws: InputError.self) { try OperationalCarbon.checkedPUE(pue) }
    #expect(error.description.hasPrefix("pue: expected 1 to 10, found \(pue)"))
    #expect(try OperationalCarbon.checkedPUE(1.58) == 1.58)
  }

  @Test("JSON round trip, through text", arguments: [true, false])
  func roundTrip(isAssumed: Bool) throws {
    var grid = Self.france
    grid.isAssumed = isAssumed
    if isAssumed { grid.year = nil }
    let footprint = Self.footprint(
      kilowattHours: 0.123456789, grid: grid, pue: isAssumed ? 1 : 1.1, location: isAssumed ? nil : "Lyon, \"France\"",
      scope: isAssumed ? .wholeMachine : .thisProcess, notes: isAssumed ? [] : ["one", "two"])
    let text = JSONValue.object(footprint.json).text(indentation: 2)
    let object = try #require(try JSONParser.parse(text).objectValue)
    #expect(try RunFootprint(json: object) == footprint)
    #expect(abs(try #require(object["energy_kwh"]?.doubleValue) - 0.123456789) < 1e-12)
  }

  @Test("two sessions add up; the means still explain the sum")
  func sum() {
    let first = Self.footprint(), second = Self.footprint(kilowattHours: 1, grid: Self.poland, pue: 1.2, location: nil)
    let both = first + second
    // 2 * 1.5 * 50 + 1 * 1.2 * 600 = 870 g; 3 + 1.2 = 4.2 kWh at the wall of 3 kWh in the computer
    #expect(abs(both.carbon.grams - 870) < 1e-9)
    #expect(abs(KilowattHours(both.energy).value - 3) < 1e-12)
    #expect(abs(both.pue - 1.4) < 1e-12)
    #expect(abs(both.grid.intensity.value - 870 / 4.2) < 1e-9)
    #expect(both.grid.code == "FR + PL" && both.grid.name == "France + Poland" && both.grid.source == "test")
    #expect(both.wall == Seconds(14_400) && both.processorTime == Seconds(28_000))
    #expect(both.sessions == 2 && both.threads == 2 && both.notes == ["a note"])
    #expect(both.location == "Lyon, France" && both.method == "power model: test" && both.processor == "Test CPU")
    let three = both + first
    #expect(three.sessions == 3 && three.grid.code == "FR + PL")
    #expect(abs(three.carbon.grams - 1020) < 1e-9)
    #expect(
      abs(OperationalCarbon.carbon(of: three.energy, pue: three.pue, on: three.grid.intensity).grams - 1020) < 1e-9)
  }

  @Test("the same grid stays as it is, and nothing plus nothing is nothing")
  func sumOfLikes() {
    let both = Self.footprint() + Self.footprint()
    #expect(both.grid == Self.france && both.pue == 1.5)
    let none = Self.footprint(kilowattHours: 0) + Self.footprint(kilowattHours: 0, grid: Self.poland, pue: 1)
    #expect(none.carbon == .zero && none.pue == 1.5 && none.grid.intensity.isFinite)
    let mixed = Self.footprint() + Self.footprint(scope: .wholeMachine)
    #expect(mixed.scope == .wholeMachine)
    #expect(mixed.notes == ["a note", "some sessions cover the whole machine, some this process"])
  }

  @Test("a meter's figures become a footprint")
  func ofMeter() throws {
    let machine = try FakeMachine()
    try machine.addDomain("intel-rapl:0", name: "package-0", energy: 1_000_000)
    let process = FakeProcess()
    var meter = try EnergyMeter(root: machine.root, usage: process.now)
    try machine.setEnergy("intel-rapl:0", 3_601_000_000)  // 3600 J = 1 Wh
    process.advance(wall: 60, processor: 90, residentBytes: 0)
    meter.sample()
    let footprint = RunFootprint(of: meter, grid: Self.poland, threads: 2)
    #expect(abs(footprint.carbon.grams - 0.6) < 1e-9)
    #expect(
      footprint.summary
        == "600 mgCO2e = 1.00 Wh on the grid Poland (PL, 2024): 600 gCO2e/kWh; "
        + "60.0 s (90.0 s of processor time) on 2 threads of Test CPU @ 2.00GHz; RAPL: package, whole machine")
  }

  @Test("the model card's fields are the Hub's, in grams")
  func modelCard() throws {
    let fields = Self.footprint().co2EqEmissions(.preTraining)
    #expect(fields.keys == ["emissions", "source", "training_type", "geographical_location", "hardware_used"])
    #expect(abs(try #require(fields["emissions"]?.doubleValue) - 150) < 1e-9)
    #expect(fields["training_type"] == "pre-training")
    #expect(TrainingType.fineTuning.rawValue == "fine-tuning")
    #expect(fields["geographical_location"] == "Lyon, France")
    #expect(
      Self.footprint().co2EqEmissionsYAML(.fineTuning) == """
        co2_eq_emissions:
          emissions: 150.000000
          source: "CarbonCLIP: power model: test, this process; 50.0 gCO2e/kWh (test), PUE 1.5"
          training_type: "fine-tuning"
          geographical_location: "Lyon, France"
          hardware_used: "Test CPU, 2 threads"

        """)
    let tiny = Self.footprint(kilowattHours: 1e-9).co2EqEmissionsYAML(.fineTuning)
    #expect(tiny.contains("  emissions: 0.000000\n"))
    #expect(Self.footprint(location: nil).co2EqEmissions(.preTraining)["geographical_location"] == "France")
    var assumed = Self.footprint(location: nil)
    assumed.grid.isAssumed = true
    #expect(assumed.co2EqEmissions(.preTraining)["geographical_location"] == "unknown")
    #expect(assumed.summary.contains("ASSUMED, as no grid was named"))
  }

  static let damages: [(key: String, value: JSONValue, message: String)] = [
    ("wall_s", .null, "wall_s: expected a number, found null"),
    ("energy_j", -1, "energy_j: expected 0.0 to 1e+18, found -1.0"),
    ("carbon_kgco2e", 1e300, "carbon_kgco2e: expected 0.0 to 1e+18, found 1e+300"),
    ("pue", 0.5, "pue: expected 1.0 to 10.0, found 0.5"),
    ("sessions", 0, "sessions: expected 1 to 1000000, found 0"),
    ("sessions", 1.5, "sessions: expected a whole number, found a number"),
    ("scope", "this proces", "scope: unknown scope \"this proces\"; did you mean \"this process\"?"),
    ("grid", "FR", "grid: expected an object, found a string"),
    ("grid", ["code": "FR"], "grid.name: is missing; expected a string"),
    ("hardware", ["processor": "x", "threads": 0], "hardware.threads: expected 1 to 1000000, found 0"),
    ("notes", [1], "notes: expected a list of strings, found a list"),
  ]

  @Test("damaged JSON is refused with the key", arguments: damages)
  func damagedJSON(key: String, value: JSONValue, message: String) throws {
    var object = Self.footprint().json
    object[key] = value
    let error = try #require(throws: InputError.self) { try RunFootprint(json: object) }
    #expect(error.description == message)
    object[key] = nil
    #expect(throws: InputError.self) { try RunFootprint(json: object) }
  }
}

import CLIPCarbonFootprint
import CLIPFiles
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Embodied carbon")
struct EmbodiedCarbonTests {
  static let taiwan = GridIntensity(
    code: "tw", name: "Taiwan in ACT", intensity: GramsPerKilowattHour(642), source: "ACT 2023 table")

  /// A chip as CATransformers computes it: 22 nm, 95 % abated, Taiwan, 87.5 %, 1 GB of LPDDR3.
  static func reference() throws -> Manufacture {
    try Manufacture(
      process: FabTable().process(Nanometers(22), abatement: 0.95, edition: "act-22nm"), grid: taiwan,
      memory: MemoryPlan(type: MemoryTable().type("lpddr3-20nm"), capacity: .fixed(Gigabytes(1))))
  }

  @Test("a square centimeter of 22 nm in the reference's edition of ACT: (642 * 1.077 + 188.28 + 500) / 0.875 g")
  func referenceConstants() throws {
    let square = try Self.reference().embodied(area: SquareMillimeters(100))
    #expect(isClose(square.perArea.value, 1.576816))
    #expect(isClose(square.chip.grams, 1576.816))
    // 184 g / 0.875
    #expect(isClose(square.memory.grams, 210.28571428571428))
    #expect(isClose(square.fabEnergy.grams, 642 * 1.077 / 0.875))
    #expect(isClose(square.gases.grams, 188.28 / 0.875))
    #expect(isClose(square.materials.grams, 500 / 0.875))
    #expect(square.packaging == .zero)
  }

  @Test(
    "whole chips that the reference computed: area in mm2, kgCO2e of the chip and with DRAM",
    arguments: [
      (22.112723465984, 0.3486769616473903, 0.5589626759331046),
      (19.228737452352, 0.3032018087466787, 0.513487523032393),
    ])
  func referenceChips(area: Double, chip: Double, total: Double) throws {
    let embodied = try Self.reference().embodied(area: SquareMillimeters(area))
    #expect(isClose(embodied.chip.value, chip))
    #expect(isClose(embodied.total.value, total))
  }

  @Test("28 nm in Taiwan before yield by hand: 0.9 * 642 + (175 + 100) / 2 + 500 = 1215.3 g")
  func twentyEight() throws {
    let process = try FabTable().process(Nanometers(28))
    #expect(isClose(process.carbonPerArea(on: GramsPerKilowattHour(642)).value, 1.2153))
    #expect(process.interpolatedBetween == nil && process.note == nil)
    // imec.netzero's figure for 28 nm, 0.91 kg, lies between ours with and without materials.
    #expect(process.carbonPerArea(on: GramsPerKilowattHour(642)).value > 0.91)
    #expect((process.carbonPerArea(on: GramsPerKilowattHour(642)) - process.materialsPerArea).value < 0.91)
  }

  @Test("22 nm is interpolated between 20 and 28 nm, and the result says so")
  func interpolation() throws {
    let process = try FabTable().process(Nanometers(22), abatement: 0.95)
    // A quarter of the way from 20 to 28 nm: 1.2 - 0.3 / 4, 190 - 15 / 4.
    #expect(isClose(process.energyPerArea.value, 1.125))
    #expect(isClose(process.gasesPerArea.value, 0.18625))
    #expect(isClose(process.materialsPerArea.value, 0.5))
    #expect(process.interpolatedBetween == Nanometers(20)...Nanometers(28))
    #expect(process.note == "act-2 has no figures for 22.0 nm: interpolated between 20.0 nm and 28.0 nm")
    let embodied = try Manufacture(process: process, grid: Self.taiwan, memory: nil)
      .embodied(area: SquareMillimeters(10))
    #expect(embodied.notes.contains("act-2 has no figures for 22.0 nm: interpolated between 20.0 nm and 28.0 nm"))
    #expect(embodied.json["fab"]?["interpolated"] == true)
  }

  @Test(
    "process gases at an abatement between the table's columns lie on the line between them",
    arguments: [(0.95, 350.0), (0.97, 275), (0.98, 237.5), (0.99, 200)])
  func abatement(part: Double, grams: Double) throws {
    let process = try FabTable().process(Nanometers(7), abatement: part)
    #expect(isClose(process.gasesPerArea.value, grams / 1000))
  }

  @Test("the older edition differs from ACT 2 at 22 nm only")
  func editions() throws {
    let table = try FabTable()
    #expect(table.editions == ["act-2", "act-22nm"])
    for node in [28.0, 20, 14, 10, 8, 7, 5, 3] {
      let new = try table.process(Nanometers(node)), old = try table.process(Nanometers(node), edition: "act-22nm")
      #expect(new.energyPerArea == old.energyPerArea && new.gasesPerArea == old.gasesPerArea)
    }
    #expect(try table.process(Nanometers(22), edition: "act-22nm").energyPerArea.value == 1.077)
    #expect(try table.process(Nanometers(22), edition: "act-22nm").interpolatedBetween == nil)
  }

  @Test("smaller nodes cost more for each area")
  func nodes() throws {
    let table = try FabTable()
    let costs = try [28.0, 24, 22, 20, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3].map {
      try table.process(Nanometers($0)).carbonPerArea(on: GramsPerKilowattHour(642))
    }
    #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("packages, DRAM and chip add up")
  func sums() throws {
    var manufacture = try Self.reference()
    manufacture.packaging = try Packaging(ics: 2)
    let embodied = try manufacture.embodied(area: SquareMillimeters(5))
    #expect(isClose(embodied.packaging.grams, 300))
    #expect(isClose(embodied.total.value, embodied.chip.value + 0.210285714285714 + 0.3, 1e-12))
    #expect(!embodied.notes.contains("packaging is not counted"))
    #expect(embodied.json["carbon_kgco2e"]?.doubleValue == embodied.total.value)
    #expect(embodied.json["dram"]?["type"]?.stringValue == "lpddr3-20nm")
    #expect(embodied.json["dram"]?["capacity_gb"]?.doubleValue == 1)
  }

  static let yields: [YieldModel] = [
    .fixed(0.875), .poisson(YieldModel.defaultDefects), .murphy(YieldModel.defaultDefects),
    .seeds(YieldModel.defaultDefects), .negativeBinomial(YieldModel.defaultDefects, alpha: 3),
  ]

  @Test("a larger die never costs less, nor less for each area, under any yield model, with a wafer or without")
  func monotone() throws {
    var manufacture = try Self.reference()
    for yield in Self.yields {
      for wafer in try [nil, Wafer()] {
        manufacture.yield = yield
        manufacture.wafer = wafer
        var last = KilogramsCO2e.zero, lastDensity = 0.0
        for area in [0.5, 1, 2, 5, 10, 30, 100, 300, 800, 2000] {
          let embodied = try manufacture.embodied(area: SquareMillimeters(area))
          #expect(embodied.chip > last)
          // With scribe lines the smallest dies waste most.
          if wafer == nil { #expect(embodied.perArea.value >= lastDensity * (1 - 1e-12)) }
          last = embodied.chip
          lastDensity = embodied.perArea.value
        }
      }
    }
  }

  @Test(
    "areas and yields that make no sense are refused in one line",
    arguments: [
      (0.0, "area: expected 0.0001 to 70000 mm², found 0 mm²"),
      (-3, "area: expected 0.0001 to 70000 mm², found -3.00 mm²"),
      (1e12, "area: expected 0.0001 to 70000 mm², found 1000000000000 mm²"),
      (.nan, "area: expected 0.0001 to 70000 mm², found nan mm²"),
      (.infinity, "area: expected 0.0001 to 70000 mm², found inf mm²"),
    ])
  func wrongAreas(area: Double, message: String) throws {
    let manufacture = try Self.reference()
    let error = try #require(throws: InputError.self) { try manufacture.embodied(area: SquareMillimeters(area)) }
    #expect(error.description == message)
  }

  @Test("a die of which hardly one works is refused, as is one that no wafer holds")
  func hopeless() throws {
    var manufacture = try Self.reference()
    manufacture.yield = .poisson(DefectsPerSquareCentimeter(2))
    let first = try #require(throws: InputError.self) { try manufacture.embodied(area: SquareMillimeters(1000)) }
    #expect(
      first.description == "area: of dies of 1000 mm² fewer than one in 1000 works (poisson, 2.00 defects/cm²); "
        + "take a smaller die or fewer defects")
    manufacture.yield = .standard
    manufacture.wafer = try Wafer(diameter: Millimeters(100))
    let second = try #require(throws: InputError.self) { try manufacture.embodied(area: SquareMillimeters(9000)) }
    #expect(
      second.description == "area: a die of 9000 mm² does not fit a wafer of 100 mm; take a larger wafer")
  }

  @Test(
    "unknown nodes, editions and abatements are refused",
    arguments: [
      (
        65.0, 0.97, "act-2",
        "node: expected 3.00 nm to 28.0 nm, found 65.0 nm; act-2 has no figures beyond; give your own with file: FILE.csv in the scenario's fab section"
      ),
      (22, 0.9, "act-2", "abatement: expected 95 to 99 %, found 90 %"),
      (22, .nan, "act-2", "abatement: expected 95 to 99 %, found nan %"),
      (22, 0.97, "act-3", "figures: unknown edition \"act-3\"; did you mean \"act-2\"?"),
    ])
  func wrongProcesses(node: Double, abatement: Double, edition: String, message: String) throws {
    let table = try FabTable()
    let error = try #require(throws: InputError.self) {
      try table.process(Nanometers(node), abatement: abatement, edition: edition)
    }
    #expect(error.description == message)
  }

  private static let head = "edition,node_nm,epa_kwh_per_cm2,gpa95_g_per_cm2,gpa99_g_per_cm2,mpa_g_per_cm2,source\n"

  @Test(
    "a damaged table is named with line and column",
    arguments: [
      (
        "edition,node,epa_kwh_per_cm2,gpa95_g_per_cm2,gpa99_g_per_cm2,mpa_g_per_cm2,source\n",
        "fabs.csv: line 1: column \"node_nm\" is missing; the first line that is no comment must name "
          + "edition, node_nm, epa_kwh_per_cm2, gpa95_g_per_cm2, gpa99_g_per_cm2, mpa_g_per_cm2, source"
      ),
      (
        head + "a,22,0,1,1,1,me\n",
        "fabs.csv: line 2, column epa_kwh_per_cm2: expected a number from 0.001 to 1000.0, found \"0\""
      ),
      (
        head + "a,22,1e12,1,1,1,me\n",
        "fabs.csv: line 2, column epa_kwh_per_cm2: expected a number from 0.001 to 1000.0, found \"1e12\""
      ),
      (
        head + "a,22,1,nan,1,1,me\n",
        "fabs.csv: line 2, column gpa95_g_per_cm2: expected a number from 0.001 to 100000.0, found \"nan\""
      ),
      (
        head + "a,22,1,100,200,1,me\n",
        "fabs.csv: line 2, column gpa99_g_per_cm2: expected a number from 0.001 to 100.0, found \"200\""
      ),
      (
        head + "a,22,1,1,1,,me\n",
        "fabs.csv: line 2, column mpa_g_per_cm2: expected a number from 0.001 to 100000.0, found \"\""
      ),
      (
        head + "a,22,1,1,1,1,me\na,22,1,1,1,1,me\n", "fabs.csv: line 3, column node_nm: a has 22.0 nm already in line 2"
      ),
    ])
  func damagedTables(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) { try withFile("fabs.csv", text) { try FabTable(file: $0) } }
    #expect(error.description == message)
  }
}

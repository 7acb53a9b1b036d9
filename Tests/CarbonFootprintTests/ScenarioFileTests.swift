import CLIPCarbonFootprint
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Scenario files")
struct ScenarioFileTests {
  private func read(_ text: String) throws -> Scenario {
    try withFile("mine.yaml", text) { try Scenario(file: $0) }
  }

  @Test("the scenarios that come with the toolkit can be read by name")
  func names() throws {
    #expect(try Scenario.names() == ["battery-camera", "camera", "edge", "paper", "published", "reference", "server"])
    for name in try Scenario.names() { #expect(try Scenario.named(name).name == name) }
    let error = try #require(throws: InputError.self) { try Scenario.named("papr") }
    #expect(error.description == "unknown scenario \"papr\"; did you mean \"paper\"?")
  }

  @Test("every key has its effect")
  func everything() throws {
    let scenario = try read(
      """
      name: all
      lifetime: 18 months
      rate: 2 per minute
      duty: 25 %
      device-lifetime: 6 years
      grid: 224 g/kWh
      pue: 1.2
      texts-per-image: 0
      prompts: 40
      text-tokens: 12
      last-block: pooled-token
      images-per-fetch: 3
      activity: 10 %
      deadline: 50 ms
      fab:
        node: 7 nm
        figures: act-22nm
        abatement: 99 %
        grid: South Korea
        yield: {model: murphy, defects: 0.2 per cm2}
        wafer: {diameter: 200 mm, edge: 2 mm, scribe: 80 um}
      dram:
        type: ddr4-10nm
        capacity: 4 Gb
        yield: 90 %
      packages: 2
      package-carbon: 100 g
      uncertainty:
        epa: uniform 10 %
        yield: normal 3 points
        dram: none
      """)
    #expect(scenario.name == "all")
    #expect(isClose(scenario.lifetime.inferences, 0.1 * 1.5 * 365 * 86_400 / 4 / 30))
    let use = ModelUse(
      textsPerImage: 0, prompts: 40, textTokens: 12, lastBlock: .pooledToken, imagesPerFetch: 3)
    #expect(scenario.use == use)
    // An image in 300 s is let through; the first of three waits for two more.
    #expect(isClose(scenario.collecting.value, 600) && scenario.waitingPeriod == Seconds(0.05))
    #expect(isClose(scenario.embodiedShare, 0.25))
    #expect(scenario.grid.intensity.value == 224 && !scenario.grid.isAssumed)
    #expect(scenario.pue == 1.2 && scenario.deadline == Seconds(0.05))
    let make = scenario.manufacture
    #expect(make.process.node == Nanometers(7) && isClose(make.process.gasesPerArea.value, 0.2))
    #expect(make.grid.code == "KR" && make.yield == .murphy(DefectsPerSquareCentimeter(0.2)))
    #expect(make.wafer?.diameter == Millimeters(200) && isClose(make.wafer?.scribe.value ?? 0, 0.08))
    #expect(make.memory?.type.code == "ddr4-10nm" && make.memory?.capacity == .fixed(Gigabytes(0.5)))
    #expect(
      make.memory?.yield == 0.9 && make.packaging?.ics == 2
        && isClose(make.packaging?.carbon(memories: 1).grams ?? 0, 200))
    let epa = try Spread(.uniform, 0.1), yield = try Spread(.normal, 0.03)
    #expect(scenario.uncertainty[.epa] == epa && scenario.uncertainty[.yield] == yield)
    #expect(scenario.uncertainty[.dram] == .none && scenario.uncertainty[.mpa].width == 0.3)
  }

  @Test("where little is said: world grid, marked as assumed, ACT's yield, LPDDR4 that fits, 97 %")
  func standard() throws {
    let scenario = try read("inferences: 1000")
    #expect(scenario.grid.code == "WORLD" && scenario.grid.isAssumed)
    #expect(scenario.manufacture.grid.code == "TW" && scenario.manufacture.yield == .fixed(0.875))
    #expect(scenario.manufacture.memory?.type.code == "lpddr4" && scenario.manufacture.memory?.capacity == .nextSizeUp)
    #expect(scenario.manufacture.process.abatement == 0.97 && scenario.manufacture.wafer == nil)
    #expect(scenario.boundary == .packaged && scenario.manufacture.device == nil && scenario.modelCarbon == .zero)
    #expect(scenario.manufacture.packaging?.ics == nil && scenario.manufacture.packaging != nil)
    #expect(scenario.embodiedShare == 1 && scenario.use == .pair && scenario.lifetime.activity == 1)
    #expect(try read("inferences: 1000\ndram: none").manufacture.memory == nil)
    #expect(try read("inferences: 1000\ndram: lpddr3-20nm").manufacture.memory?.type.code == "lpddr3-20nm")
    #expect(try read("inferences: 1000\nuncertainty: none").uncertainty == .none)
  }

  private static let base = "lifetime: 3 years\nrate: 1 per second\n"

  @Test(
    "what makes no sense is refused in one line with file, line, key and range",
    arguments: [
      (
        "rate: 1 per second",
        "mine.yaml: line 1: lifetime is missing; give lifetime and rate, such as 3 years and 1 per second, or inferences"
      ),
      (
        "lifetime: 3 years",
        "mine.yaml: line 1: rate is missing; give lifetime and rate, such as 3 years and 1 per second, or inferences"
      ),
      ("lifetime: 3", "mine.yaml: line 1: lifetime: \"3\" has no unit; such as lifetime: 1 years"),
      ("lifetime: 0 years", "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found \"0 years\""),
      ("lifetime: -3 years", "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found \"-3 years\""),
      ("lifetime: 1e12 years", "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found \"1e12 years\""),
      (
        "lifetime: nan years",
        "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found \"nan years\"; such as lifetime: 1 years"
      ),
      ("lifetime: 1e999 years", "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found \"1e999 years\""),
      ("lifetime: 3 yeers", "mine.yaml: line 1: lifetime: unknown unit \"yeers\"; did you mean \"years\"?"),
      (
        "lifetime: [3]",
        "mine.yaml: line 1: lifetime must be 0.0001 to 100 years, found a list of 1; such as lifetime: 1 years"
      ),
      (base + "lifetme: 3 years", "mine.yaml: line 3: unknown key \"lifetme\"; did you mean \"lifetime\"?"),
      (
        base + "inferences: 5",
        "mine.yaml: line 3: inferences excludes lifetime, rate and duty; give the one or the others"
      ),
      ("inferences: 0", "mine.yaml: line 1: inferences must be a number from 1 to 1000000000000, found 0"),
      ("inferences: many", "mine.yaml: line 1: inferences must be a number from 1 to 1000000000000, found \"many\""),
      (
        "inferences: 5\ndevice-lifetime: 5 years",
        "mine.yaml: line 2: device-lifetime needs lifetime, rate and duty, not a number of inferences"
      ),
      (
        base + "duty: 25 hours a day",
        "mine.yaml: line 3: duty must be 0.001 to 24 hours a day, found \"25 hours a day\""
      ),
      (base + "rate: 5 per second", "mine.yaml: line 2: key \"rate\" stands twice; remove one of the two"),
      (base + "grid: Germny", "mine.yaml: line 3: grid: unknown place \"Germny\"; did you mean \"Germany\"?"),
      (base + "grid: 224", "mine.yaml: line 3: grid: \"224\" has no unit; such as grid: 1 g/kWh"),
      (base + "grid: 1e12 g/kWh", "mine.yaml: line 3: grid must be 0 to 2000 g/kWh, found \"1e12 g/kWh\""),
      (base + "activity: 101 %", "mine.yaml: line 3: activity must be 0.0001 to 100 %, found \"101 %\""),
      (base + "activity: -5 %", "mine.yaml: line 3: activity must be 0.0001 to 100 %, found \"-5 %\""),
      (base + "activity: 0.5", "mine.yaml: line 3: activity: \"0.5\" has no unit; such as activity: 1 %"),
      (
        "inferences: 5\nactivity: 5 %",
        "mine.yaml: line 2: activity needs lifetime and rate, not a number of inferences"
      ),
      (
        "inferences: 5\nimages-per-fetch: 2",
        "mine.yaml: line 2: images-per-fetch needs lifetime and rate: images are waited for"
      ),
      (
        base + "texts-per-image: -1",
        "mine.yaml: line 3: texts-per-image must be a whole number from 0 to 10000, found -1"
      ),
      (
        base + "texts-per-image: half",
        "mine.yaml: line 3: texts-per-image must be a whole number from 0 to 10000, found \"half\""
      ),
      (
        base + "prompts: 5", "mine.yaml: line 3: prompts belongs to texts-per-image: 0, prompts whose features are kept"
      ),
      (
        base + "texts-per-image: 0\nprompts: 0",
        "mine.yaml: line 4: prompts must be a whole number from 1 to 1000000, found 0"
      ),
      (
        base + "text-tokens: al",
        "mine.yaml: line 3: text-tokens must be all or a whole number from 1 to 1000000, found \"al\""
      ),
      (
        base + "last-block: pooled-tokn",
        "mine.yaml: line 3: last-block must be all-tokens, pooled-token, found \"pooled-tokn\"; did you mean \"pooled-token\"?"
      ),
      (
        base + "images-per-fetch: 99999",
        "mine.yaml: line 3: images-per-fetch must be a whole number from 1 to 4096, found 99999"
      ),
      (base + "pue: 0", "mine.yaml: line 3: pue must be a number from 1 to 10, found 0"),
      (base + "window: 6-9", "mine.yaml: line 3: window needs grid-hours, a file of hourly intensities"),
      (
        base + "fab:\n  node: 65 nm",
        "mine.yaml: line 4: node: expected 3.00 nm to 28.0 nm, found 65.0 nm; act-2 has no figures beyond; give your own with file: FILE.csv in the scenario's fab section"
      ),
      (base + "fab:\n  abatement: 90 %", "mine.yaml: line 4: abatement must be 95 to 99 %, found \"90 %\""),
      (base + "fab:\n  yield: 0 %", "mine.yaml: line 4: yield must be 1 to 100 %, found \"0 %\""),
      (
        base + "fab:\n  yield: {model: murpy}",
        "mine.yaml: line 4: model must be poisson, murphy, seeds, negative-binomial, found \"murpy\"; did you mean \"murphy\"?"
      ),
      (
        base + "fab:\n  yield: {defects: 0.1 per cm2}",
        "mine.yaml: line 4: yield: model is missing; one of: poisson, murphy, seeds, negative-binomial"
      ),
      (
        base + "fab:\n  yield: {model: seeds, alpha: 3}",
        "mine.yaml: line 4: alpha belongs to the model negative-binomial"
      ),
      (base + "fab:\n  wafer: 300 cm", "mine.yaml: line 4: wafer: unknown unit \"cm\"; did you mean \"mm\"?"),
      (base + "fab:\n  nod: 7 nm", "mine.yaml: line 4: unknown key \"nod\"; did you mean \"node\"?"),
      (base + "fab: TSMC", "mine.yaml: line 3: expected keys with values, found text"),
      (
        base + "dram: sram",
        "mine.yaml: line 3: type: unknown DRAM \"sram\"; one of: lpddr4, ddr4-10nm, lpddr2-20nm, lpddr3-20nm, lpddr3-30nm, ddr3-30nm, ddr3-40nm, ddr3-50nm"
      ),
      (base + "dram:\n  capacity: 0 GB", "mine.yaml: line 4: capacity must be 1 KB to 65536 GB, found \"0 GB\""),
      (base + "dram:\n  capacity: 1", "mine.yaml: line 4: capacity: \"1\" has no unit; such as capacity: 1 GB"),
      (base + "packages: -1", "mine.yaml: line 3: packages must be a whole number from 0 to 1000, found -1"),
      (base + "uncertainty:\n  eap: normal 5 %", "mine.yaml: line 4: unknown key \"eap\"; did you mean \"epa\"?"),
      (
        base + "uncertainty:\n  epa: 20 %",
        "mine.yaml: line 4: epa must be none, log-normal, normal or uniform with a spread, found \"20 %\"; such as epa: log-normal 20 %"
      ),
      (base + "uncertainty:\n  epa: normal 99 %", "mine.yaml: line 4: epa must be 0 to 33 %, found \"99 %\""),
      (
        base + "uncertainty:\n  yield: log-normal 5 points",
        "mine.yaml: line 4: yield: expected normal or uniform, found log-normal; its spread is in points of yield"
      ),
    ])
  func refused(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) { try read(text) }
    #expect(error.description == message)
  }

  @Test("hourly figures stand beside the scenario, and the window bounds the duty")
  func hourly() throws {
    let hours = "hour,gco2e_per_kwh\n" + (0..<24).map { "\($0),\($0 < 12 ? 100 : 300)\n" }.joined()
    let scenario = try withFile("hours.csv", hours) { path in
      try Scenario(
        .init(
          .map([
            ("lifetime", .init(.string("1 year"), origin: "test")), ("rate", .init(.string("1 Hz"), origin: "test")),
            ("grid-hours", .init(.string(path), origin: "test")), ("window", .init(.string("10-14"), origin: "test")),
          ]), origin: "test"), folder: ".")
    }
    #expect(scenario.grid.intensity.value == 200)
    #expect(scenario.grid.name == "hours 10-14 of hours.csv")
    #expect(scenario.lifetime.hoursPerDay == 4)
  }

  @Test("a damaged scenario is read or refused in one line, never worse", arguments: 1...150)
  func damaged(seed: UInt64) throws {
    var bytes = Array(try TextFile.text(of: DataFolder.path("scenarios/edge.yaml")).utf8), state = seed
    func random(below count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let pieces = ["1e12", "-", "0", "nan", "[", "}", ": ", "\n  ", "999999999999999999999", "%", "null", "\"", "é"]
    for _ in 0...random(below: 4) {
      let place = random(below: bytes.count), length = min(random(below: 6), bytes.count - place)
      bytes.replaceSubrange(place..<place + length, with: Array(pieces[random(below: pieces.count)].utf8))
    }
    do {
      let scenario = try read(String(decoding: bytes, as: UTF8.self))
      let carbon = try scenario.carbon(
        of: DesignFigures(
          name: "any", area: SquareMillimeters(10), latency: Seconds(0.01), energy: Joules(0.1), modelBytes: 1_000_000))
      #expect(carbon.total.isFinite && carbon.total > .zero)
    } catch let error as InputError {
      #expect(!error.description.isEmpty && !error.description.contains("\n"))
    }
  }
}

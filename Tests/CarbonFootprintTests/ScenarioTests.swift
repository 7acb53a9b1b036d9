import CLIPCarbonFootprint
import CLIPFiles
import CLIPRecipes
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Scenarios")
struct ScenarioTests {
  private static let design = DesignFigures(
    name: "camera", area: SquareMillimeters(22.112723465984), latency: Seconds(0.0201757049),
    energy: Joules(0.18128579196454597), modelBytes: 149_000_000)

  @Test("a whole model on a design as the reference computed it: kgCO2e of use and of all, kWh of a life")
  func reference() throws {
    let carbon = try Scenario.named("reference").carbon(of: Self.design)
    #expect(isClose(carbon.operational.value, 30_000_000 * 3.424287181552535e-09))
    #expect(isClose(carbon.embodied.total.value, 0.5589626759331046))
    #expect(isClose(carbon.total.value, 0.6616912913796806))
    #expect(isClose(KilowattHours(carbon.lifetimeEnergy).value, 1.510714933037883))
    #expect(isClose(carbon.totalWithoutMemory.value, 0.6616912913796806 - 0.21028571428571427))
  }

  @Test("waiting is counted until the deadline, but never beyond the next inference")
  func waiting() throws {
    var scenario = try Scenario.named("camera")
    scenario.deadline = Seconds(0.0333)
    var design = Self.design
    (design.latency, design.energy, design.idlePower) = (Seconds(0.002), Joules(0.0005), Watts(0.001))
    // By hand: 1 mW from 2 ms to the end of the wait.
    for (rate, wait) in [(100.0, 0.008), (30.0, 0.0313), (1.0, 0.0313), (500.0, 0.0), (1000.0, 0.0)] {
      scenario.lifetime = try Lifetime(span: Lifetime.year, rate: Hertz(rate), hoursPerDay: 1)
      let carbon = try scenario.carbon(of: design)
      #expect(abs(carbon.idleEnergy.value - 0.001 * wait) < 1e-15, "\(rate)")
      #expect(isClose(carbon.lifetimeEnergy.value, (0.0005 + 0.001 * wait) * 365 * 3600 * rate))
    }
    // Where only the number of inferences is known, nothing says when the next begins.
    scenario.lifetime = try Lifetime(inferences: 1e6)
    #expect(isClose(try scenario.carbon(of: design).idleEnergy.value, 0.001 * 0.0313))
  }

  @Test("the paper's use by hand: 3 * 365 * 6 * 3600 inferences on 224 g/kWh")
  func paper() throws {
    let scenario = try Scenario.named("paper")
    #expect(scenario.lifetime.inferences == 23_652_000)
    #expect(scenario.lifetime.summary == "23,652,000 inferences: 3.0 years, 6.0 hours a day, 1.00 Hz")
    let carbon = try scenario.carbon(of: Self.design)
    #expect(isClose(carbon.operational.grams, 23_652_000 * 0.18128579196454597 / 3.6e6 * 224))
    #expect(isClose(carbon.embodied.total.value, 0.5589626759331046))
  }

  @Test("the standard scenario sizes the DRAM to the model and says what is interpolated, missing or assumed")
  func edge() throws {
    let carbon = try Scenario.named("edge").carbon(of: Self.design)
    #expect(carbon.embodied.memoryCapacity == Gigabytes(0.25))
    #expect(isClose(carbon.embodied.memory.grams, 48 * 0.25 / 0.875))
    // 0.1 defects/cm2, alpha 3: (1 + 0.02211 / 3)^-3
    #expect(isClose(carbon.embodied.dieYield, 0.97821, 1e-5))
    #expect(
      carbon.notes == [
        "act-2 has no figures for 22.0 nm: interpolated between 20.0 nm and 28.0 nm",
        "what a wafer loses at its rim is not counted",
      ])
    #expect(carbon.json["embodied"]?["dram"]?["rule"]?.stringValue == "next size up")
    #expect(carbon.json["total_kgco2e"]?.doubleValue == carbon.total.value)
    #expect(carbon.summary.contains("DRAM 13.7 gCO2e: LPDDR4, 256 MB, next size up from the model"))
  }

  @Test("idle power counts from the end of an inference to the deadline")
  func idle() throws {
    var scenario = try Scenario.named("edge"), design = Self.design
    let busy = try scenario.carbon(of: design)
    design.idlePower = Watts(0.001)
    let carbon = try scenario.carbon(of: design)
    #expect(isClose(carbon.idleEnergy.value, 0.001 * (1 - 0.0201757049)))
    let difference = carbon.operational - busy.operational
    #expect(
      isClose(difference.grams, 23_652_000 * 0.001 * (1 - 0.0201757049) / 3.6e6 * scenario.grid.intensity.value, 1e-9))
    scenario.deadline = nil
    #expect(try scenario.carbon(of: design).operational == busy.operational)
    #expect(try scenario.carbon(of: design).notes.contains("idle power is not counted: no deadline"))
    scenario.deadline = Seconds(0.01)
    #expect(try scenario.carbon(of: design).idleEnergy == .zero)
    #expect(try scenario.carbon(of: design).notes.contains("misses the deadline of 10.0 ms: 20.2 ms"))
  }

  @Test("a device that outlives its use charges it with its share: T / LT of the embodied carbon")
  func share() throws {
    var scenario = try Scenario.named("edge")
    let whole = try scenario.carbon(of: Self.design)
    scenario.deviceLifetime = Lifetime.year * 4
    let part = try scenario.carbon(of: Self.design)
    #expect(part.embodiedShare == 0.75)
    #expect(isClose((whole.total - part.total).value, whole.embodied.total.value / 4, 1e-9))
    scenario.deviceLifetime = Lifetime.year * 2
    #expect(try scenario.carbon(of: Self.design).embodiedShare == 1)
  }

  @Test("PUE multiplies use and leaves making alone")
  func pue() throws {
    var scenario = try Scenario.named("edge")
    let one = try scenario.carbon(of: Self.design)
    scenario.pue = 1.5
    let more = try scenario.carbon(of: Self.design)
    #expect(isClose(more.operational.value, one.operational.value * 1.5))
    #expect(more.embodied.total == one.embodied.total)
    scenario.pue = 0.5
    #expect(throws: InputError.self) { try scenario.carbon(of: Self.design) }
  }

  @Test(
    "figures of a design that make no sense are refused with the design's name",
    arguments: [
      (0.0, 0.02, 0.18, "camera: area: expected 0.0001 to 70000.0 mm², found 0.0"),
      (1e12, 0.02, 0.18, "camera: area: expected 0.0001 to 70000.0 mm², found 1000000000000.0"),
      (22, 0, 0.18, "camera: latency: expected 1e-12 to 86400.0 s, found 0.0"),
      (22, .infinity, 0.18, "camera: latency: expected 1e-12 to 86400.0 s, found inf"),
      (22, 0.02, -1, "camera: energy: expected 1e-15 to 3600000.0 J, found -1.0"),
      (22, 0.02, .nan, "camera: energy: expected 1e-15 to 3600000.0 J, found nan"),
    ])
  func wrongFigures(area: Double, latency: Double, energy: Double, message: String) throws {
    let scenario = try Scenario.named("edge")
    let error = try #require(throws: InputError.self) {
      try scenario.carbon(
        of: DesignFigures(
          name: "camera", area: SquareMillimeters(area), latency: Seconds(latency), energy: Joules(energy)))
    }
    #expect(error.description == message)
  }

  @Test("hours of the day are averaged over the window of use, over midnight too")
  func hours() throws {
    let rows = (0..<24).map { "\($0),\($0 * 10 + 100)" }.joined(separator: "\n")
    let hourly = try withFile("hours.csv", "hour,gco2e_per_kwh\n\(rows)\n") { try HourlyIntensity(file: $0) }
    #expect(isClose(hourly.grid(in: nil).intensity.value, 100 + 115))
    #expect(isClose(try hourly.grid(in: DailyWindow("18-24")).intensity.value, 100 + 205))
    // 22, 23, 0, 1, 2, 3
    #expect(isClose(try hourly.grid(in: DailyWindow("22-4")).intensity.value, 100 + 10 * 51.0 / 6))
    #expect(isClose(try hourly.grid(in: DailyWindow("00:00-01:00")).intensity.value, 100))
    #expect(try DailyWindow("22-4").hours == 6 && DailyWindow("18-24").text == "18-24")
    #expect(try DailyWindow("0-24").hours == 24)
  }

  @Test("a file with dates averages the days of each hour first")
  func dates() throws {
    var text = "datetime,gco2e_per_kwh\n"
    for day in 1...2 {
      for hour in 0..<24 { text += "2024-01-0\(day)T\(hour < 10 ? "0" : "")\(hour):00:00Z,\(day == 1 ? 100 : 300)\n" }
    }
    text += "2024-01-03 00:00,500\n"
    let hourly = try withFile("hours.csv", text) { try HourlyIntensity(file: $0) }
    #expect(hourly.means[0] == 300 && hourly.means[1] == 200)
  }

  @Test(
    "windows and hourly files that make no sense are refused",
    arguments: ["", "6", "6-6", "-1-4", "4-25", "24-4", "six-nine", "6-9-12", "1e1-12", "6:30-9"])
  func wrongWindows(text: String) throws {
    let error = try #require(throws: InputError.self) { try DailyWindow(text) }
    #expect(
      error.description
        == "window: expected two hours of the day, 0 to 24, found \"\(text)\"; such as 18-24 or 22-4")
  }

  @Test(
    "hourly files that lack something are refused",
    arguments: [
      (
        "hour,gco2e_per_kwh\n0,1\n",
        "hours.csv: has no row for hour 1 of the day; give all 24 hours, of one day or more"
      ),
      (
        "hour,gco2e_per_kwh\n24,1\n",
        "hours.csv: line 2, column hour: expected a whole number from 0 to 23, found \"24\""
      ),
      (
        "hour,gco2e_per_kwh\n0,-5\n",
        "hours.csv: line 2, column gco2e_per_kwh: expected a number from 0.0 to 2000.0, found \"-5\""
      ),
      (
        "datetime,gco2e_per_kwh\nJanuary,5\n",
        "hours.csv: line 2, column datetime: expected a time such as 2024-01-31 17:00, found \"January\""
      ),
      (
        "time,gco2e_per_kwh\n3,5\n",
        "hours.csv: line 2: has neither hour nor datetime; name a column hour (0 to 23) or datetime (2024-01-31 17:00)"
      ),
    ])
  func wrongHours(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) {
      try withFile("hours.csv", text) { try HourlyIntensity(file: $0) }
    }
    #expect(error.description == message)
  }
}

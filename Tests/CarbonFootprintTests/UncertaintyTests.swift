import CLIPCarbonFootprint
import CLIPFiles
import Foundation
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Uncertainty")
struct UncertaintyTests {
  private func design(
    _ name: String, area: Double = 10, milliseconds: Double = 20, joules: Double = 0.05, bytes: Int = 80_000_000
  ) -> DesignFigures {
    DesignFigures(
      name: name, area: SquareMillimeters(area), latency: Seconds(milliseconds / 1000), energy: Joules(joules),
      modelBytes: bytes)
  }

  private func carbon(_ designs: DesignFigures...) throws -> [LifetimeCarbon] {
    let scenario = try Scenario.named("edge")
    return try designs.map { try scenario.carbon(of: $0) }
  }

  private func ranges(_ pairs: (UncertainInput, Spread)...) throws -> UncertaintyRanges {
    var ranges = UncertaintyRanges.none
    for (input, spread) in pairs { try ranges.set(input, spread) }
    return ranges
  }

  @Test("without uncertainty every draw is the stated total")
  func certain() throws {
    let designs = try carbon(design("a"))
    let study = try UncertaintyStudy(designs, ranges: UncertaintyRanges.none, draws: 100)
    for total in study.totals(of: 0) { #expect(isClose(total, designs[0].total.value)) }
    let band = try #require(study.bands().first)
    #expect(isClose(band.low.value, band.stated.value) && isClose(band.high.value, band.stated.value))
    #expect(band.shareOnFront == 1 && band.shareGreenest == 1)
  }

  @Test("the same seed gives the same bands, another seed others; one design's draws do not depend on its neighbors")
  func seeds() throws {
    let both = try carbon(design("a"), design("b", area: 12))
    let study = try UncertaintyStudy(both, draws: 500), again = try UncertaintyStudy(both, draws: 500)
    let other = try UncertaintyStudy(both, draws: 500, seed: 1)
    #expect(study.bands() == again.bands() && study.bands() != other.bands())
    let alone = try UncertaintyStudy([both[0]], draws: 500)
    #expect(study.totals(of: 0) == alone.totals(of: 0))
    // Fewer draws are the first of more.
    let fewer = try UncertaintyStudy([both[0]], draws: 77)
    #expect(Array(alone.totals(of: 0).prefix(77)) == fewer.totals(of: 0))
  }

  /// Of the greenhouse gases of use alone, one uncertain input leaves a distribution that is known exactly.
  private func use(_ input: UncertainInput, _ spread: Spread) throws -> (ratios: [Double], band: CarbonBand) {
    var scenario = try Scenario.named("edge")
    scenario.manufacture.memory = nil
    scenario.boundary = .die
    let designs = [try scenario.carbon(of: design("use", area: 0.0001, joules: 1))]
    let study = try UncertaintyStudy(designs, ranges: ranges((input, spread)), draws: 40_000, seed: 3)
    let stated = designs[0].total.value
    return (study.totals(of: 0).map { $0 / stated }, try #require(study.bands().first))
  }

  @Test(
    "a log-normal input of 10 % has mean 1, deviation 0.1, and quantiles exp(-+1.6449 s - s^2 / 2) with s^2 = ln 1.01",
    arguments: [UncertainInput.useGrid, .energy, .energyOwn, .lifetime])
  func logNormal(input: UncertainInput) throws {
    let (ratios, band) = try use(input, Spread(.logNormal, 0.1))
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    #expect(abs(mean - 1) < 0.002)
    let deviation = (ratios.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(ratios.count)).squareRoot()
    #expect(abs(deviation - 0.1) < 0.002)
    let sigma = log(1.01).squareRoot()
    #expect(abs(band.low / band.stated - exp(-1.6449 * sigma - sigma * sigma / 2)) < 0.005)
    #expect(abs(band.high / band.stated - exp(1.6449 * sigma - sigma * sigma / 2)) < 0.005)
    #expect(abs(band.median / band.stated - exp(-sigma * sigma / 2)) < 0.005)
  }

  @Test("a uniform input of 30 % lies within 0.7 and 1.3, 5 to 95 % within 0.73 and 1.27")
  func uniform() throws {
    let (ratios, band) = try use(.lifetime, Spread(.uniform, 0.3))
    #expect(ratios.allSatisfy { $0 > 0.699 && $0 < 1.301 })
    #expect(abs(band.low / band.stated - 0.73) < 0.005 && abs(band.high / band.stated - 1.27) < 0.005)
  }

  @Test("a normal input of 10 % has its quantiles at 1 -+ 0.16449")
  func normal() throws {
    let (_, band) = try use(.useGrid, Spread(.normal, 0.1))
    #expect(abs(band.low / band.stated - 0.8355) < 0.005 && abs(band.high / band.stated - 1.1645) < 0.005)
  }

  @Test("yield is shifted by points and never exceeds 1")
  func yields() throws {
    var scenario = try Scenario.named("edge")
    scenario.manufacture.memory = nil
    scenario.boundary = .die
    scenario.manufacture.yield = .fixed(0.9)
    // All of it is chip: hardly any use.
    let designs = [try scenario.carbon(of: design("chip", area: 100, joules: 1e-15))]
    let study = try UncertaintyStudy(designs, ranges: ranges((.yield, Spread(.normal, 0.05))), draws: 20_000)
    let yields = study.totals(of: 0).map { 0.9 * designs[0].total.value / $0 }
    #expect(yields.allSatisfy { $0 <= 1 + 1e-9 && $0 > 0.6 })
    // 0.1 is two deviations from 0.9: 2.3 % of the draws end at 1.
    let share = Double(yields.filter { $0 > 1 - 1e-9 }.count) / 20_000
    #expect(abs(share - 0.0228) < 0.004)
  }

  @Test("errors that designs share cancel: 1 % less energy and area is greener in every draw")
  func common() throws {
    let pair = try carbon(design("a", area: 9.9, joules: 0.0495), design("b"))
    var ranges = try UncertaintyRanges()
    try ranges.set(.energyOwn, .none)
    try ranges.set(.areaOwn, .none)
    let shared = try UncertaintyStudy(pair, ranges: ranges, draws: 2000)
    #expect(shared.probability(that: 0, isGreenerThan: 1) == 1)
    #expect(shared.probability(that: 1, isGreenerThan: 0) == 0)
    #expect(shared.probability(that: 0, isGreenerThan: 0) == 0.5)
    // With errors of their own it is likely, not certain.
    try ranges.set(.energyOwn, Spread(.logNormal, 0.05))
    try ranges.set(.areaOwn, Spread(.logNormal, 0.03))
    let own = try UncertaintyStudy(pair, ranges: ranges, draws: 2000)
    let probability = own.probability(that: 0, isGreenerThan: 1)
    #expect(probability > 0.51 && probability < 0.9)
    #expect(isClose(own.probability(that: 1, isGreenerThan: 0), 1 - probability))
    // Were all errors independent, 1 % would drown altogether.
    try ranges.set(.energyOwn, .none)
    try ranges.set(.areaOwn, .none)
    let other = try UncertaintyStudy([pair[1]], ranges: ranges, draws: 2000, seed: 99)
    let wins = zip(shared.totals(of: 0), other.totals(of: 0)).filter { $0 < $1 }.count
    #expect(wins > 900 && wins < 1150)
  }

  @Test("shares of the front are those of the definition, for designs at random with ties")
  func front() throws {
    var state: UInt64 = 12345
    func random(_ values: [Double]) -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return values[Int(state >> 33) % values.count]
    }
    let scenario = try Scenario.named("edge")
    var designs = try (0..<30).map { index in
      try scenario.carbon(
        of: design(
          "\(index)", area: random([3, 4, 5, 6, 7, 8]), milliseconds: random([5, 10, 15, 20]),
          joules: random([0.03, 0.04, 0.05, 0.06])))
    }
    designs.append(designs[4])
    for ranges in [try UncertaintyRanges(), UncertaintyRanges.none] {
      let study = try UncertaintyStudy(designs, ranges: ranges, draws: 200, seed: 7)
      let totals = designs.indices.map { study.totals(of: $0) }
      let latencies = designs.map(\.design.latency)
      let bands = study.bands()
      for index in designs.indices {
        let onFront = (0..<200).filter { draw in
          !designs.indices.contains { other in
            let isNoWorse = latencies[other] <= latencies[index] && totals[other][draw] <= totals[index][draw]
            return isNoWorse
              && (latencies[other] < latencies[index] || totals[other][draw] < totals[index][draw])
          }
        }
        #expect(bands[index].shareOnFront == Double(onFront.count) / 200)
        let sorted = totals[index].sorted()
        #expect(bands[index].low.value == sorted[9] && bands[index].high.value == sorted[189])
        #expect(bands[index].median.value == sorted[99])
        #expect(isClose(bands[index].mean.value, sorted.reduce(0, +) / 200, 1e-9))
      }
      #expect(isClose(bands.map(\.shareGreenest).reduce(0, +), 1, 1e-9))
    }
  }

  @Test("the mean of the draws is near the stated total, the band around it wide")
  func standard() throws {
    let band = try #require(UncertaintyStudy(carbon(design("a"))).bands().first)
    #expect(abs(band.mean / band.stated - 1) < 0.02)
    #expect(band.low / band.stated > 0.5 && band.low / band.stated < 0.85)
    #expect(band.high / band.stated > 1.2 && band.high / band.stated < 1.7)
  }

  @Test("studies that make no sense are refused")
  func wrongStudies() throws {
    let none = try #require(throws: InputError.self) { try UncertaintyStudy([]) }
    #expect(none.description == "uncertainty: expected one design or more, found none")
    let designs = try carbon(design("a"))
    for draws in [0, -1, 1_000_000_000_000, 19] {
      let error = try #require(throws: InputError.self) { try UncertaintyStudy(designs, draws: draws) }
      #expect(error.description == "draws: expected 20 to 1000000, found \(draws)")
    }
    let many = [LifetimeCarbon](repeating: designs[0], count: 3000)
    let error = try #require(throws: InputError.self) { try UncertaintyStudy(many, draws: 1_000_000) }
    #expect(
      error.description == "draws: 1000000 for each of 3000 designs would take minutes; take at most 666666")
  }

  @Test("every input has a stated spread with a source")
  func table() throws {
    let ranges = try UncertaintyRanges()
    // A device's bill of materials says how well it is known itself.
    for input in UncertainInput.allCases { #expect((ranges[input].width > 0) == (input != .device), "\(input)") }
    #expect(ranges[.epa].distribution == .logNormal && ranges[.epa].width == 0.2)
    #expect(ranges[.yield].distribution == .normal && ranges[.yield].width == 0.05)
  }

  private static let head = "input,distribution,spread,source\n"

  @Test(
    "a damaged table is named with line and column",
    arguments: [
      (
        "input,distribution,spred,source\nepa,normal,0.1,me\n",
        "u.csv: line 1: column \"spread\" is missing; \"spred\" should perhaps be spread"
      ),
      (head + "eap,normal,0.1,me\n", "u.csv: line 2, column input: unknown input \"eap\"; did you mean \"epa\"?"),
      (
        head + "epa,normla,0.1,me\n",
        "u.csv: line 2, column distribution: unknown distribution \"normla\"; did you mean \"normal\"?"
      ),
      (
        head + "epa,normal,1e12,me\n",
        "u.csv: line 2, column spread: expected a number from 0.0 to 0.33, found \"1e12\""
      ),
      (
        head + "epa,uniform,-0.1,me\n",
        "u.csv: line 2, column spread: expected a number from 0.0 to 0.95, found \"-0.1\""
      ),
      (
        head + "epa,log-normal,nan,me\n",
        "u.csv: line 2, column spread: expected a number from 0.0 to 3.0, found \"nan\""
      ),
      (head + "epa,normal,0.1,me\nepa,normal,0.1,me\n", "u.csv: line 3, column input: epa stands twice"),
      (head + "epa,normal,0.1,\n", "u.csv: line 2, column source: is empty; expected some text"),
      (
        head + "yield,log-normal,0.1,me\n",
        "u.csv: yield: expected normal or uniform, found log-normal; its spread is in points of yield"
      ),
    ])
  func damagedTables(text: String, message: String) throws {
    let error = try #require(throws: InputError.self) {
      try withFile("u.csv", text) { try UncertaintyRanges(file: $0) }
    }
    #expect(error.description == message)
  }
}

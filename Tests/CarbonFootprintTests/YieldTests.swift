import CLIPCarbonFootprint
import CLIPFiles
import Testing
import CLIPUnits

@Suite("Yield and wafers")
struct YieldTests {
  @Test("half a defect on a die, by hand: exp(-0.5), ((1 - exp(-0.5)) / 0.5)^2, 1 / 1.5, 1.25^-2")
  func byHand() {
    let area = SquareMillimeters(100), defects = DefectsPerSquareCentimeter(0.5)
    #expect(isClose(YieldModel.poisson(defects).yield(of: area), 0.6065306597126334))
    #expect(isClose(YieldModel.murphy(defects).yield(of: area), 0.6192725, 1e-6))
    #expect(isClose(YieldModel.seeds(defects).yield(of: area), 2.0 / 3))
    #expect(isClose(YieldModel.negativeBinomial(defects, alpha: 2).yield(of: area), 0.64))
    #expect(YieldModel.fixed(0.875).yield(of: area) == 0.875)
  }

  @Test("the models agree for small dies, and stay between Poisson and Seeds for large ones")
  func agreement() {
    let defects = YieldModel.defaultDefects
    for area in [2.0, 10, 30] {
      let yields = EmbodiedCarbonTests.yields.dropFirst().map { $0.yield(of: SquareMillimeters(area)) }
      for yield in yields { #expect(yield > 0.97 && yield < 1) }
      for yield in yields { #expect(abs(yield - yields[0]) < 0.001) }
    }
    for area in [100.0, 500, 800, 3000] {
      let area = SquareMillimeters(area)
      let poisson = YieldModel.poisson(defects).yield(of: area), seeds = YieldModel.seeds(defects).yield(of: area)
      for model in [YieldModel.murphy(defects), .negativeBinomial(defects, alpha: 3)] {
        #expect(model.yield(of: area) > poisson && model.yield(of: area) < seeds)
      }
    }
  }

  @Test("the negative binomial is Seeds' at alpha 1 and Poisson's without clustering")
  func limits() {
    let defects = DefectsPerSquareCentimeter(0.7)
    for area in [1.0, 50, 400].map({ SquareMillimeters($0) }) {
      #expect(
        isClose(
          YieldModel.negativeBinomial(defects, alpha: 1).yield(of: area), YieldModel.seeds(defects).yield(of: area)))
      #expect(
        isClose(
          YieldModel.negativeBinomial(defects, alpha: 1e9).yield(of: area), YieldModel.poisson(defects).yield(of: area),
          1e-6))
    }
  }

  @Test("vanishing dies all work", arguments: [0.0, 1e-300, 1e-12])
  func vanishing(area: Double) {
    for model in EmbodiedCarbonTests.yields.dropFirst() {
      #expect(isClose(model.yield(of: SquareMillimeters(area)), 1, 1e-9))
    }
  }

  @Test("dies of 10 by 10 mm with cuts of 0.1 mm on 290 mm: 647.5 - 63.8")
  func dies() throws {
    // calculator.academy's worked example: 300 mm with a rim of 5 mm gives about 583.
    let wafer = try Wafer(diameter: Millimeters(300), edge: Millimeters(5), scribe: Millimeters(0.1))
    #expect(isClose(wafer.dies(of: SquareMillimeters(100)), 583.7, 1e-4))
  }

  @Test("rim and cuts by hand: 44 % of a die of 800 mm2, 18 % of 100, 14 % of 10, and 27 % of 1 by its cuts")
  func rim() throws {
    let wafer = try Wafer()
    func loss(_ area: Double) throws -> Double {
      try wafer.areaPerDie(of: SquareMillimeters(area)) / SquareMillimeters(area) - 1
    }
    // pi / 4 * 294^2 / 28.384^2 - pi * 294 / (28.384 sqrt 2) = 84.26 - 23.01 dies on 70686 mm2.
    #expect(isClose(wafer.dies(of: SquareMillimeters(800)), 61.25, 1e-3))
    for (area, percent) in [(800.0, 44.0), (100, 18), (10, 14), (1, 27)] {
      let found = (100 * (try loss(area))).rounded()
      #expect(found == percent)
    }
  }

  @Test(
    "figures outside their ranges are refused",
    arguments: [
      (YieldModel.fixed(0), "yield: expected 0.01 to 1.0, found 0.0"),
      (.fixed(1.01), "yield: expected 0.01 to 1.0, found 1.01"),
      (.poisson(DefectsPerSquareCentimeter(-1)), "defects: expected 0.0001 to 100.0, found -1.0"),
      (.murphy(DefectsPerSquareCentimeter(1e12)), "defects: expected 0.0001 to 100.0, found 1000000000000.0"),
      (.seeds(DefectsPerSquareCentimeter(.nan)), "defects: expected 0.0001 to 100.0, found nan"),
      (.negativeBinomial(YieldModel.defaultDefects, alpha: 0), "alpha: expected 0.05 to 1000.0, found 0.0"),
    ])
  func wrong(model: YieldModel, message: String) throws {
    let error = try #require(throws: InputError.self) { try model.checked() }
    #expect(error.description == message)
  }
}

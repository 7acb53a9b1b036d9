import CLIPUnits
import Testing

@Suite("Figures")
struct FiguresTests {
  @Test(
    "figures have three significant digits",
    arguments: [
      (1234.5, "1235"), (12.345, "12.3"), (0.12345, "0.123"), (0.0012345, "0.00123"), (100, "100"), (0, "0"),
      (-5.678, "-5.68"), (9.996, "10.0"), (-99.96, "-100"), (999.6, "1000"), (0.09996, "0.100"), (1e300, "1e+300"),
    ])
  func significant(value: Double, text: String) { #expect(Figures.significant(value) == text) }

  @Test(
    "times are read at a glance",
    arguments: [
      (0.0123, "12.3 ms"), (5.678, "5.68 s"), (245, "4 min 05 s"), (7620, "2 h 07 min"), (1e300, "?"), (.nan, "?"),
    ])
  func duration(seconds: Double, text: String) { #expect(Figures.duration(seconds) == text) }

  @Test("deviations are written with an exponent")
  func scientific() {
    #expect(Figures.scientific(1.1e-6) == "1.10e-06")
    #expect(Figures.scientific(9.999e-5) == "1.00e-04")
    #expect(Figures.scientific(0) == "0")
  }

  @Test("progress tells how far, how fast and how long")
  func progress() {
    let line = ProgressLine(unit: "images", total: 5000)
    #expect(line.text(done: 1280, seconds: 2) == "1,280 / 5,000 images, 640 images/s, 5.81 s left")
    #expect(line.text(done: 5000, seconds: 2) == "5,000 / 5,000 images, 2500 images/s")
    #expect(ProgressLine(unit: "texts", total: nil).text(done: 10, seconds: 0) == "10 texts, 0 texts/s")
  }

  @Test("numbers are rounded to significant digits, small and large")
  func rounded() {
    #expect(Figures.rounded(1234) == 1230)
    #expect(Figures.rounded(-0.0123449, digits: 4) == -0.01234)
    #expect(Figures.rounded(9.996) == 10)
    #expect(Figures.rounded(0) == 0)
    #expect(Figures.rounded(.leastNonzeroMagnitude) == .leastNonzeroMagnitude)
    #expect(Figures.rounded(.nan).isNaN)
  }

  @Test("decimal places: fixed, or without zeros at the end")
  func places() {
    #expect(Figures.fixed(-0.04, places: 1) == "0.0")
    #expect(Figures.fixed(-1.25, places: 1) == "-1.3")
    #expect(Figures.short(12.50, places: 3) == "12.5")
    #expect(Figures.short(100, places: 2) == "100")
    #expect(Figures.percent(0.95, places: 3) == "95 %")
    #expect(Figures.percent(0.973) == "97.3 %")
  }
}

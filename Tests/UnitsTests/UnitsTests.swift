import Testing
import CLIPUnits

@Suite("Units")
struct UnitsTests {
  @Test("power, time and energy convert into one another")
  func energy() {
    #expect(Watts(35) * Seconds(60) == Joules(2100))
    #expect(Seconds(60) * Watts(35) == Joules(2100))
    #expect(Joules(2100) / Seconds(60) == Watts(35))
    #expect(Joules(2100) / Watts(35) == Seconds(60))
    #expect(KilowattHours(Joules(3_600_000)) == KilowattHours(1))
    #expect(Joules(KilowattHours(0.5)) == Joules(1_800_000))
  }

  @Test("energy times intensity is a mass: 2 kWh at 500 g/kWh are 1 kg")
  func carbon() {
    #expect(KilowattHours(2) * GramsPerKilowattHour(500) == KilogramsCO2e(1))
    #expect(Joules(7_200_000) * GramsPerKilowattHour(500) == KilogramsCO2e(1))
    #expect(KilogramsCO2e(0.25).grams == 250)
  }

  @Test("areas, capacities and rates: 1 cm² is 100 mm², 1 GB is 2³⁰ bytes")
  func making() {
    #expect(SquareMillimeters(100).squareCentimeters == 1)
    #expect(KilowattHoursPerSquareCentimeter(2) * GramsPerKilowattHour(500) == KilogramsPerSquareCentimeter(1))
    #expect(KilogramsPerSquareCentimeter(grams: 500) == KilogramsPerSquareCentimeter(0.5))
    #expect(KilogramsPerSquareCentimeter(0.5) * SquareMillimeters(200) == KilogramsCO2e(1))
    #expect(DefectsPerSquareCentimeter(0.5) * SquareMillimeters(50) == 0.25)
    #expect(Gigabytes(bytes: 1 << 30) == Gigabytes(1) && Gigabytes(bytes: 1 << 27) == Gigabytes(0.125))
    #expect(GramsPerGigabyte(184) * Gigabytes(2) == KilogramsCO2e(0.368))
    #expect(Hertz(2) * Seconds(60) == 120)
  }

  @Test("quantities of one unit add, scale, divide and compare")
  func arithmetic() {
    #expect(Joules(3) + Joules(4) - Joules(2) == Joules(5))
    #expect(2 * Joules(3) == Joules(3) * 2)
    #expect(Joules(3) / 2 == Joules(1.5))
    #expect(Joules(6) / Joules(4) == 1.5)
    #expect(Joules(3) < Joules(4))
    #expect(-Joules(3) == Joules(-3))
    #expect([SquareMillimeters(1), SquareMillimeters(2)].reduce(.zero, +) == SquareMillimeters(3))
    var sum = Joules.zero
    sum += Joules(7)
    #expect(sum.value == 7)
  }

  @Test(
    "descriptions have three significant digits and a fitting prefix",
    arguments: [
      (Joules(1234).description, "1.23 kJ"),
      (Joules(0).description, "0 J"),
      (Joules(1).description, "1.00 J"),
      (Joules(0.5).description, "500 mJ"),
      (Joules(999.4).description, "999 J"),
      (Joules(999.7).description, "1.00 kJ"),
      (Joules(9.996).description, "10.0 J"),
      (Joules(-2_500_000).description, "-2.50 MJ"),
      (Joules(123_456_789_000_000).description, "123000 GJ"),
      (Joules(.infinity).description, "inf J"),
      (KilogramsCO2e(0.00456).description, "4.56 gCO2e"),
      (KilogramsCO2e(0.0000123).description, "12.3 mgCO2e"),
      (KilogramsCO2e(9.46e-8).description, "94.6 µgCO2e"),
      (KilogramsCO2e(1234).description, "1.23 tCO2e"),
      (KilowattHours(0.789).description, "0.789 kWh"),
      (KilowattHours(0.0456).description, "45.6 Wh"),
      (KilowattHours(2e-7).description, "0.200 mWh"),
      (KilowattHours(0.09999).description, "0.100 kWh"),
      (KilowattHours(12.34).description, "12.3 kWh"),
      (GramsPerKilowattHour(473.05).description, "473 gCO2e/kWh"),
      (GramsPerKilowattHour(7.3).description, "7.30 gCO2e/kWh"),
      (Watts(0.392).description, "392 mW"),
      (Seconds(59).description, "59.0 s"),
      (Seconds(150).description, "2.50 min"),
      (Seconds(9000).description, "2.50 h"),
      (Seconds(0.0021).description, "2.10 ms"),
      (SquareMillimeters(0.0512).description, "0.0512 mm²"),
      (SquareMillimeters(814).description, "814 mm²"),
      (Gigabytes(0.125).description, "128 MB"),
      (Gigabytes(4).description, "4.00 GB"),
      (Nanometers(22).description, "22.0 nm"),
      (Millimeters(0.08).description, "80.0 µm"),
      (KilogramsPerSquareCentimeter(1.576816).description, "1.58 kgCO2e/cm²"),
      (KilogramsPerSquareCentimeter(0.175).description, "175 gCO2e/cm²"),
      (Hertz(625e6).description, "625 MHz"),
      (GramsPerGigabyte(48).description, "48.0 gCO2e/GB"),
    ])
  func descriptions(found: String, expected: String) { #expect(found == expected) }

  @Test("tiny and huge values print without trapping", arguments: [1e-300, 1e300, .leastNonzeroMagnitude, .nan])
  func extremes(value: Double) {
    #expect(Joules(value).description.hasSuffix("J"))
    #expect(SquareMillimeters(value).description.hasSuffix("mm²"))
  }
}

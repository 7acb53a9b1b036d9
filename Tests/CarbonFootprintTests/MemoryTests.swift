import CLIPCarbonFootprint
import CLIPFiles
import Testing
import CLIPUnits

@Suite("DRAM")
struct MemoryTests {
  @Test(
    "the next size up from the model's bytes doubles the smallest device",
    arguments: [
      (1, 0.125), (41_000_000, 0.125), (134_217_728, 0.125), (134_217_729, 0.25), (149_000_000, 0.25),
      (1_073_741_824, 1.0), (7_000_000_000, 8.0), (1_000_000_000_000, 1024.0),
    ] as [(Int, Double)])
  func nextSize(bytes: Int, gigabytes: Double) throws {
    #expect(try MemoryTable().type("lpddr4").nextSizeUp(from: bytes) == Gigabytes(gigabytes))
  }

  @Test("a model of no bytes or too many is refused", arguments: [0, -1, Int.min, Int.max])
  func nothing(bytes: Int) throws {
    let type = try MemoryTable().type("lpddr4")
    let error = try #require(throws: InputError.self) { try type.nextSizeUp(from: bytes) }
    #expect(error.description == "model size: expected 1 byte to 65536 GB, found \(bytes) bytes")
  }

  @Test(
    "ACT's figures before yield",
    arguments: [
      ("lpddr4", 48.0), ("ddr4-10nm", 65), ("lpddr2-20nm", 159), ("lpddr3-20nm", 184), ("lpddr3-30nm", 201),
      ("ddr3-30nm", 230), ("ddr3-40nm", 315), ("ddr3-50nm", 600),
    ])
  func figures(code: String, grams: Double) throws {
    #expect(try MemoryTable().type(code).carbonPerGigabyte == GramsPerGigabyte(grams))
    #expect(try MemoryTable().type(code.uppercased()).code == code)
  }

  @Test("a capacity that follows the model needs its size")
  func unknownSize() throws {
    var manufacture = try EmbodiedCarbonTests.reference()
    manufacture.memory = try MemoryPlan(type: MemoryTable().type("lpddr4"), capacity: .nextSizeUp)
    let embodied = try manufacture.embodied(area: SquareMillimeters(5), modelBytes: 63_000_000)
    #expect(isClose(embodied.memory.grams, 48 * 0.125 / 0.875))
    #expect(embodied.memorySummary == "LPDDR4, 128 MB, next size up from the model")
    let error = try #require(throws: InputError.self) { try manufacture.embodied(area: SquareMillimeters(5)) }
    #expect(
      error.description == "dram: the capacity follows the model's size, which is not known; "
        + "give the size, or a fixed capacity such as 1 GB")
  }

  @Test("what is unknown or absurd is refused")
  func wrong() throws {
    let table = try MemoryTable()
    let unknown = try #require(throws: InputError.self) { try table.type("lpdr4") }
    #expect(unknown.description == "type: unknown DRAM \"lpdr4\"; did you mean \"lpddr4\"?")
    let type = try table.type("lpddr4")
    for size in [0, -1, 1e12, Double.nan, .infinity] {
      #expect(throws: InputError.self) { try MemoryPlan(type: type, capacity: .fixed(Gigabytes(size))) }
    }
    for yield in [0, -1, 1.5, Double.nan] {
      #expect(throws: InputError.self) { try MemoryPlan(type: type, capacity: .nextSizeUp, yield: yield) }
    }
  }

  /// Totals of the paper's table 3 in kgCO2e, printed to 0.01: CarbonCLIP-XS, CarbonCLIP-S, TinyCLIP-39M/16, CLIP-B/16.
  private static let printed = (extraSmall: 0.32, small: 0.36, tiny: 0.44, base: 0.54)

  /// The DRAM decides the paper's headline.
  @Test(
    "CarbonCLIP-S emits 18 % less than TinyCLIP-39M/16 with 1 GB of LPDDR3, 28 % less with LPDDR4, 35 % without DRAM",
    arguments: [("lpddr3-20nm", 18.0), ("lpddr4", 28), ("none", 35)])
  func headline(code: String, percent: Double) throws {
    let inPaper = try EmbodiedCarbonTests.reference().embodied(area: SquareMillimeters(5)).memory
    var manufacture = try EmbodiedCarbonTests.reference()
    manufacture.memory =
      try code == "none" ? nil : MemoryPlan(type: MemoryTable().type(code), capacity: .fixed(Gigabytes(1)))
    let instead = try manufacture.embodied(area: SquareMillimeters(5)).memory
    let small = KilogramsCO2e(Self.printed.small) - inPaper + instead
    let tiny = KilogramsCO2e(Self.printed.tiny) - inPaper + instead
    #expect((100 * (1 - small / tiny)).rounded() == percent)
  }

  @Test("1 GB of LPDDR3 is two thirds of CarbonCLIP-XS and two fifths of CLIP-B/16")
  func share() throws {
    let memory = try EmbodiedCarbonTests.reference().embodied(area: SquareMillimeters(5)).memory
    #expect((100 * (memory / KilogramsCO2e(Self.printed.extraSmall))).rounded() == 66)
    #expect((100 * (memory / KilogramsCO2e(Self.printed.base))).rounded() == 39)
  }
}

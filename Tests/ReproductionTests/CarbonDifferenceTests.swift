import CLIPCarbonFootprint
import CLIPReproduction
import Testing
import CLIPUnits

@Suite("Claims from printed totals")
struct CarbonDifferenceTests {
  private static func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }

  @Test("S against TinyCLIP-39M/16 by hand: as printed, as far as the digits go, with other DRAM")
  func byHand() {
    let s = KilogramsCO2e(0.36), other = KilogramsCO2e(0.44)
    let printed = CarbonDifference(s, below: other)
    #expect(Self.isClose(printed.less, 0.08 / 0.44))
    #expect(Self.isClose(printed.least, 1 - 0.365 / 0.435))
    #expect(Self.isClose(printed.most, 1 - 0.355 / 0.445))
    // 1 GB of LPDDR3 at 184 g, of LPDDR4 at 48 g, seven of eight work.
    let lpddr3 = KilogramsCO2e(0.184 / 0.875), lpddr4 = KilogramsCO2e(0.048 / 0.875)
    let none = CarbonDifference(s, below: other, replacing: (printed: lpddr3, other: .zero))
    #expect(Self.isClose(none.less, 0.08 / (0.44 - 0.184 / 0.875)))
    let newer = CarbonDifference(s, below: other, replacing: (printed: lpddr3, other: lpddr4))
    #expect(Self.isClose(newer.less, 0.08 / (0.44 - 0.136 / 0.875)))
    // What docs/carbon.md says: 18, 28 and 35 %.
    #expect([printed.less, newer.less, none.less].map { ($0 * 100).rounded() } == [18, 28, 35])
  }

  @Test("every claim of the text is within the rounding of its table, but for half a percent")
  func claims() throws {
    for claim in try PublishedTables().claims {
      let printed = CarbonDifference(claim.model.carbon, below: claim.against.carbon)
      #expect(claim.less > printed.least - 0.005 && claim.less < printed.most + 0.005)
    }
  }

  @Test("verdicts")
  func verdicts() {
    typealias Verdict = Conclusion.Verdict
    #expect(Verdict(less: 0.2, claimed: 0.17, probability: 1) == .survives)
    #expect(Verdict(less: 0.1, claimed: 0.17, probability: 0.96) == .weaker)
    #expect(Verdict(less: 0.2, claimed: 0.17, probability: 0.9) == .undecided)
    #expect(Verdict(less: -0.1, claimed: 0.03, probability: 0.01) == .reversed)
    #expect(Verdict(0.9, atLeast: 0.9, none: 0) == .survives)
    #expect(Verdict(0.5, atLeast: 0.9, none: 0) == .weaker)
    #expect(Verdict(0, atLeast: 0.9, none: 0) == .reversed)
  }
}

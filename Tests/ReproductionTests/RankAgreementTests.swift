import CLIPReproduction
import Testing

@Suite("Rank agreement")
struct RankAgreementTests {
  private func agreement(_ a: [Double], _ b: [Double]) -> RankAgreement { RankAgreement(Array(zip(a, b))) }

  @Test("the same order is 1, the opposite -1, and no order at all 0")
  func ends() {
    #expect(agreement([1, 2, 3, 4], [10, 20, 30, 40]).spearman == 1)
    #expect(agreement([1, 2, 3, 4], [10, 20, 30, 40]).kendall == 1)
    #expect(agreement([1, 2, 3, 4], [4, 3, 2, 1]).spearman == -1)
    #expect(agreement([1, 2, 3, 4], [4, 3, 2, 1]).kendall == -1)
    #expect(agreement([1, 2, 3], [5, 5, 5]).spearman == 0)
    #expect(agreement([1, 2, 3], [5, 5, 5]).kendall == 0)
  }

  @Test("by hand, with ties")
  func ties() {
    // Ranks 1, 2.5, 2.5, 4 and 2, 1, 3.5, 3.5: products of what is off the mean 2.5 sum up to 2.25, squares to 4.5 each.
    // Of six pairs one is tied in each list; of the four that are tied in none, three agree.
    let found = agreement([1, 2, 2, 3], [5, 4, 6, 6])
    #expect(abs(found.spearman - 2.25 / 4.5) < 1e-12)
    #expect(abs(found.kendall - 2.0 / 5) < 1e-12)
  }
}

import CLIPCompute
import Testing

@Suite("Philox")
struct PhiloxTests {
  /// The known answers that the authors publish with Random123 1.14 (`kat_vectors`, philox4x32 with 10 rounds).
  @Test("blocks equal the authors' known answers")
  func knownAnswers() {
    let all = UInt32.max
    let zeros = Philox.block(counter: (0, 0, 0, 0), key: (0, 0))
    #expect(zeros == (0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    let ones = Philox.block(counter: (all, all, all, all), key: (all, all))
    #expect(ones == (0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    let digits = Philox.block(
      counter: (0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: (0xA409_3822, 0x299F_31D0))
    #expect(digits == (0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }

  @Test("streams of other seeds, purposes and indices share nothing")
  func streams() {
    func first(_ seed: UInt64, _ purpose: Philox.Purpose, _ index: UInt64) -> [UInt32] {
      var random = Philox(seed: seed, purpose: purpose, index: index)
      return (0..<8).map { _ in random.nextWord() }
    }
    let streams = [
      first(1, .shuffling, 0), first(2, .shuffling, 0), first(1, .parameters, 0), first(1, .shuffling, 1),
      first(1, .shuffling, 1 << 40),
    ]
    #expect(Set(streams.flatMap { $0 }).count == 40)
    #expect(first(1, .shuffling, 0) == streams[0])
  }

  @Test("whole numbers below a bound are uniform", arguments: [1, 2, 3, 7, 100])
  func integers(bound: Int) {
    var random = Philox(seed: 9, purpose: .test), counts = [Int](repeating: 0, count: bound)
    let draws = 2000 * bound
    for _ in 0..<draws { counts[random.integer(below: bound)] += 1 }
    // Six standard deviations of a binomial count: one false alarm in 500 million.
    for count in counts { #expect(abs(Double(count) - 2000) <= 6 * 2000.0.squareRoot()) }
  }

  @Test("normal numbers have mean 0 and variance 1")
  func normal() {
    var random = Philox(seed: 2, purpose: .test)
    let values = (0..<100_000).map { _ in Double(random.normal()) }
    let mean = values.reduce(0, +) / 1e5
    #expect(abs(mean) < 0.02)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 1e5 - 1) < 0.03)
    let areFinite = values.allSatisfy { $0.isFinite }
    #expect(areFinite)
  }

  @Test("a shuffle keeps every element")
  func shuffle() {
    var random = Philox(seed: 1, purpose: .shuffling), elements = Array(0..<100)
    random.shuffle(&elements)
    #expect(elements != Array(0..<100))
    #expect(elements.sorted() == Array(0..<100))
  }
}

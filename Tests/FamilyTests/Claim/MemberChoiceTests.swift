import CLIPFamily
import CLIPFiles
import Testing

@Suite("Members chosen by carbon alone")
struct MemberChoiceTests {
  private func candidates(_ figures: [(carbon: Double, accuracy: Double)]) -> [MemberChoice.Candidate] {
    figures.enumerated().map { trial, one in
      MemberChoice.Candidate(trial: trial, sizes: [:], accuracy: one.accuracy, carbon: one.carbon)
    }
  }

  private let front = [
    (carbon: 1.0, accuracy: 0.54), (2, 0.56), (4, 0.6), (8, 0.64), (16, 0.68), (32, 0.695), (64, 0.699),
  ]

  private func chosen(_ count: Int, _ list: [MemberChoice.Candidate]) throws -> [Double] {
    try MemberChoice.chosen(count, of: list, base: 0.7, (0.15, 0.01), "test").map(\.carbon)
  }

  @Test("evenly in the logarithm of carbon, between the least that lose 15 points and 1 point at the most, by hand")
  func evenly() throws {
    // 0.54 loses more than 15 points; 0.699 is more than is needed.
    #expect(try chosen(5, candidates(front)) == [2, 4, 8, 16, 32])
    #expect(try chosen(3, candidates(front)) == [2, 8, 32])
    #expect(try chosen(2, candidates(front)) == [2, 32])
    #expect(try chosen(1, candidates(front)) == [32])
    // What is beaten in both is not on the front; of steps that meet the nearest that is left is taken.
    let more = candidates(front + [(7.9, 0.63), (8.1, 0.641), (5, 0.55)])
    #expect(try chosen(3, more) == [2, 8, 32])
    #expect(try chosen(5, more) == [2, 4, 8, 16, 32])
    let shuffled = Array(more.reversed())
    #expect(try chosen(5, shuffled) == [2, 4, 8, 16, 32])
  }

  @Test("the base model's own shape is no member, though it may beat one; too few models are refused")
  func base() throws {
    let whole = MemberChoice.Candidate(trial: 9, sizes: [:], accuracy: 0.7, carbon: 20, isEligible: false)
    #expect(throws: InputError.self) { try chosen(3, candidates(front) + [whole]) }
    #expect(throws: InputError.self) { try chosen(6, candidates(front)) }
    let dear = MemberChoice.Candidate(trial: 9, sizes: [:], accuracy: 0.7, carbon: 200, isEligible: false)
    #expect(try chosen(5, candidates(front) + [dear]) == [2, 4, 8, 16, 32])
  }
}

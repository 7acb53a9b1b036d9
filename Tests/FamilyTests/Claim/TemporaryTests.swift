import CLIPCompute
import CLIPFamily
import Testing

@Suite("Temporary")
struct TemporaryTests {
  @Test("size")
  func size() throws {
    var random = Philox(seed: 1, purpose: .test)
    func right(_ share: Float) -> [[[Bool]]] {
      [1265, 778].map { count in (0..<8).map { _ in (0..<count).map { _ in random.uniform() < share } } }
    }
    var models = [ClaimModel("whole", .whole, right: right(0.65))]
    for m in 0..<5 { models.append(ClaimModel("m\(m)", .member, right: right(0.5 + 0.03 * Float(m)))) }
    for m in 0..<54 { models.append(ClaimModel("r\(m)", .simple, right: right(0.48 + 0.003 * Float(m)))) }
    let clock = ContinuousClock(), start = clock.now
    let study = try ClaimStudy(models, on: ThreadPool(threads: 2))
    print("accuracies", clock.now - start)
    let stated = models.map { 10 * $0.accuracy * $0.accuracy }
    let draws = stated.map { one in (0..<10_000).map { one * (0.8 + 0.4 * Double($0) / 10_000) } }
    let result = try study.result(of: [
      ClaimCarbon(use: "a", stated: stated, draws: draws), ClaimCarbon(use: "b", stated: stated, draws: draws),
    ])
    print("one frame, two uses", clock.now - start, result.shares[.all] as Any)
  }
}

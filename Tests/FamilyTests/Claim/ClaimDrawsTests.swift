import CLIPFamily
import Testing

@Suite("The draws of a claim")
struct ClaimDrawsTests {
  private typealias Fixture = ClaimFixture

  private func width(_ range: ClosedRange<Double>) -> Double { range.upperBound - range.lowerBound }

  @Test("pictures alone err as shares of so many do")
  func binomial() throws {
    let study = try Fixture.study(
      [Fixture.model("s", .member, 240, of: 400), Fixture.model("whole", .whole, 400, of: 400)], draws: 4000)
    // One standard error of 0.6 of 400 is 0.0245; 90 % lie within 1.645 of them.
    let range = study.accuracyRange(of: 0)
    #expect(abs(width(range) - 2 * 1.645 * (0.24 / 400).squareRoot()) < 0.006)
    #expect(study.accuracyRange(of: 1) == 1...1)
  }

  @Test("what models err on alike says nothing of their difference: pictures are paired")
  func paired() throws {
    let study = try Fixture.study(
      [
        Fixture.model("s", .member, 60), Fixture.model("alike", .simple, 57),
        Fixture.model("apart", .simple, 57, from: 43), Fixture.model("whole", .whole, 60),
      ], draws: 4000)
    let alike = study.difference(of: 0, from: 1), apart = study.difference(of: 0, from: 2)
    #expect(abs(alike.stated - 0.03) < 1e-12 && abs(apart.stated - 0.03) < 1e-12)
    // They differ in 3 of 100 pictures, or in 83: standard errors of 0.017 and 0.091.
    #expect(width(alike.range) < 0.07 && width(apart.range) > 0.25)
    #expect(study.difference(of: 0, from: 3).range == 0...0)
    // Drawn for each by itself, even models that are right on the same pictures would differ by 0.07 either way.
    #expect(width(study.accuracyRange(of: 0)) > 0.13)
  }

  @Test("seeds are drawn for each training; its arithmetics share them")
  func seeds() throws {
    let right = Fixture.model("", .simple, 50, 70).right
    let study = try Fixture.study(
      [
        Fixture.model("s", .member, 50, 70), ClaimModel("r", .simple, arithmetic: "int8", right: right),
        ClaimModel("r", .simple, arithmetic: "w4a8", right: right), Fixture.model("whole", .whole, 60),
      ], draws: 2000)
    // Means of two draws of 0.5 and 0.7: a quarter each at the ends.
    let alone = study.difference(of: 0, from: 3).ranges[.seeds]
    #expect(alone.map { abs($0.lowerBound + 0.1) < 1e-12 && abs($0.upperBound - 0.1) < 1e-12 } == true)
    #expect(study.difference(of: 1, from: 2).range == 0...0)
    let apart = study.difference(of: 0, from: 1)
    #expect(apart.ranges[.seeds].map { abs($0.upperBound - 0.2) < 1e-12 } == true)
    // On the same pictures with the same seeds both would be the same.
    #expect(apart.ranges[.pictures] == 0...0)
  }

  @Test("carbon that errs alike leaves savings as they are; carbon that errs apart does not")
  func carbon() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("small", .simple, 60), Fixture.model("whole", .whole, 60),
    ]
    let factors = (0..<400).map { 0.5 + Double($0) / 400 }
    func saved(_ draws: [[Double]]) throws -> DrawnFigure {
      try Fixture.study(models).result(of: [ClaimCarbon(use: "camera", stated: [10, 20, 90], draws: draws)]).least[0]
        .saved
    }
    let alike = try saved([factors.map { 10 * $0 }, factors.map { 20 * $0 }, factors.map { 90 * $0 }])
    #expect(alike.stated == 0.5 && width(alike.range) < 1e-12)
    let apart = try saved([factors.map { 10 * $0 }, factors.map { _ in 20 }, factors.map { 90 * $0 }])
    #expect(apart.stated == 0.5 && width(apart.range) > 0.4)
    #expect(apart.ranges[.pictures] == 0.5...0.5 && apart.ranges[.carbon] == apart.range)
  }

  @Test("statements hold in so many draws, jointly; who decides is who is a rival so often")
  func shares() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("small", .simple, 60), Fixture.model("other", .simple, 60),
      Fixture.model("whole", .whole, 60),
    ]
    // In a quarter of the draws a half is saved, in three quarters 0.2 against the other: more than 0.17, not 0.3.
    let draws = (0..<400).map { $0 % 4 == 0 }
    let found = try Fixture.study(models).result(of: [
      ClaimCarbon(
        use: "camera", stated: [10, 20, 30, 90],
        draws: [draws.map { _ in 10 }, draws.map { _ in 20 }, draws.map { $0 ? 30 : 12.5 }, draws.map { _ in 90 }])
    ])
    let all = try #require(found.shares[.all])
    #expect(all.most == 0.25 && all.all == 1 && all.both == 0.25 && found.isReached)
    #expect(found.shares[.pictures]?.both == 1 && found.shares[.carbon]?.both == 0.25)
    #expect(found.uses[0].rows[0].rivals == [1: 0.25, 2: 0.75] && found.deciding == [1: 0.25, 2: 0.75])
  }

  @Test("two models are called equal where nine of ten draws of their difference lie within the margin")
  func equal() throws {
    func isEqual(_ pictures: Int, _ right: Int) throws -> Bool {
      let models = [
        Fixture.model("s", .member, 600, of: pictures), Fixture.model("r", .simple, right, of: pictures),
        Fixture.model("whole", .whole, pictures, of: pictures),
      ]
      return try Fixture.result(models, [10, 20, 90]).uses[0].rows[0].isEqual
    }
    // 1 point apart on pictures that both have: within 3 points. 2.9 points apart: not for sure.
    #expect(try isEqual(1000, 590))
    #expect(try !isEqual(1000, 571))
  }

  @Test("the same draws on any number of threads; others for another seed")
  func deterministic() throws {
    let models = [
      Fixture.model("s", .member, 60, 63), Fixture.model("small", .simple, 58, 61, 55, from: 7),
      Fixture.model("whole", .whole, 66),
    ]
    func found(threads: Int, seed: UInt64) throws -> ClaimResult {
      let study = try Fixture.study(models, draws: 700, seed: seed, threads: threads)
      return try study.result(of: [ClaimCarbon(use: "camera", stated: [10, 20, 90])])
    }
    let one = try found(threads: 1, seed: 0), same = try found(threads: 3, seed: 0),
      other = try found(threads: 1, seed: 1)
    func figures(_ result: ClaimResult) -> [DrawnFigure] {
      result.uses[0].rows.map(\.difference) + result.least.map(\.strictly)
    }
    #expect(figures(one) == figures(same) && one.shares == same.shares)
    #expect(figures(one) != figures(other))
  }
}

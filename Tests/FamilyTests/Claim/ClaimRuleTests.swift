import CLIPCarbonFootprint
import CLIPFamily
import CLIPFiles
import Foundation
import Testing

@Suite("The rule of a claim")
struct ClaimRuleTests {
  private typealias Fixture = ClaimFixture

  private func near(_ one: Double, _ other: Double) -> Bool { abs(one - other) < 1e-12 }

  @Test("the rival is the cheapest within the margin; the family's carbon is read at the rival's accuracy, by hand")
  func byHand() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("l", .member, 80),
      // Exactly the margin below s; a point less is too little.
      Fixture.model("small", .simple, 57), Fixture.model("tiny", .simple, 56),
      Fixture.model("middle", .simple, 70), Fixture.model("large", .simple, 78), Fixture.model("whole", .whole, 85),
    ]
    let found = try Fixture.result(models, [10, 40, 20, 12, 30, 60, 100]), rows = found.uses[0].rows
    #expect(rows.map { models[$0.rival].training } == ["small", "large"])
    // Below the smallest member the family emits what that one does.
    #expect(near(rows[0].saving.saved.stated, 0.5) && near(rows[0].saving.strictly.stated, 0.5))
    // 0.78 is nine tenths of the way from 0.6 to 0.8 and from 10 to 40: 10 * 4^0.9 = 34.8.
    #expect(near(rows[1].saving.saved.stated, 1 - 10 * pow(4, 0.9) / 60))
    #expect(near(rows[1].saving.strictly.stated, 1 - 40.0 / 60))
    #expect(near(rows[1].difference.stated, 0.02) && rows.allSatisfy { !$0.isAgainstBase })
    // Against any other model at its accuracy: half way between the members 20 of 30.
    #expect(near(try #require(found.uses[0].against[4]).stated, 1 - 20.0 / 30))
    // The rival of s counts by a cheaper one that is within the margin of it.
    #expect(near(rows[0].saving.byCheaper.stated, 1 - 10.0 / 12))
    #expect(found.least.map(\.saved) == rows.map(\.saving.saved) && found.isReached)
  }

  @Test("above the most accurate member nothing is saved, whatever the rival costs")
  func above() throws {
    let found = try Fixture.result(
      [
        Fixture.model("l", .member, 80), Fixture.model("better", .simple, 81), Fixture.model("whole", .whole, 85),
      ], [40, 90, 100])
    let saving = found.uses[0].rows[0].saving
    #expect(saving.saved.stated == 0 && near(saving.strictly.stated, 1 - 40.0 / 90))
  }

  @Test("where no rival is accurate enough, the base model stands in for one, in its most accurate arithmetic")
  func againstBase() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("l", .member, 80), Fixture.model("whole", .whole, 70),
      ClaimModel("whole", .whole, arithmetic: "w4a8", right: Fixture.model("", .whole, 30).right),
      Fixture.model("weak", .simple, 50),
    ]
    let row = try Fixture.result(models, [10, 40, 100, 20, 15]).uses[0].rows[1]
    #expect(row.isAgainstBase && row.rival == 2)
    // At 0.7 the family emits 20.
    #expect(near(row.saving.saved.stated, 0.8) && near(row.saving.strictly.stated, 0.6))
  }

  @Test("a member that another beats is no part of the family's front, but it has its rival")
  func beaten() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("beaten", .member, 70), Fixture.model("l", .member, 80),
      Fixture.model("rival", .simple, 70), Fixture.model("whole", .whole, 90),
    ]
    let found = try Fixture.result(models, [10, 50, 40, 30, 100])
    let row = found.uses[0].rows[1]
    #expect(row.rival == 3 && near(row.saving.saved.stated, 1 - 20.0 / 30))
    #expect(near(row.saving.strictly.stated, 1 - 50.0 / 30))
    #expect(try Fixture.study(models).familyFront(ClaimCarbon(use: "", stated: [10, 50, 40, 30, 100])) == [0, 2])
  }

  @Test("of several uses the one counts in which a member saves less, member by member")
  func leastUse() throws {
    let models = [
      Fixture.model("s", .member, 60), Fixture.model("l", .member, 80), Fixture.model("small", .simple, 60),
      Fixture.model("large", .simple, 80), Fixture.model("whole", .whole, 90),
    ]
    let found = try Fixture.study(models).result(of: [
      ClaimCarbon(use: "battery", stated: [10, 40, 20, 50, 100]),
      ClaimCarbon(use: "mains", stated: [10, 40, 15, 80, 100]),
    ])
    #expect(near(found.least[0].saved.stated, 1 - 10.0 / 15) && near(found.least[1].saved.stated, 0.2))
    #expect(found.uses.map(\.name) == ["battery", "mains"])
  }

  @Test("sets count alike, whatever their sizes; seeds are averaged")
  func sets() {
    let one = ClaimModel(
      "a", .member, right: [[[true, true, false, false], [true, true, true, true]], [[false], [false]]])
    #expect(one.accuracy(on: 0) == 0.75 && one.accuracy(on: 1) == 0 && one.accuracy == 0.375 && one.seeds == 2)
  }

  @Test("models that were measured on other pictures, and claims without members or base, are refused")
  func refused() throws {
    let member = Fixture.model("s", .member, 6, of: 10), whole = Fixture.model("whole", .whole, 6, of: 10)
    func message(_ models: [ClaimModel]) -> String {
      do {
        _ = try Fixture.study(models)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message([member, whole]).isEmpty)
    #expect(message([member, Fixture.model("whole", .whole, 6, of: 11)]).contains("other pictures"))
    #expect(message([member]).contains("needs members and the base model"))
    #expect(message([whole]).contains("needs members and the base model"))
    #expect(message([]).contains("train the family first"))
    let twice = ClaimModel("s", .member, arithmetic: "w4a8", right: Fixture.model("", .member, 6, 5, of: 10).right)
    #expect(message([member, whole, twice]).contains("seeds"))
    #expect(throws: InputError.self) {
      try Fixture.study([member, whole]).result(of: [ClaimCarbon(use: "camera", stated: [1])])
    }
    #expect(throws: InputError.self) { try Fixture.study([member, whole], draws: 3) }
  }
}

import CLIPAccelerators
import CLIPAssessment
import CLIPReproduction
import Testing
import CLIPUnits

/// Totals of the original estimator, run unmodified, for shapes of the paper's tables on other accelerators.
@Suite("The family's figures")
struct FamilyFiguresTests {
  struct Recorded {
    let model: String
    let design: AcceleratorDesign
    let latency, energy, embodied, total: Double
  }

  /// Rows 1, 46 and 51 of the recorded models: `Tests/AcceleratorsTests/Fixtures/estimator.csv`.
  static let recorded = [
    Recorded(
      model: "CLIP-B/16 DataComp",
      design: .init(
        clusters: 2, width: 256, depth: 16, l2Kilobytes: 1024, l2BytesPerCycle: 32, bufferMegabytes: 8),
      latency: 0.020175704900000004, energy: 0.18128579196454597, embodied: 0.5589626759331046,
      total: 0.6616912913796806),
    Recorded(
      model: "TinyCLIP-39M/16",
      design: .init(
        clusters: 2, width: 256, depth: 64, l2Kilobytes: 512, l2BytesPerCycle: 128, bufferMegabytes: 4),
      latency: 0.0029430702875000007, energy: 0.08319150978622286, embodied: 0.5591209794091517,
      total: 0.606262834954678),
    Recorded(
      model: "TinyCLIP-39M/32",
      design: .init(
        clusters: 4, width: 64, depth: 8, l2Kilobytes: 512, l2BytesPerCycle: 64, bufferMegabytes: 8),
      latency: 0.0041098512, energy: 0.04661512121693392, embodied: 0.5199090036060054, total: 0.546324238962268),
  ]

  @Test("in the reference's set-ups they are what the original estimator says", arguments: recorded.indices)
  func reference(index: Int) throws {
    let recorded = Self.recorded[index], setups = try Setups()
    let member = try #require(try PublishedTables().family.first { $0.name == recorded.model })
    func total(_ setup: Setup) throws -> Double {
      try setup.assessor.assess(member.configuration, on: recorded.design, named: "x").carbon.total.value
    }
    let found = try setups.referenceDefault.assessor.assess(member.configuration, on: recorded.design, named: "x")
    #expect(abs(found.estimate.latency.value / recorded.latency - 1) < 1e-9)
    #expect(abs(try total(setups.referenceDefault) / recorded.total - 1) < 1e-9)
    // 224 g/kWh for 68, and one inference a second, six hours a day, three years, for 30 million.
    let kilowattHours = recorded.energy / 3.6e6
    let published = recorded.embodied + 30e6 * kilowattHours * 0.224
    let stated = recorded.embodied + Double(3 * 365 * 6 * 3600) * kilowattHours * 0.224
    #expect(abs(try total(setups.referencePublished) / published - 1) < 1e-9)
    #expect(abs(try total(setups.referenceStated) / stated - 1) < 1e-9)
  }

  @Test("six of CarbonCLIP's eight rows are the printed ones in the published set-up, to their last digit")
  func printed() throws {
    let setups = try Setups()
    let own = try PublishedTables().family.filter(\.isOwn).map { try FamilyFigures($0, setups) }
    let off = own.map { abs($0[setups.referencePublished].carbon.total.value - $0.member.carbon.value) }
    #expect(off.count { $0 <= 0.005 } == 6)
    #expect(own.allSatisfy { $0.member.carbon - $0[setups.referenceDefault].carbon.total > KilogramsCO2e(0.03) })
  }
}

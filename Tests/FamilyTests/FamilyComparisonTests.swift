import Foundation
import CLIPAccelerators
import CLIPAssessment
import CLIPCarbonFootprint
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPSearch
import Testing
import CLIPUnits

@Suite("A family's claim")
struct FamilyComparisonTests {
  private static let footprint: RunFootprint = {
    do {
      return RunFootprint(of: try EnergyMeter(), grid: try GridTable().grid(nil), pue: 1, threads: 1)
    } catch { fatalError("\(error)") }
  }()

  private func model(_ name: String, _ kind: FamilyModel.Kind, width: Int, _ accuracies: [Double]) -> FamilyModel {
    let runs = accuracies.enumerated().map { seed, accuracy in
      let measured = CandidateMeasurement.Accuracy(
        mean: accuracy, standardError: 0.006, imageRecall: accuracy, textRecall: accuracy)
      let measurement = CandidateMeasurement(
        float32: measured, int8: measured, parameters: 1, multiplyAdds: 1, samples: 1, times: .init(), checkpoint: "x")
      return FamilyModel.Run(
        seed: seed, key: "\(seed)", validation: measurement, test: measurement, classes: nil, footprint: Self.footprint)
    }
    return FamilyModel(name, kind, ["vision-width": .integer(width)], runs: runs)
  }

  private func comparison(_ models: [FamilyModel]) throws -> FamilyComparison {
    let fixture = try SearchFixture()
    let search = try fixture.recipe([
      "pretrained": "\(SearchFixture.root)/checkpoints/base", "model-space": "{vision-width: [48, 96]}",
    ])
    guard case .space(let space) = search.hardware else { throw InputError("no space") }
    let account = CarbonAccount("physical", search.assessor, space, limits: [])
    return try FamilyComparison(
      FamilyPrices(FamilyRecord(models), of: search, in: account, on: ThreadPool(threads: 2)), .int8)
  }

  @Test("mean and standard error over seeds, by hand")
  func statistics() {
    let found = SeedStatistics([0.8, 0.82, 0.87], sampling: [0.01, 0.01, 0.013])
    #expect(abs(found.mean - 0.83) < 1e-12)
    // Squares 0.0009, 0.0001, 0.0016; their sum over 2 is 0.0013, over 3 seeds 0.000433.
    #expect(abs(found.seedError - (0.0013 / 3).squareRoot()) < 1e-12)
    #expect(abs(found.samplingError - 0.011) < 1e-12)
    #expect(SeedStatistics([0.5]).seedError == 0)
  }

  @Test("a member's rival is the baseline of least carbon that it equals, and the saving is that of their totals")
  func rival() throws {
    let found = try comparison([
      model("s", .member, width: 48, [0.70, 0.71, 0.72]),
      // One standard error of the difference is 0.0082: the first is within it, the second is not.
      model("near", .baseline, width: 96, [0.707, 0.717, 0.727]),
      model("wide", .baseline, width: 128, [0.708, 0.718, 0.726]),
      model("far", .baseline, width: 128, [0.72, 0.73, 0.74]),
      model("low", .baseline, width: 64, [0.5, 0.5, 0.5]),
    ])
    let row = try #require(found.rows.first), match = try #require(row.greenest)
    #expect(found.rows.count == 1 && match.rival.model.name == "near")
    #expect(abs(match.difference + 0.007) < 1e-9)
    let own = match.memberDesign.value(of: .carbon), other = match.rivalDesign.value(of: .carbon)
    #expect(match.saved == 1 - own / other && match.saved > 0)
    #expect(match.memberDesign.value(of: .latency) <= match.rivalDesign.value(of: .latency))
    #expect(match.probability > 0.5 && match.probability <= 1)
    // No accelerator has less carbon for the baseline, none is faster on the other line.
    let account = found.prices.account
    let space = try account.assessor.assess(
      match.rival.shape, across: account.space, on: ThreadPool(threads: 2)
    ).allowed
    #expect(space.allSatisfy { $0.value(of: .carbon) >= other })
    let fast = try #require(row.fastest)
    #expect(space.allSatisfy { $0.value(of: .latency) >= fast.rivalDesign.value(of: .latency) })
    #expect(fast.memberDesign.value(of: .latency) <= fast.rivalDesign.value(of: .latency))
    // Between the baselines of 0.5 and 0.717, straight in the logarithm of carbon.
    let low = try #require(found.prices.models.first { $0.model.name == "low" }).greenest.value(of: .carbon)
    let interpolated = try #require(row.interpolated), share = (0.71 - 0.5) / (0.717 - 0.5)
    #expect(abs(interpolated / (low * pow(other / low, share)) - 1) < 1e-9)
  }

  @Test("accuracy's errors join the draws: a rival is granted what a less accurate baseline would emit, by hand")
  func accuracyErrors() {
    let curve = [(accuracy: 0.7, carbon: 10.0), (accuracy: 0.8, carbon: 20.0)]
    let own = [Double](repeating: 12, count: 20_000), other = [Double](repeating: 15, count: 20_000)
    func share(_ accuracy: Double, _ error: Double, _ otherError: Double = 0) -> Double {
      FamilyComparison.probability(
        that: own, emitsLessThan: other, MeasuredError(mean: accuracy, standardError: error),
        MeasuredError(mean: 0.8, standardError: otherError), on: curve)
    }
    // Half way between the baselines carbon is 20 / 2^0.5: the rival's 15 become 10.6, less than 12.
    #expect(share(0.75, 0) == 0 && share(0.79, 0) == 1 && share(0.9, 0) == 1)
    // 15 * 2^(-missing / 0.1) is 12 where 0.0322 are missing: 0.74 standard errors below 0.79.
    #expect(abs(share(0.79, 0.03) - 0.770) < 0.01)
    // Both err: 0.0222 are 0.523 of 0.0424.
    #expect(abs(share(0.79, 0.03, 0.03) - 0.700) < 0.01)
    // Below the least accurate baseline the line goes on: 0.2 less are a quarter of the carbon.
    let few = [Double](repeating: 3.8, count: 20), more = [Double](repeating: 3.7, count: 20)
    for (carbon, expected) in [(few, 0.0), (more, 1.0)] {
      let found = FamilyComparison.probability(
        that: carbon, emitsLessThan: [Double](repeating: 15, count: 20), MeasuredError(mean: 0.6, standardError: 0),
        MeasuredError(mean: 0.8, standardError: 0), on: curve)
      #expect(found == expected)
    }
    let draws = MeasuredError(mean: 0.5, standardError: 0.1).draws(stream: 3, count: 20_000)
    let mean = draws.reduce(0, +) / 20_000, variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.003 && abs(variance.squareRoot() - 0.1) < 0.003)
  }

  @Test("a member that equals no baseline is held against the best of the less accurate ones")
  func less() throws {
    let found = try comparison([
      model("s", .member, width: 64, [0.75, 0.75]), model("small", .baseline, width: 48, [0.6, 0.6]),
      // More accurate than "small", but beaten by "good" in both.
      model("beaten", .baseline, width: 128, [0.7, 0.7]), model("good", .baseline, width: 96, [0.71, 0.71]),
      model("better", .baseline, width: 160, [0.8, 0.8]),
    ])
    let row = try #require(found.rows.first), match = try #require(row.greenest)
    #expect(match.rival.model.name == "good" && abs(match.difference - 0.04) < 1e-9)
  }

  @Test("a member below all baselines equals none")
  func none() throws {
    let found = try comparison([
      model("s", .member, width: 48, [0.3, 0.3]), model("half", .baseline, width: 96, [0.6, 0.6]),
    ])
    let row = try #require(found.rows.first)
    #expect(row.greenest == nil && row.fastest == nil && row.interpolated == nil)
  }
}

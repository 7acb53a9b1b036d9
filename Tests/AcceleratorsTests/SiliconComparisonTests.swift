import CLIPAccelerators
import CLIPTestSupport
import Testing

/// The calibration set.
@Suite("Published chips")
struct SiliconComparisonTests {
  @Test("the fitted factors are those of the shipped figures, and none is left that the set would still change")
  func fitted() throws {
    let comparison = try SiliconComparison()
    // A factor below 1 would be a system that takes less than its parts: none is applied.
    #expect(abs(max(1, comparison.energyFactor) / comparison.energyApplied - 1) < 0.02)
    #expect(abs(max(1, comparison.areaFactor) / comparison.areaApplied - 1) < 0.02)
  }

  @Test("at least seven architectures decide, and Eyeriss and Simba are within 1.5 times")
  func anchors() throws {
    let results = try SiliconComparison().results
    let families = Set(results.filter { $0.row.fits && $0.row.energy != nil }.map(\.row.family))
    #expect(families.count >= 5)
    for result in results where result.row.family == "Eyeriss" || result.row.family == "Simba" {
      if let published = result.row.energy, let computed = result.energy {
        #expect(published / computed < 1.5 && computed / published < 1.5, "\(result.row.name)")
      }
      if let published = result.row.area, let computed = result.area {
        #expect(published / computed < 1.5 && computed / published < 1.5, "\(result.row.name)")
      }
    }
  }

  @Test("a left-out error is that of a chip against the factor of all other architectures")
  func leftOut() throws {
    let results = try SiliconComparison().results
    let eyeriss = try #require(results.first { $0.row.family == "Eyeriss" })
    // By hand from the other rows that decide.
    var byFamily: [String: [Double]] = [:]
    for result in results where result.row.fits && result.row.family != "Eyeriss" {
      guard let published = result.row.energy, let raw = result.energyRaw else { continue }
      byFamily[result.row.family, default: []].append(published / raw)
    }
    // The geometric mean by products and roots of one architecture's rows, then of architectures.
    func geometric(_ values: [Double]) -> Double {
      var low = 1e-6, high = 1e6
      let product = values.reduce(1, *)
      for _ in 0..<200 {
        let middle = (low + high) / 2
        if values.reduce(1, { power, _ in power * middle }) < product { low = middle } else { high = middle }
      }
      return high
    }
    let factor = geometric(byFamily.values.map(geometric))
    let raw = try #require(eyeriss.energyRaw), published = try #require(eyeriss.row.energy)
    let leftOut = try #require(eyeriss.energyLeftOut)
    #expect(abs(leftOut / (published / raw / factor) - 1) < 1e-6)
  }

  @Test("a table that cannot be read is refused with its place")
  func refused() throws {
    let file = FixtureFile.path("gemm.csv")
    #expect(message { _ = try SiliconComparison(file: file) }.contains("gemm.csv"))
  }
}

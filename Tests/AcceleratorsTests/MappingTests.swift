import CLIPAccelerators
import CLIPTestSupport
import Testing

@Suite("The reference's mappings")
struct MappingTests {
  private static func words(_ tile: (Dimension) -> Int) -> (input: Int, weights: Int, output: Int) {
    (
      tile(.n) * tile(.c) * (tile(.p) + tile(.r) - 1) * (tile(.q) + tile(.s) - 1),
      tile(.c) * tile(.k) * tile(.r) * tile(.s), tile(.n) * tile(.k) * tile(.p) * tile(.q)
    )
  }

  private static func check(_ extents: Extents, _ design: AcceleratorDesign, _ model: ReferenceCostModel) throws {
    guard let result = try model.mapping(of: extents, on: design) else { return }
    let mapping = result.mapping
    let levels = [mapping.register, mapping.lanes, mapping.l2, mapping.clusters, mapping.buffer, mapping.memory]
    var macs = 1.0
    for dimension in Dimension.allCases {
      let product = levels.reduce(1) { $0 * $1[dimension] }
      #expect(product == extents[dimension], "\(dimension) of \(extents) on \(design)")
      macs *= Double(extents[dimension])
    }
    func count(_ level: Extents) -> Int { Dimension.allCases.reduce(1) { $0 * level[$1] } }
    #expect(count(mapping.lanes) <= design.width * design.depth)
    #expect(count(mapping.clusters) <= design.clusters)
    #expect(result.cycles >= macs / Double(design.lanes))
    #expect(result.energy >= 2.2 * macs)

    let register = words { mapping.register[$0] }
    #expect(register.input + register.weights + register.output <= 32)
    let l2 = words { mapping.register[$0] * mapping.lanes[$0] * mapping.l2[$0] }
    let l2Words = max(design.l2Kilobytes, 256) * 1024
    #expect(max(l2.input, l2.weights, l2.output) <= l2Words)
    let buffer = words { extents[$0] / mapping.memory[$0] }
    #expect(buffer.input + buffer.weights + buffer.output <= design.bufferKilobytes << 10)
  }

  @Test("loops multiply to the whole product, tiles fit their memories, lanes their array")
  func products() throws {
    let model = try ReferenceCostModel(), space = try DesignSpace.paper()
    var random = SeededRandom(seed: 11)
    for _ in 0..<300 {
      let extents = Extents(
        n: .random(in: 1...400, using: &random), c: .random(in: 1...900, using: &random),
        k: .random(in: 1...900, using: &random))
      try Self.check(extents, space[Int.random(in: 0..<space.count, using: &random)], model)
    }
  }

  @Test("the same holds for patch convolutions")
  func convolutions() throws {
    let model = try ReferenceCostModel(), space = try DesignSpace.paper()
    var random = SeededRandom(seed: 12)
    for (patch, side) in [(4, 3), (7, 5), (8, 8), (14, 16), (16, 14), (32, 7)] {
      let extents = Extents(
        n: 1, c: 3, k: 16 * .random(in: 1...60, using: &random), r: patch, s: patch, p: side, q: side)
      try Self.check(extents, space[Int.random(in: 0..<space.count, using: &random)], model)
    }
  }

  @Test("a single multiply-add takes a cycle, and no less than its reads from DRAM")
  func smallest() throws {
    let model = try ReferenceCostModel()
    let result = try #require(try model.mapping(of: Extents(n: 1, c: 1, k: 1), on: DesignTests.base))
    #expect(result.cycles == 1)
    #expect(result.energy > 2.2 + 2 * 256)
  }

  @Test(
    "a prime number of rows cannot be shared among lanes: 197 x 197 x 197 on 128 columns takes 197^2 cycles or more")
  func primes() throws {
    let model = try ReferenceCostModel(), design = try AcceleratorDesign.named("edge-base")
    let result = try #require(try model.mapping(of: Extents(n: 197, c: 197, k: 197), on: design))
    #expect(result.cycles == 197 * 197 * 197)
  }

  @Test("sizes that nobody could count are refused")
  func absurd() throws {
    let model = try ReferenceCostModel()
    for extents in [
      Extents(n: 0, c: 1, k: 1), Extents(n: -3, c: 1, k: 1), Extents(n: .max, c: .max, k: .max),
      Extents(n: 1 << 17, c: 1 << 17, k: 1 << 17),
    ] {
      #expect(
        message { _ = try model.mapping(of: extents, on: DesignTests.base) }
          .contains("cannot be mapped; expected 1 to 2^48 multiply-adds"))
    }
  }
}

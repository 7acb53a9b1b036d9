import CLIPAccelerators
import CLIPCompute
import CLIPModelShapes
import Testing

@Suite("Sweep")
struct SweepTests {
  @Test("a sweep prices every design, the same on any number of threads")
  func deterministic() throws {
    let model = try NamedModels.model("ViT-B-32-quickgelu").configuration
    let sweep = Sweep(try .paper(), with: try PhysicalCostModel())
    let one = try sweep.run(model, on: ThreadPool(threads: 1))
    #expect(one.count == 3240)
    #expect(one.map(\.number) == Array(0..<3240))
    #expect(try sweep.run(model, on: ThreadPool(threads: 3)) == one)
  }
}

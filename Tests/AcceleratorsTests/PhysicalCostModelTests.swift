import CLIPAccelerators
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("Physical cost model")
struct PhysicalCostModelTests {
  static func model(_ name: String = "ViT-B-16-quickgelu") throws -> CLIPConfiguration {
    try NamedModels.model(name).configuration
  }

  @Test("a model pruned layer by layer is priced, and costs less")
  func pruned() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-dual")
    let whole = try Self.model()
    var pruned = whole
    pruned.vision.headsPerLayer = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    pruned.vision.mlpWidth = (0..<12).map { 3072 - 200 * $0 }
    pruned.text.mlpWidth[3] = 77
    let before = try model.estimate(whole, on: design), after = try model.estimate(pruned, on: design)
    #expect(after.multiplyAdds == Double(pruned.imageMultiplyAdds + pruned.textMultiplyAdds + pruned.embedDimension))
    #expect(after.latency < before.latency && after.energy < before.energy)
    #expect(after.area == before.area)
  }

  @Test("exact and quick GELU cost the same")
  func gelu() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-base")
    var exact = try Self.model()
    exact.usesQuickGELU = false
    #expect(try model.estimate(exact, on: design) == model.estimate(Self.model(), on: design))
  }

  @Test("parts add up to the whole: lines, towers, components")
  func conservation() throws {
    let design = try AcceleratorDesign.named("edge-dual")
    for period in [nil, Seconds(0.05)] {
      let estimate = try PhysicalCostModel(.init(period: period)).estimate(Self.model(), on: design)
      let components = try #require(estimate.energyByComponent)
      #expect(abs(components.total.value / estimate.energy.value - 1) < 1e-12)
      let towers = Operation.Tower.allCases.reduce(0.0) { $0 + estimate.share(of: $1).energy.value }
      #expect(abs(towers / estimate.energy.value - 1) < 1e-12)
      #expect(estimate.utilization > 0.3 && estimate.utilization < 1)
      #expect(estimate.json["energy"]?["dram_j"]?.doubleValue == components.memory.value)
    }
  }

  @Test("weights cross DRAM's interface once, at 8 pJ a bit")
  func weights() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-base")
    let up = Operation(
      "up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 197, outputs: 3072, reduced: 768)))
    let explanation = try model.explain(up, on: design)
    #expect(explanation.memoryBytes == 3072 * 768)
    #expect(abs(explanation.energy.memory.value - 3072 * 768 * 64e-12) < 1e-15)
    // 0.3 pJ at 45 nm, scaled to 22 nm.
    let each = explanation.energy.multiplyAdds.value / (197 * 3072 * 768)
    #expect(abs(each - 0.3e-12 * 0.65556) < 1e-16)
    #expect(explanation.bound == .compute)
    #expect(explanation.staysOnChip)
  }

  @Test("weights that fit the buffer are not fetched again; those that do not fit, or may not stay, are")
  func keptWeights() throws {
    var small = try Self.model("micro")
    small.vision.mlpWidth = [192, 192]
    small.vision.headsPerLayer = [2, 2]
    small.text.mlpWidth = [128]
    small.text.headsPerLayer = [2]
    let list = try PhysicalCostModel().operations(of: small)
    var weights = 0
    for operation in list.operations {
      switch operation.work {
      case .matrixProduct(let product) where product.hasWeights:
        weights += operation.count * product.outputs * product.reduced
      case .patchConvolution(let patches): weights += patches.outputs * 3 * patches.patch * patches.patch
      default: break
      }
    }
    var design = try AcceleratorDesign.named("edge-base")
    let keeping = try PhysicalCostModel(), fetching = try PhysicalCostModel(.init(keepsWeights: false))
    let kept = try keeping.estimate(small, on: design), fetched = try fetching.estimate(small, on: design)
    #expect(weights < design.bufferKilobytes << 10)
    #expect(kept.keptWeights == Double(weights) && fetched.keptWeights == 0)
    // By hand: 64 pJ a byte, and the buffer is not written.
    let saved =
      try #require(fetched.energyByComponent).memory.value - (try #require(kept.energyByComponent)).memory.value
    #expect(abs(saved / (Double(weights) * 64e-12) - 1) < 1e-9)
    #expect(try #require(kept.energyByComponent).buffer < (try #require(fetched.energyByComponent)).buffer)
    #expect(kept.latency <= fetched.latency)
    let explained = try #require(try keeping.explain("up", of: small, on: design).first)
    #expect(explained.keepsWeights && explained.memoryBytes == 0)
    // The whole model's weights are three times as many as the buffer holds.
    design.bufferKilobytes = 1024
    let whole = try keeping.estimate(Self.model(), on: design)
    #expect(whole.keptWeights == 0)
    #expect(try whole == fetching.estimate(Self.model(), on: design))
  }

  @Test("each head has keys and values of its own")
  func heads() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-base")
    func scores(_ heads: Int) throws -> MappingExplanation {
      try model.explain(
        Operation(
          "scores", .image, .attention,
          .matrixProduct(MatrixProduct(batches: heads, rows: 197, outputs: 197, reduced: 64, hasWeights: false))),
        on: design)
    }
    #expect(try scores(12).bufferBytes == 12 * scores(1).bufferBytes)
    #expect(try scores(12).memoryBytes == 0)
  }

  @Test("the image enters once, whole")
  func image() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-base")
    let patches = Operation(
      "patches", .image, .embeddings, .patchConvolution(PatchConvolution(outputs: 768, patch: 16, side: 14)))
    #expect(try model.explain(patches, on: design).memoryBytes == 3 * 224 * 224 + 768 * 768)
  }

  @Test("a model takes no longer than its operations one by one")
  func overlap() throws {
    let model = try PhysicalCostModel()
    for name in ["edge-base", "edge-dual", "edge-deep", "edge-small"] {
      let design = try AcceleratorDesign.named(name)
      let list = try model.operations(of: Self.model())
      let alone = try list.operations.reduce(0.0) {
        $0 + (try model.cost(of: $1, on: design)).cycles * Double($1.count)
      }
      let together = try model.estimate(list, on: design).total
      #expect(together.latency.value * design.clock < alone)
      // Nothing is faster than the arrays' peak, or than DRAM's.
      #expect(together.latency.value * design.clock > Double(list.multiplyAdds) / Double(design.lanes))
    }
  }

  @Test("a slow design leaks longer; waiting for the next inference costs energy")
  func background() throws {
    let small = try AcceleratorDesign.named("edge-small")
    var slow = small
    slow.clock = small.clock / 10
    let model = try PhysicalCostModel()
    let fast = try #require(try model.estimate(Self.model(), on: small).energyByComponent)
    let late = try #require(try model.estimate(Self.model(), on: slow).energyByComponent)
    #expect(late.memoryBackground.value > 5 * fast.memoryBackground.value)
    let waiting = try PhysicalCostModel(.init(period: Seconds(1))).estimate(Self.model(), on: small)
    let idle = waiting.energy.value - (try model.estimate(Self.model(), on: small)).energy.value
    // By hand: a GB of DRAM refreshes itself with 4 mW; the chip's leakage comes on top.
    let wait = 1 - waiting.latency.value
    #expect(idle > 0.004 * wait && idle < 0.006 * wait)
  }

  @Test("a larger memory or more bandwidth never makes a design slower", arguments: 0..<60)
  func monotone(seed: Int) throws {
    var numbers = SeededRandom(seed: UInt64(seed) &* 977 + 5)
    let space = try DesignSpace.paper()
    let cost = try PhysicalCostModel()
    let name = ["ViT-B-16-quickgelu", "ViT-L-14-336-quickgelu", "micro"].randomElement(using: &numbers) ?? ""
    let model = try Self.model(name)
    let design = space[Int.random(in: 0..<space.count, using: &numbers)]
    let before = try cost.estimate(model, on: design).latency.value
    let knobs: [WritableKeyPath<AcceleratorDesign, Int>] = [
      \.l2Kilobytes, \.l2BytesPerCycle, \.bufferKilobytes, \.bufferBytesPerCycle, \.memoryBytesPerCycle,
    ]
    for knob in knobs {
      var better = design
      better[keyPath: knob] *= 2
      let after = try cost.estimate(model, on: better).latency.value
      #expect(after <= before * (1 + 1e-12), "\(design) to \(better) for \(name)")
    }
  }

  @Test("a memory between two tabulated sizes lies between them; beyond the table it is refused")
  func interpolation() throws {
    let sram = try SRAMTable()
    let build = SRAMTable.Build(wordBits: 128, banks: 4, ports: 2)
    let low = try sram.memory(kilobytes: 128, build), high = try sram.memory(kilobytes: 256, build)
    var last = low
    for size in stride(from: 136.0, to: 256, by: 8) {
      let between = try sram.interpolatedMemory(kilobytes: size, build)
      #expect(between.areaSquareMicrometers > last.areaSquareMicrometers)
      #expect(between.readPicojoules > last.readPicojoules && between.readPicojoules < high.readPicojoules)
      last = between
    }
    // Half way in the logarithm: the geometric mean.
    let middle = try sram.interpolatedMemory(kilobytes: 128 * 2.0.squareRoot(), build)
    #expect(abs(middle.readPicojoules - (low.readPicojoules * high.readPicojoules).squareRoot()) < 1e-9)
    var design = try AcceleratorDesign.named("edge-base")
    design.l2Kilobytes = 100
    design.bufferKilobytes = 5 * 1024
    let estimate = try PhysicalCostModel().estimate(Self.model(), on: design)
    #expect(estimate.isPossible)
    design.l2Kilobytes = 3
    #expect(
      message { _ = try PhysicalCostModel().estimate(Self.model(), on: design) }
        == "l2: no figures for 3 KB; known are 4 to 16384 KB")
  }

  @Test("nothing that is absurd traps, allocates or hangs")
  func absurd() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-base")
    let products = [
      MatrixProduct(rows: .max, outputs: 1, reduced: 1), MatrixProduct(rows: 0, outputs: 1, reduced: 1),
      MatrixProduct(batches: 1 << 20, rows: 1 << 20, outputs: 1, reduced: 1),
      MatrixProduct(rows: 1, outputs: -1, reduced: 1),
    ]
    for product in products {
      let message = message {
        _ = try model.cost(of: Operation("x", .image, .output, .matrixProduct(product)), on: design)
      }
      #expect(message.hasPrefix("a product's "))
    }
    let convolution = PatchConvolution(channels: .max, outputs: 1, patch: .max, side: .max)
    #expect(
      message {
        _ = try model.cost(of: Operation("x", .image, .output, .patchConvolution(convolution)), on: design)
      } == "a convolution is too large to be priced")
    let vector = VectorWork(.softmax, .max, rowLength: 0)
    #expect(
      message {
        _ = try model.cost(of: Operation("x", .image, .output, .vector(vector)), on: design)
      }.hasPrefix("vector work: expected 1 to 2^50 elements"))
    // The largest that is accepted is priced.
    let giant = MatrixProduct(rows: 1 << 30, outputs: 1 << 30, reduced: 1 << 30)
    #expect(try model.cost(of: Operation("x", .image, .output, .matrixProduct(giant)), on: design).cycles.isFinite)
    var monster = design
    (monster.clusters, monster.width, monster.depth) = (1024, 4096, 4096)
    #expect(try model.estimate(Self.model(), on: monster).isPossible)
    monster.clusters = 0
    #expect(message { _ = try model.estimate(Self.model(), on: monster) }.hasPrefix("clusters: expected 1"))
    for settings in [
      PhysicalCostModel.Settings(memoryGigabytes: .nan), .init(period: Seconds(0)), .init(node: 3), .init(node: .nan),
    ] {
      #expect(message { _ = try PhysicalCostModel(settings) }.contains("expected "))
    }
  }

  @Test("an operation is explained in words and in JSON; a wrong name is answered with the nearest")
  func explanation() throws {
    let model = try PhysicalCostModel(), design = try AcceleratorDesign.named("edge-dual")
    let found = try model.explain("up", of: Self.model(), on: design)
    #expect(found.map(\.operation.tower) == [.image, .text])
    let text = try #require(found.first).text
    #expect(text.hasPrefix("up (image, 12 times): bound by compute\n  clusters: "))
    #expect(found[0].json["mapping"]?["tile_rows"]?.intValue == found[0].nest?.tileRows)
    #expect(
      message { _ = try model.explain("scors", of: Self.model(), on: design) }
        == "the model has no operation \"scors\"; did you mean \"scores\"?")
  }
}

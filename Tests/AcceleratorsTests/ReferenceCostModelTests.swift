import CLIPAccelerators
import CLIPModelShapes
import CLIPTestSupport
import Testing
import CLIPUnits

@Suite("The reference cost model")
struct ReferenceCostModelTests {
  /// Runs of the unmodified reference and of its functions in one process, as printed: milliseconds, joules, square
  /// millimeters, embodied and total kgCO2e of ViT-B/16.
  static let published: [(AcceleratorDesign, [Double])] = [
    (
      .init(clusters: 1, width: 128, depth: 16, l2Kilobytes: 256, l2BytesPerCycle: 64, bufferMegabytes: 2),
      [178.883, 0.168262, 4.8237, 0.28635, 0.38169]
    ),
    (
      .init(clusters: 2, width: 256, depth: 16, l2Kilobytes: 256, l2BytesPerCycle: 64, bufferMegabytes: 2),
      [10.464, 0.148488, 8.2010, 0.33960, 0.42374]
    ),
    (
      .init(clusters: 1, width: 256, depth: 16, l2Kilobytes: 512, l2BytesPerCycle: 64, bufferMegabytes: 8),
      [12.876, 0.164558, 15.5209, 0.45502, 0.54827]
    ),
    (
      .init(clusters: 1, width: 256, depth: 64, l2Kilobytes: 64, l2BytesPerCycle: 64, bufferMegabytes: 4),
      [9.578, 0.140080, 13.0876, 0.41665, 0.49603]
    ),
    (
      .init(clusters: 2, width: 256, depth: 2, l2Kilobytes: 128, l2BytesPerCycle: 64, bufferMegabytes: 2),
      [39.464, 0.149589, 4.5627, 0.28223, 0.36700]
    ),
    (
      .init(clusters: 1, width: 32, depth: 16, l2Kilobytes: 256, l2BytesPerCycle: 64, bufferMegabytes: 2),
      [238.360, 0.180287, 4.2032, 0.27656, 0.37873]
    ),
  ]

  @Test("ViT-B-16 costs what the unmodified reference printed", arguments: published.indices)
  func wholeModel(index: Int) throws {
    let (design, figures) = Self.published[index]
    let configuration = try NamedModels.model("ViT-B-16-quickgelu").configuration
    let assessment = try ReferenceAssessment(of: configuration, on: design, ReferenceCostModel())
    let steps = [1e-3, 1e-6, 1e-4, 1e-5, 1e-5]
    let found = [
      assessment.estimate.latency.value * 1e3, assessment.estimate.energy.value, assessment.area.value,
      assessment.embodied.value, assessment.total.value,
    ]
    for (place, step) in steps.enumerated() { #expect(abs(found[place] - figures[place]) <= 0.51 * step) }
  }

  @Test("a layer norm by hand: 77 x 512 elements on 4 x 64 lanes with 256 KB each")
  func layerNorm() throws {
    let design = AcceleratorDesign(
      clusters: 4, width: 64, depth: 2, l2Kilobytes: 256, l2BytesPerCycle: 64, bufferMegabytes: 2)
    let operation = Operation(
      "norm", .text, .attention, .vector(VectorWork(.layerNorm, 77 * 512, rowLength: 512)))
    let cost = try ReferenceCostModel().cost(of: operation, on: design)
    // 39424 / 256 lanes = 154 steps; all of it fits L2 at once, so each element moves once each way.
    #expect(cost.cycles == 154)
    let perElement: Double = 256 + 256 + 9.129444 + 8.75605
    let memory: Double = 39424 * perElement / 4
    let reads: Double = 3 * 154, writes: Double = 2 * 154 + 2 * 512
    let lanes: Double = 256 * (reads * 0.088823 + writes * 0.11843 + 154 * 0.469035)
    #expect(abs(cost.energy.value * 1e12 / (memory + lanes) - 1) < 1e-12)
  }

  @Test("an area by hand: 2 x 256 x 16 lanes, 256 KB, 2 MB")
  func area() throws {
    let area = try ReferenceCostModel().area(of: DesignTests.base)
    let lane: Double = 379.846667 + 0.348053, vectorLane: Double = 379.846667 + 0.13052
    let cluster: Double = 256 * 16 * lane + 447768 + 256 * vectorLane + 447768
    let expected: Double = 2 * cluster + 3_100_860
    #expect(abs(area.total.value * 1e6 / expected - 1) < 1e-12)
    #expect(area.components.map(\.name).contains("buffer"))
  }

  @Test("carbon by hand: 642 x 1.077 + 188.28 + 500 g over a yield of 0.875, 184 g of DRAM, 68 g a kWh")
  func carbon() throws {
    let configuration = try NamedModels.model("ViT-B-32-quickgelu").configuration
    let assessment = try ReferenceAssessment(of: configuration, on: DesignTests.base, ReferenceCostModel())
    let grams: Double = 642 * 1.077 + 188.28 + 500
    let chip = assessment.area.value / 100 * grams / 0.875 / 1000
    #expect(abs(assessment.embodiedChip.value / chip - 1) < 1e-12)
    #expect(abs(assessment.embodiedDRAM.value - 0.184 / 0.875) < 1e-15)
    let use = assessment.estimate.energy.value / 3.6e6 * 68 / 1000
    #expect(abs(assessment.operationalPerInference.value / use - 1) < 1e-12)
    let total: Double = chip + 0.184 / 0.875 + 3e7 * use
    #expect(abs(assessment.total.value / total - 1) < 1e-12)
  }

  @Test("towers and parts add up to the whole, and a second estimate says the same")
  func sums() throws {
    let configuration = try NamedModels.model("TinyCLIP-ViT-8M-16-Text-3M").configuration
    let model = try ReferenceCostModel()
    let estimate = try model.estimate(configuration, on: DesignTests.base)
    let towers = Operation.Tower.allCases.map { estimate.share(of: $0) }
    let parts = Operation.Part.allCases.map { estimate.share(of: $0) }
    for shares in [towers, parts] {
      let latency = shares.reduce(0) { $0 + $1.latency.value }, energy = shares.reduce(0) { $0 + $1.energy.value }
      #expect(abs(latency / estimate.latency.value - 1) < 1e-12)
      #expect(abs(energy / estimate.energy.value - 1) < 1e-12)
    }
    #expect(try model.estimate(configuration, on: DesignTests.base) == estimate)
    #expect(try ReferenceCostModel().estimate(configuration, on: DesignTests.base) == estimate)
    #expect(estimate.isPossible)
    #expect(estimate.json["cost_model"]?.stringValue == "reference")
    #expect(estimate.json["operations"]?.arrayValue?.count == estimate.lines.count)
    #expect(estimate.json["by_tower"]?["image"]?["latency_s"]?.doubleValue == estimate.share(of: .image).latency.value)
  }

  @Test("what no mapping fits takes forever, and JSON says null")
  func impossible() throws {
    let design = AcceleratorDesign(
      clusters: 1024, width: 1024, depth: 1024, l2Kilobytes: 16384, l2BytesPerCycle: 64, bufferMegabytes: 16)
    let product = MatrixProduct(rows: 55440, outputs: 55440, reduced: 55440)
    let list = OperationList([Operation("huge", .image, .output, .matrixProduct(product))])
    let estimate = try ReferenceCostModel().estimate(list, on: design)
    #expect(!estimate.isPossible)
    #expect(estimate.latency.value == .infinity)
    #expect(estimate.json.text().contains("\"latency_s\":null"))
  }

  @Test("a memory without figures is refused, not guessed")
  func unknownMemory() throws {
    var design = DesignTests.base
    design.l2Kilobytes = 300
    let configuration = try NamedModels.model("ViT-B-32").configuration
    let model = try ReferenceCostModel()
    #expect(
      message { _ = try model.estimate(configuration, on: design) }
        .contains("no figures for a memory of 300 KB"))
  }
}

import CLIPAccelerators
import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("What designs cost at least")
struct SpaceFloorsTests {
  /// Small and large memories, narrow and wide arrays, one port and two: every kind of traffic and bound occurs.
  static let space = """
    clusters: [1, 2, 4]
    width: [1, 6, 32]
    depth: [2, 16]
    l2: [4 KB, 20 KB, 256 KB]
    l2-bandwidth: [4 B/cycle, 64 B/cycle]
    l2-ports: [1, 2]
    buffer: [4 KB, 48 KB, 4 MB]
    buffer-bandwidth: [8 B/cycle, 256 B/cycle]
    dram-bandwidth: [1 B/cycle, 64 B/cycle]
    clock: [50 MHz, 800 MHz]
    """

  /// Every place for weights, with and without DRAM, with and without L2.
  static let memories = """
    clusters: [1, 2]
    width: [4, 24]
    depth: 8
    l2: [0 KB, 4 KB, 64 KB]
    l2-bandwidth: 16 B/cycle
    buffer: [16 KB, 192 KB, 1 MB, 6 MB]
    buffer-bandwidth: [8 B/cycle, 64 B/cycle]
    dram-bandwidth: [2 B/cycle, 16 B/cycle]
    clock: 200 MHz
    weights-in: [dram, sram, flash, mram]
    dram: [scenario, hyperram-8mb, ddr3-128mb]
    """

  private static func model(_ name: String) throws -> CLIPConfiguration {
    try NamedModels.model(name).configuration
  }

  @Test(
    "no design costs less than its bound, nor than that of any group it is in; area is exact",
    arguments: MappingObjective.allCases, [nil, 0.01])
  func admissible(objective: MappingObjective, period: Double?) throws {
    try Self.check(Self.space, objective, period)
    if objective == .latency { try Self.check(Self.memories, objective, period) }
  }

  /// Voltages, clocks, nodes, numbers, what stays in the lanes, scratchpads.
  static let silicon = """
    edition: 2
    weights-in: sram
    clusters: [1, 2]
    width: [4, 24]
    depth: 8
    l2: [4 KB, 64 KB]
    l2-bandwidth: [16 B/cycle, 64 B/cycle]
    l2-ports: 1
    buffer: [1 MB, 6 MB]
    buffer-bandwidth: [8 B/cycle, 64 B/cycle]
    buffer-ports: 1
    dram-bandwidth: 16 B/cycle
    clock: [100 MHz, 400 MHz]
    node: [22 nm, 7 nm]
    arithmetic: [int8, fp32, int8-only, w4a8]
    dataflow: [output-stationary, weight-stationary]
    scratchpad: [0 B, 256 B]
    """

  @Test(
    "bounds hold for voltages, numbers and dataflows of edition 2, and are close", arguments: MappingObjective.allCases)
  func silicon(objective: MappingObjective) throws {
    try Self.check(Self.silicon, objective, 0.01, strides: ("micro", 67))
    try Self.check(Self.memories + "\nedition: 2\nvoltage: [least, nominal]\n", objective, nil, strides: ("micro", 101))
  }

  private static func check(_ text: String, _ objective: MappingObjective, _ period: Double?) throws {
    // Mappings of least energy of a large model take long without optimization.
    try check(
      text, objective, period, strides: ("micro", 53), ("ViT-B-32-quickgelu", objective == .latency ? 331 : 5003))
  }

  private static func check(
    _ text: String, _ objective: MappingObjective, _ period: Double?, strides: (name: String, stride: Int)...
  ) throws {
    let space = try DesignSpace(Recipe.parse(text, origin: "space"))
    var settings = PhysicalCostModel.Settings()
    settings.objective = objective
    settings.period = period.map { Seconds($0) }
    settings.startsPerInference = 0.001
    let model = try PhysicalCostModel(settings), pool = ThreadPool(threads: 2)
    for (name, stride) in strides {
      let list = try model.operations(of: Self.model(name))
      let floors = try SpaceFloors(list, in: space, with: model, on: pool)
      let scratch = floors.scratch()
      var designs = 0, seen = 0, tight = 0.0
      /// Every design's own bound, and those of the boxes that it is in, from the largest down.
      func visit(_ box: SpaceFloors.Box, _ around: [DesignFloor]) throws {
        let bounds = around + [floors.floor(of: box, scratch)]
        if let (low, high) = floors.halves(of: box) {
          #expect(floors.first(of: box) == min(floors.first(of: low), floors.first(of: high)))
          try visit(low, bounds)
          try visit(high, bounds)
          return
        }
        designs += 1
        let number = floors.first(of: box)
        guard number % stride == 0, let own = bounds.last else { return }
        let design = space[number], estimate = try model.estimate(list, on: design)
        #expect(abs(own.peakTOPS / design.peakTOPS - 1) < 1e-12)
        guard estimate.isPossible else { return }
        for bound in bounds {
          #expect(bound.latency <= estimate.latency.value * (1 + 1e-12), "\(name) on \(design)")
          #expect(bound.energy <= estimate.energy.value * (1 + 1e-12), "\(name) on \(design)")
          #expect(bound.area <= estimate.area.total.value * (1 + 1e-12), "\(name) on \(design)")
          #expect(
            bound.power(within: estimate.latency.value) <= estimate.power.value * (1 + 1e-12), "\(name) on \(design)")
        }
        #expect(abs(own.area / estimate.area.total.value - 1) < 1e-12)
        seen += 1
        tight += own.energy / estimate.energy.value
      }
      for box in floors.boxes { try visit(box, []) }
      #expect(designs == space.count)
      #expect(seen > (name == "micro" ? 10 : 0))
      // A bound of nothing would pass as well, and be of no use.
      if objective != .latency { #expect(tight / Double(seen) > 0.6, "\(name): \(tight / Double(seen))") }
    }
  }

  @Test("what a product moves at least is no more than what any mapping moves")
  func traffic() throws {
    var generator = SeededRandom(seed: 7)
    for _ in 0..<300 {
      let product = try Contraction(
        batches: Int.random(in: 1...4, using: &generator), rows: Int.random(in: 1...70, using: &generator),
        outputs: Int.random(in: 1...70, using: &generator), reduced: Int.random(in: 1...70, using: &generator),
        hasWeights: Bool.random(using: &generator))
      let clusters = [1, 2, 4].randomElement(using: &generator) ?? 1
      let l2 = Double(Int.random(in: 40...4000, using: &generator))
      let space = Double(Int.random(in: 20...5000, using: &generator))
      var chip = MapperChip(
        clusters: clusters, width: Int.random(in: 1...8, using: &generator),
        depth: Int.random(in: 1...8, using: &generator), l2: l2, l2Bandwidth: 4, bufferBandwidth: 4,
        weightSpace: space, l2Read: 1, l2Write: 1, bufferRead: 1, bufferWrite: 1)
      for objective in MappingObjective.allCases {
        chip.l2Read = objective == .latency ? 1 : Double.random(in: 0.01...1, using: &generator)
        guard let best = PhysicalMapper(product, on: chip, objective: objective).best() else { continue }
        let floor = ProductFloor(product, on: chip)
        #expect(floor.bufferReads <= best.cost.bufferReads, "\(product) \(chip) \(best.nest)")
        #expect(floor.l2Writes <= best.cost.l2Writes * (1 + 1e-12), "\(product) \(chip) \(best.nest)")
        #expect(floor.l2Reads <= best.cost.l2Reads * (1 + 1e-12), "\(product) \(chip) \(best.nest)")
        #expect(floor.computeCycles <= best.cost.computeCycles, "\(product) \(chip) \(best.nest)")
      }
    }
  }
}

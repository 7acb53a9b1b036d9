import CLIPAccelerators
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

  private static func check(_ text: String, _ objective: MappingObjective, _ period: Double?) throws {
    let space = try DesignSpace(Recipe.parse(text, origin: "space"))
    var settings = PhysicalCostModel.Settings()
    settings.objective = objective
    settings.period = period.map { Seconds($0) }
    settings.startsPerInference = 0.001
    let model = try PhysicalCostModel(settings)
    // Mappings of least energy of a large model take long without optimization.
    for (name, stride) in [("micro", 53), ("ViT-B-32-quickgelu", objective == .latency ? 331 : 5003)] {
      let list = try model.operations(of: Self.model(name))
      let floors = try SpaceFloors(list, in: space, with: model)
      #expect(floors.groups.count * floors.bufferCount * floors.l2Count == space.count)
      var seen = 0, tight = 0.0
      for group in floors.groups {
        let all = try floors.floor(of: group)
        for buffer in 0..<floors.bufferCount {
          for l2 in 0..<floors.l2Count {
            let number = floors.number(group, buffer: buffer, l2: l2)
            guard number % stride == 0 else { continue }
            let floor = try floors.floor(of: group, buffer: buffer, l2: l2)
            #expect(floor.design == space[number])
            let estimate = try model.estimate(list, on: space[number])
            guard estimate.isPossible else { continue }
            for bound in [floor, try floors.floor(of: group, buffer: buffer), all] {
              #expect(bound.latency <= estimate.latency.value * (1 + 1e-12), "\(name) on \(space[number])")
              #expect(bound.energy <= estimate.energy.value * (1 + 1e-12), "\(name) on \(space[number])")
              #expect(bound.area <= estimate.area.total.value * (1 + 1e-12), "\(name) on \(space[number])")
              #expect(
                bound.power(within: estimate.latency.value) <= estimate.power.value * (1 + 1e-12),
                "\(name) on \(space[number])")
            }
            #expect(floor.area == estimate.area.total.value)
            seen += 1
            tight += floor.energy / estimate.energy.value
          }
        }
      }
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

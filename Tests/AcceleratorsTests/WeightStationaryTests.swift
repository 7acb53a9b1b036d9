import CLIPAccelerators
import CLIPModelShapes
import CLIPTestSupport
import CLIPUnits
import Testing

/// Weights that stay in the lanes, and scratchpads.
@Suite("Weight-stationary arrays")
struct WeightStationaryTests {
  /// An array of `terms` x `outputs` lanes computed cycle by cycle: inputs enter skewed, a term a lane, sums go from lane to
  /// lane, and the next weights come in while rows go by.
  struct Array {
    let terms: Int, outputs: Int

    func run(_ a: [[Int]], _ b: [[Int]]) -> (result: [[Int]], cycles: Int) {
      let rows = a.count, reduced = b.count, columns = b[0].count
      var result = a.map { _ in [Int](repeating: 0, count: columns) }
      // Cycle in which the first row of a pair of strips enters, and in which the last sum leaves.
      var start = terms, end = 0
      for firstTerm in stride(from: 0, to: reduced, by: terms) {
        for firstColumn in stride(from: 0, to: columns, by: outputs) {
          for row in 0..<rows {
            for column in firstColumn..<min(columns, firstColumn + outputs) {
              var sum = 0, cycle = start + row + column - firstColumn
              for lane in 0..<terms {
                if firstTerm + lane < reduced { sum += a[row][firstTerm + lane] * b[firstTerm + lane][column] }
                cycle = start + row + (column - firstColumn) + lane
              }
              result[row][column] += sum
              end = max(end, cycle + 1)
            }
          }
          // The next weights need a cycle for each of their rows.
          start += max(rows, terms)
        }
      }
      return (result, end)
    }
  }

  @Test("an array computed cycle by cycle finds the product and takes as long as the formula says", arguments: 0..<20)
  func simulated(seed: Int) throws {
    var numbers = SeededRandom(seed: UInt64(seed) &* 31 + 7)
    func size(_ most: Int) -> Int { Int.random(in: 1...most, using: &numbers) }
    // Whole strips: an array takes no time for lanes that are padded at its far end.
    let terms = size(6), outputs = size(6), rows = size(12)
    let reduced = terms * size(3), columns = outputs * size(3)
    let a = (0..<rows).map { _ in (0..<reduced).map { _ in Int.random(in: -9...9, using: &numbers) } }
    let b = (0..<reduced).map { _ in (0..<columns).map { _ in Int.random(in: -9...9, using: &numbers) } }
    let (result, cycles) = Array(terms: terms, outputs: outputs).run(a, b)
    for row in 0..<rows {
      for column in 0..<columns {
        #expect(result[row][column] == (0..<reduced).reduce(0) { $0 + a[row][$1] * b[$1][column] })
      }
    }
    let nest = TileNest(
      rowsAlongDepth: false, tileRows: rows, tileOutputs: 1, tileReduced: 1, order: [.outputs, .rows, .reduced],
      blockRows: 1, blockOutputs: 1)
    let mapper = WeightStationaryMapper(
      try Contraction(rows: rows, outputs: columns, reduced: reduced), on: Self.chip(width: outputs, depth: terms),
      held: 1, objective: .latency)
    let found = try #require(mapper.cost(of: nest))
    // The last strip of rows may be shorter than the weights' way in, which nobody waits for.
    #expect(found.cost.computeCycles == Double(cycles + max(0, terms - rows)))
  }

  static func chip(width: Int, depth: Int, l2: Double = 1_048_576) -> MapperChip {
    MapperChip(
      clusters: 1, width: width, depth: depth, l2: l2, l2Bandwidth: 1e6, bufferBandwidth: 1e6, weightSpace: 1_048_576,
      l2Read: 1, l2Write: 1, bufferRead: 1, bufferWrite: 1)
  }

  @Test("traffic by hand: 100 rows, 64 outputs, 64 terms on 16 x 16 lanes that hold one weight, or eight")
  func traffic() throws {
    let product = try Contraction(rows: 100, outputs: 64, reduced: 64)
    func cost(terms: Int, outputs: Int) throws -> NestCost {
      let nest = TileNest(
        rowsAlongDepth: false, tileRows: 100, tileOutputs: 1, tileReduced: 1, order: [.outputs, .rows, .reduced],
        blockRows: terms, blockOutputs: outputs)
      let mapper = WeightStationaryMapper(
        product, on: Self.chip(width: 16, depth: 16), held: terms * outputs, objective: .latency)
      return try #require(mapper.cost(of: nest)).cost
    }
    // 4 x 4 strips of 100 cycles, the first weights' 16, and 30 to fill.
    let one = try cost(terms: 1, outputs: 1)
    #expect(one.computeCycles == 16 * 100 + 16 + 30)
    // Inputs for each of 4 strips of outputs, weights once, sums of 4 bytes put by three times, results.
    #expect(one.l2Reads == 6400 * 4 + 4096 + 3 * 4 * 6400 + 6400)
    #expect(one.l2Writes == 6400 + 4096 + 3 * 4 * 6400 + 6400)
    #expect(one.bufferReads == 6400 + 4096 && one.bufferWrites == 6400 + 4096)
    // Four terms of a sum in a lane: no sum is put by. Two outputs: inputs for two strips.
    let held = try cost(terms: 4, outputs: 2)
    #expect(held.computeCycles == one.computeCycles)
    #expect(held.l2Reads == 6400 * 2 + 4096 + 6400)
  }

  @Test("the mapper finds what fits: rows are cut where their sums fill L2, and nothing fits at all where none do")
  func small() throws {
    let product = try Contraction(rows: 100, outputs: 64, reduced: 64)
    func best(_ l2: Double) -> (nest: TileNest, cost: NestCost)? {
      WeightStationaryMapper(
        product, on: Self.chip(width: 16, depth: 16, l2: l2), held: 1, objective: .latency
      ).best()
    }
    let large = try #require(best(1_048_576)), little = try #require(best(2048))
    #expect(large.nest.tileRows == 100 && little.nest.tileRows < 100)
    #expect(little.cost.computeCycles >= large.cost.computeCycles && little.cost.l2Reads > large.cost.l2Reads)
    #expect(best(64) == nil)
  }

  @Test("a scratchpad costs its accesses and its area, and saves traffic with L2", arguments: Dataflow.allCases)
  func scratchpad(dataflow: Dataflow) throws {
    let model = try PhysicalCostModel()
    func figures(_ bytes: Int) throws -> (energy: EnergyBreakdown, area: Double, l2: Double) {
      var design = try SiliconTests.base()
      design.silicon.dataflow = dataflow.rawValue
      design.silicon.scratchpadBytes = bytes
      design.silicon.voltage = ChipSilicon.nominalVoltage
      let operation = Operation(
        "up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 256, outputs: 256, reduced: 256)), result: .gate)
      let explained = try model.explain(operation, on: design)
      return (explained.energy, try model.area(of: design).total.value, explained.l2Bytes)
    }
    let none = try figures(0), half = try figures(512)
    #expect(half.area > none.area && half.l2 < none.l2)
    // By hand: 0.0555 pJ a bit at 45 nm for half a KB. A sum is read and written and a weight read, or a weight read.
    let bits: Double = dataflow == .outputStationary ? 2 * 32 + 8 : 8
    let macs = 256.0 * 256 * 256
    let accesses = macs * bits * 0.0555e-12 * 0.65553
    #expect(
      half.energy.registers.value > accesses && half.energy.registers.value < accesses + 2 * none.energy.registers.value
    )
  }

  @Test("a whole model runs on both dataflows; weights that stay suit many rows, sums that stay a single one")
  func models() throws {
    let model = try PhysicalCostModel(), shape = try PhysicalCostModelTests.model("ViT-B-32")
    var design = try AcceleratorDesign.named("edge-base")
    design.silicon.edition = 2
    let sums = try model.estimate(shape, on: design)
    design.silicon.dataflow = Dataflow.weightStationary.rawValue
    let weights = try model.estimate(shape, on: design)
    #expect(weights.isPossible && weights.latency != sums.latency && weights.area.total < sums.area.total)
    let components = try #require(weights.energyByComponent)
    #expect(abs(components.total.value / weights.energy.value - 1) < 1e-12)
    #expect(weights.utilization > 0 && weights.utilization < 1)
  }
}

import CLIPAccelerators
import CLIPFiles
import CLIPModelShapes
import CLIPTestSupport
import Testing

@Suite("Memories with one port, and small ones")
struct PortTests {
  private static func design(_ change: (inout AcceleratorDesign) -> Void = { _ in }) throws -> AcceleratorDesign {
    var design = try AcceleratorDesign.named("camera-base")
    change(&design)
    return design
  }

  /// One product whose tensors all fit an L2: what the buffer and L2 move can be counted by hand.
  private static let product = Operation(
    "up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 16, outputs: 16, reduced: 1024)))

  @Test("one port reads or writes: the memory is busy for the sum of both, two ports for the busier of them")
  func busy() throws {
    let model = try PhysicalCostModel()
    let two = try model.explain(Self.product, on: Self.design()),
      one = try model.explain(
        Self.product,
        on: Self.design {
          $0.l2Ports = 1
          $0.bufferPorts = 1
        })
    // Weights come from DRAM into the buffer (16 KB) and both factors from it (32 KB); the result goes back (256 bytes).
    let reads = 2.0 * 16 * 1024, writes = 16.0 * 1024 + 256
    #expect(two.bufferCycles == reads / 64 && one.bufferCycles == (reads + writes) / 64)
    // L2 takes in both factors and the result, and gives out the same.
    #expect(two.l2Cycles == (reads + 256) / 32 && one.l2Cycles == 2 * (reads + 256) / 32)
    #expect(two.l2Bytes == one.l2Bytes && two.bufferBytes == one.bufferBytes)
  }

  @Test("a memory with one port takes half the area, as CACTI has it: 16 KB of 4 x 128 bits is 0.0218 mm2 for 0.0530")
  func area() throws {
    let sram = try SRAMTable()
    let one = try sram.memory(kilobytes: 16, .init(wordBits: 128, banks: 4, ports: 1))
    let two = try sram.memory(kilobytes: 16, .init(wordBits: 128, banks: 4, ports: 2))
    #expect(one.areaSquareMicrometers == 21766.2 && two.areaSquareMicrometers == 53025)
    let model = try PhysicalCostModel()
    func area(_ design: AcceleratorDesign, _ name: String) throws -> Double {
      try model.area(of: design).components.first { $0.name == name }?.area.value ?? 0
    }
    let small = try Self.design {
      $0.l2Kilobytes = 16
      $0.l2BytesPerCycle = 32
    }
    var single = small
    single.l2Ports = 1
    // 32 bytes a cycle: 4 x 128 bits take the least energy a byte, 1.43 and 0.595 pJ to read and write.
    #expect(try abs(area(small, "l2") - 53025e-6) < 1e-12)
    #expect(try abs(area(single, "l2") - 21766.2e-6) < 1e-12)
  }

  @Test("sizes from 4 KB are known of every build of four banks, a larger one never smaller or thriftier")
  func small() throws {
    let sram = try SRAMTable()
    for ports in [1, 2] {
      for bits in [32, 64, 128, 256] {
        let build = SRAMTable.Build(wordBits: bits, banks: 4, ports: ports), sizes = sram.sizes(of: build)
        #expect(sizes.first == 4 && sizes.last == 16384)
        for (less, more) in zip(sizes, sizes.dropFirst()) {
          let before = try sram.memory(kilobytes: less, build), after = try sram.memory(kilobytes: more, build)
          #expect(after.areaSquareMicrometers > before.areaSquareMicrometers, "\(less) to \(more) KB, \(build)")
          #expect(after.readPicojoules > before.readPicojoules, "\(less) to \(more) KB, \(build)")
        }
      }
    }
  }

  @Test(
    "between CACTI's sizes interpolation is off by at most 16 % in area and energy, where CACTI was run for them too")
  func interpolation() throws {
    let sram = try SRAMTable()
    var worst = 0.0
    for bits in [32, 64, 128, 256] {
      let build = SRAMTable.Build(wordBits: bits, banks: 4, ports: 1)
      for size in sram.sizes(of: build) where size & (size - 1) != 0 {
        // What would stand here without CACTI's own row: from the powers of two beside it.
        var low = 1
        while low * 2 < size { low *= 2 }
        let a = try sram.memory(kilobytes: low, build), b = try sram.memory(kilobytes: 2 * low, build)
        let known = try sram.memory(kilobytes: size, build)
        for figure in [\SRAMTable.Figures.areaSquareMicrometers, \.readPicojoules, \.writePicojoules] {
          // 1.5 times the lower size.
          let share = 0.5849625007211562
          let drawn = a[keyPath: figure] * power(b[keyPath: figure] / a[keyPath: figure], share)
          worst = max(worst, abs(drawn / known[keyPath: figure] - 1))
        }
      }
    }
    #expect(worst < 0.16, "\(worst)")
    #expect(worst > 0.1)
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    // By repeated square roots of the base, the exponent in binary.
    var result = 1.0, root = base, rest = exponent
    for _ in 0..<50 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }

  @Test("the reference cost model knows two ports only")
  func reference() throws {
    var design = DesignTests.base
    design.l2Ports = 1
    #expect(
      message { _ = try ReferenceCostModel().area(of: design) }
        == "the reference cost model knows memories of two ports only; take the physical cost model")
  }
}

import CLIPAccelerators
import CLIPModelShapes
import CLIPTestSupport
import CLIPUnits
import Testing

/// Voltage, clock, node and leakage, against hand calculations.
@Suite("Silicon")
struct SiliconTests {
  @Test("the alpha-power law: (0.25 / 0.45)^1.3 * 0.8 / 0.6 = 0.62099, and back")
  func alphaPower() throws {
    let law = AlphaPowerLaw(threshold: 0.35, exponent: 1.3)
    #expect(abs(law.speed(at: 0.6, beside: 0.8) - 0.62099) < 1e-5)
    #expect(law.speed(at: 0.8, beside: 0.8) == 1)
    #expect(law.speed(at: 0.35, beside: 0.8) == 0)
    let back = try #require(law.voltage(forSpeed: 0.62099, beside: 0.8, from: 0.4, to: 1))
    #expect(abs(back - 0.6) < 1e-5)
    // What the least voltage carries, it carries; what the highest does not, nothing does.
    #expect(law.voltage(forSpeed: 0.1, beside: 0.8, from: 0.5, to: 1) == 0.5)
    #expect(law.voltage(forSpeed: 2, beside: 0.8, from: 0.5, to: 1) == nil)
    // Long channels: (V - Vt)^2 / V, so at twice the distance from the threshold 4 * 0.6 / 0.8 times as fast.
    let long = AlphaPowerLaw(threshold: 0.4, exponent: 2)
    #expect(abs(long.speed(at: 0.8, beside: 0.6) - 3) < 1e-12)
  }

  @Test(
    "leakage doubles every 10 K, and goes down with the voltage: 0.75 * exp(-0.02 / 0.036192) = 0.4316 at 0.6 of 0.8 V")
  func leakage() {
    let logic = Leakage(share: 1)
    #expect(logic.power(at: 0.8, beside: 0.8, temperature: 300) == 1)
    #expect(abs(logic.power(at: 0.8, beside: 0.8, temperature: 310) - 2) < 1e-12)
    #expect(abs(logic.power(at: 0.6, beside: 0.8, temperature: 300) - 0.43159) < 1e-4)
    // CACTI's own currents of its 22 nm low-standby-power device, pA a um: 24.3 at 300 K, 194 at 330 K, 24800 at 400 K.
    #expect(abs(logic.power(at: 0.8, beside: 0.8, temperature: 330) / (194 / 24.3) - 1) < 0.01)
    #expect(abs(logic.power(at: 0.8, beside: 0.8, temperature: 400) / (24_800 / 24.3) - 1) < 0.01)
    // Of SRAM's 5.1 % follow: 0.949 + 0.051 * 2^1.8.
    #expect(abs(Leakage(share: 0.051).power(at: 0.8, beside: 0.8, temperature: 318) - 1.12659) < 1e-5)
  }

  @Test("between nodes figures are straight in logarithms; beyond them they are refused")
  func nodes() throws {
    let table = try NodeTable()
    #expect(try table.node(22).cellArea == 0.092 && table.node(16).nominal == 0.8)
    let between = try table.node((22.0 * 20).squareRoot())
    #expect(abs(between.cellArea - (0.092 * 0.081).squareRoot()) < 1e-12)
    #expect(message { _ = try table.node(2) } == "node: expected 3 to 90 nm, found 2")
  }

  @Test("unit prices: the published ends are met, 16 x 16 bits cost 2.96 and 4 x 8 bits 0.67 of 8 x 8 with its sum")
  func units() throws {
    #expect(UnitPrices.whole(8, 8, sum: 32).multiplyAdd == 1)
    #expect(abs(UnitPrices.whole(32, 32, sum: 32).multiplyAdd - 3.2 / 0.3) < 1e-3)
    #expect(abs(UnitPrices.whole(32, 32, sum: 32).multiplyAddArea - (3495.0 + 137) / 419) < 2e-3)
    #expect(abs(UnitPrices.whole(16, 16, sum: 32).multiplyAdd - 2.9580) < 1e-3)
    #expect(abs(UnitPrices.whole(8, 4, sum: 32).multiplyAdd - 0.66932) < 1e-4)
    // A sum of 24 bits: 0.03 + 0.07 * 16 / 24 = 0.07667 pJ in place of 0.1.
    #expect(abs(UnitPrices.whole(8, 8, sum: 24).multiplyAdd - 0.27667 / 0.3) < 1e-4)
    #expect(abs(UnitPrices.float32.multiplyAdd - 4.6 / 0.3) < 1e-12)
    // Both kinds of products pass a lane: keys and values have 8 bits beside weights of 4.
    #expect(try UnitPrices.built(Arithmetic(parsing: "w4a8")) == UnitPrices.whole(8, 8, sum: 32))
    #expect(try UnitPrices.lane(Arithmetic(parsing: "w4a8"), hasWeights: false).multiplyAdd == 1)
    #expect(UnitPrices.lane(.int8, hasWeights: true, result: .similarity) == .float32)
  }

  static func base(edition: Int = 2) throws -> AcceleratorDesign {
    var design = try AcceleratorDesign.named("camera-base")
    design.silicon.edition = edition
    return design
  }

  static let up = Operation(
    "up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 64, outputs: 256, reduced: 128)), result: .gate)

  @Test("dynamic energy goes with the square of the voltage; SRAM stays at what its cells need")
  func square() throws {
    let model = try PhysicalCostModel()
    func energy(_ volts: Double) throws -> EnergyBreakdown {
      var design = try Self.base()
      design.clock = 50e6
      design.silicon.voltage = volts
      return try model.explain(Self.up, on: design).energy
    }
    let nominal = try energy(0.8), low = try energy(0.6), least = try energy(0.5)
    #expect(abs(low.multiplyAdds / nominal.multiplyAdds - 0.5625) < 1e-9)
    #expect(abs(low.registers / nominal.registers - 0.5625) < 1e-9)
    #expect(abs(low.l2 / nominal.l2 - 0.5625) < 1e-9)
    #expect(abs(least.multiplyAdds / nominal.multiplyAdds - 0.390625) < 1e-9)
    // 0.6 V is the least of the memories: their rail does not follow.
    #expect(least.l2 == low.l2)
    #expect(low.memory == nominal.memory)
    #expect(low.leakage < nominal.leakage)
    // By hand at 22 nm and 0.8 V: 0.3 pJ at 45 nm times (22 / 45)^0.59.
    #expect(abs(nominal.multiplyAdds.value / (64 * 256 * 128) - 0.3e-12 * 0.65556) < 1e-16)
  }

  @Test("a clock that the voltage does not carry is refused with the range, and so is a voltage that no chip has")
  func refusals() throws {
    let model = try PhysicalCostModel()
    func fault(_ change: (inout AcceleratorDesign) -> Void) throws -> String {
      var design = try Self.base()
      change(&design)
      return message { _ = try model.area(of: design) }
    }
    let slow = try fault {
      $0.clock = 2e9; $0.silicon.voltage = 0.6
    }
    #expect(slow.hasPrefix("clock: 0.6 V carry ") && slow.contains(", not 2000 MHz; at 22 nm 0.5 V carry "))
    #expect(try fault { $0.clock = 9e9 }.hasPrefix("clock: no voltage carries 9000 MHz; at 22 nm "))
    #expect(try fault { $0.silicon.voltage = 0.2 }.hasPrefix("voltage: expected 0.5 V to "))
    #expect(try fault { $0.silicon.voltage = 1.9 }.hasSuffix(" at 22 nm, found 1.9 V"))
    #expect(try fault { $0.silicon.voltage = 3 } == "voltage: expected 0.2 to 2 V or least or nominal, found 3.0")
    #expect(try fault { $0.silicon.node = 2 }.hasPrefix("node: expected 3 to 90 nm or scenario, found 2"))
    let old = try fault {
      $0.silicon.edition = 1; $0.silicon.voltage = 0.6
    }
    #expect(old == "voltage belongs to edition 2 of the account; add edition: 2 to the design")
    #expect(try fault { $0.silicon.arithmetic = "w9a9" }.hasPrefix("arithmetic \"w9a9\": "))
  }

  @Test("the least voltage carries exactly the clock, and slower is never dearer a product")
  func least() throws {
    let figures = try VoltageFigures(Technology()), node = try NodeTable().node(22)
    var last: Rails?
    for megahertz in stride(from: 1300.0, through: 50, by: -50) {
      let rails = try Rails(.least, clock: megahertz * 1e6, node: node, figures)
      let carried = Rails.clock(at: rails.logic, node, figures)
      #expect(carried >= megahertz * 1e6 * (1 - 1e-6))
      if rails.logic > figures.leastLogic { #expect(carried < megahertz * 1e6 * 1.00001) }
      if let last { #expect(rails.logic <= last.logic && rails.logicEnergy <= last.logicEnergy) }
      last = rails
    }
    #expect(last?.logic == figures.leastLogic && last?.memory == figures.leastSRAM)
  }

  @Test("running slower wins in edition 2 where a camera waits, and never did in edition 1")
  func slower() throws {
    let model = try PhysicalCostModel(.init(period: Seconds(1.0 / 30), memoryGigabytes: 0))
    let shape = try PhysicalCostModelTests.model("micro")
    func energy(_ edition: Int, _ clock: Double) throws -> EnergyBreakdown {
      var design = try Self.base(edition: edition)
      (design.clusters, design.width, design.depth, design.bufferKilobytes) = (1, 16, 8, 256)
      (design.l2Kilobytes, design.clock) = (16, clock)
      return try #require(model.estimate(shape, on: design).energyByComponent)
    }
    let slow = try energy(2, 100e6), fast = try energy(2, 800e6)
    #expect(slow.total < fast.total)
    // All that the chip itself takes: some 0.5 V in place of 0.7.
    #expect((slow.total - slow.memory).value < 0.75 * (fast.total - fast.memory).value)
    #expect(try energy(1, 100e6).total.value >= energy(1, 800e6).total.value * 0.999)
  }

  @Test("lanes that wait take the clock's share and half of their registers'")
  func idle() throws {
    let model = try PhysicalCostModel()
    let row = Operation(
      "up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 1, outputs: 256, reduced: 128)), result: .gate)
    var design = try Self.base()
    design.silicon.voltage = ChipSilicon.nominalVoltage
    let found = try model.explain(row, on: design)
    let macs = 256.0 * 128
    let slots = max(found.computeCycles, max(found.l2Cycles, found.bufferCycles)) * Double(design.lanes)
    let idle = slots / macs - 1
    #expect(idle > 10)
    // Each multiply-add writes a sum of 32 bits and moves two bytes: 48 bits of 6 fJ at 45 nm.
    let node = 0.65553
    let registers = macs * 48 * 0.006e-12 * node, arithmetic = macs * 0.3e-12 * node
    #expect(abs(found.energy.registers.value / (registers * (1 + 0.5 * idle)) - 1) < 1e-4)
    // What a system takes beyond its parts is counted with the clock.
    let overhead = 1.204, energy = found.energy
    let parts = energy.multiplyAdds.value + energy.registers.value + energy.l2.value + energy.buffer.value
    let clock = (energy.clock.value - (overhead - 1) * parts) / overhead
    #expect(abs(clock / ((registers + arithmetic) * 0.5 * (1 + idle)) - 1) < 1e-4)
    // Edition 1 charges products alone.
    let old = try model.explain(row, on: Self.base(edition: 1))
    #expect(abs(old.energy.clock.value / ((registers + arithmetic) * 0.5) - 1) < 1e-4)
  }

  @Test("SRAM shrinks with its cells, logic as Stillmaker and Baas found")
  func shrinking() throws {
    let model = try PhysicalCostModel()
    func area(_ node: Double, _ edition: Int, _ name: String) throws -> Double {
      var design = try Self.base(edition: edition)
      (design.silicon.node, design.clock) = (node, 100e6)
      return try #require(model.area(of: design).components.first { $0.name == name }).area.value
    }
    #expect(try abs(area(16, 2, "buffer") / area(22, 2, "buffer") - 0.07 / 0.092) < 1e-9)
    #expect(try abs(area(16, 2, "lane_registers") / area(22, 2, "lane_registers") - 0.19 / 0.246) < 1e-9)
    #expect(try abs(area(16, 1, "buffer") / area(22, 1, "buffer") - 256.0 / 484) < 1e-9)
    // CACTI's cell at 22 nm is 0.0707 um2, the densest published one 0.092.
    #expect(try abs(area(22, 2, "buffer") / area(22, 1, "buffer") - 0.092 / 0.0707) < 1e-9)
    // Registers: 8 sums of 32 bits, two operands, and three that a block shares.
    #expect(
      try abs(area(22, 2, "lane_registers") / area(22, 1, "lane_registers") - 296.0 / 272 * 0.246 / (484.0 / 2025))
        < 1e-9)
  }
}

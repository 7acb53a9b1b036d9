import CLIPAccelerators
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPTestSupport
import CLIPUnits
import Testing

@Suite("Memories that designs name")
struct MemorySystemTests {
  /// A product whose 16 KB of weights are all there is of a model.
  private static let list = OperationList([
    Operation("up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 16, outputs: 16, reduced: 1024)))
  ])
  private static let weights = 16.0 * 1024

  private static func design(_ weightsIn: String, _ dram: String = "scenario") throws -> AcceleratorDesign {
    var design = try AcceleratorDesign.named("camera-base")
    design.weightsIn = weightsIn
    design.dram = dram
    return design
  }

  private static func model(keeps: Bool, starts: Double = 0) throws -> PhysicalCostModel {
    var settings = PhysicalCostModel.Settings(period: Seconds(0.01), keepsWeights: keeps)
    settings.startsPerInference = starts
    return try PhysicalCostModel(settings)
  }

  @Test("a device's figures are its row's: rates times widths, drivers and rows added")
  func rows() throws {
    let dram = try MemoryCatalog().dram
    let hyper = try #require(dram.first { $0.name == "hyperram-8mb" })
    #expect(hyper.bandwidth == 333e6 && hyper.pads == 12 && hyper.phyBits == 0)
    #expect(abs(hyper.readEnergy - 40.34 * 8) < 1e-9 && abs(hyper.writeEnergy - (40.34 + 8.1) * 8) < 1e-9)
    let second = try #require(dram.first { $0.name == "lpddr2-256mb" })
    #expect(abs(second.readEnergy - ((18.07 + 5.03) * 8 + 4056.0 / 2048)) < 1e-9)
    #expect(second.bandwidth == 1.6e9 && second.phyBits == 16)
  }

  @Test(
    "weights that are fetched: transfers, DRAM with a row open, power-down with refresh, self refresh while it waits")
  func fetched() throws {
    let estimate = try Self.model(keeps: false).estimate(Self.list, on: Self.design("dram", "lpddr4-768mb"))
    let energy = try #require(estimate.energyByComponent)
    // 8.47 and 1.83 pJ a bit, and 1.205 nJ for each row of 2 KB.
    let transfer = Self.weights * ((8.47 + 1.83) * 8 + 1205.0 / 2048) * 1e-12
    #expect(abs(energy.memory.value / transfer - 1) < 1e-12)
    // 16 bytes a cycle of 200 MHz are asked for, less than the device's 6.4 GB/s.
    let latency = estimate.latency.value, busy = Self.weights / 3.2e9
    #expect(latency > busy)
    let background =
      37.88e-3 * busy + (6.285e-3 + 1.2e-3) * (latency - busy) + 1.2e-3 * (0.01 - latency)
    #expect(abs(energy.memoryBackground.value / background - 1) < 1e-9)
    #expect(energy.host == .zero && energy.weightMemory == .zero && energy.start == .zero)
    #expect(abs(estimate.energy.value / energy.total.value - 1) < 1e-12)
    let bill = try #require(estimate.memories)
    #expect(bill.chips.map(\.name) == ["lpddr4-768mb"] && bill.chips[0].count == 1 && bill.isEnergyVerified)
    #expect(bill.unverified == ["lpddr4-768mb: phy"])
  }

  @Test("a device that is slower than the design asks decides the time: 333 MB/s take 49.2 µs for 16 KB")
  func slow() throws {
    let estimate = try Self.model(keeps: false).estimate(Self.list, on: Self.design("dram", "hyperram-8mb"))
    #expect(abs(estimate.latency.value / (Self.weights / 333e6) - 1) < 1e-9)
  }

  @Test("DRAM whose weights are kept on the chip is off; each start is shared among inferences")
  func kept() throws {
    let design = try Self.design("dram", "hyperram-8mb")
    let estimate = try Self.model(keeps: true, starts: 1e-3).estimate(Self.list, on: design)
    let energy = try #require(estimate.energyByComponent)
    #expect(estimate.keptWeights == Self.weights)
    #expect(energy.memory == .zero && energy.memoryBackground == .zero)
    // The host sends 16 KB (8.1 pJ a bit), DRAM takes them, and the buffer.
    let write = try bufferWrite(design)
    let start = Self.weights * (8.1 * 8 + (40.34 + 8.1) * 8 + write) * 1e-12 * 1e-3
    #expect(abs(energy.start.value / start - 1) < 1e-9)
    #expect(abs(estimate.energy.value / energy.total.value - 1) < 1e-12)
  }

  /// pJ a byte written into the buffer, with the wire to it.
  private func bufferWrite(_ design: AcceleratorDesign) throws -> Double {
    var plain = try AcceleratorDesign.named("camera-base")
    plain.bufferKilobytes = design.bufferKilobytes
    let model = try PhysicalCostModel()
    let operation = Self.list.operations[0]
    let fetched = try model.explain(operation, on: plain).energy.buffer.value
    // What fetching adds is writing the weights: the buffer reads the same either way.
    var settings = PhysicalCostModel.Settings()
    settings.keepsWeights = true
    let kept = try PhysicalCostModel(settings).explain("up", of: Product(), on: plain)[0].energy.buffer.value
    return (fetched - kept) / Self.weights * 1e12
  }

  /// The list as a workload.
  private struct Product: Workload {
    var inference: String { "one product" }
    var parameterCount: Int { 16 * 1024 }
    var operations: OperationList { MemorySystemTests.list }
  }

  @Test("flash is read for each run, or at each start; asleep it draws 1.5 µW")
  func flash() throws {
    let design = try Self.design("flash")
    let each = try Self.model(keeps: false).estimate(Self.list, on: design)
    let read = try #require(each.energyByComponent)
    #expect(abs(each.latency.value / (Self.weights / 83e6) - 1) < 1e-9)
    let expected =
      Self.weights * 45 * 8 * 1e-12 + 30e-6 * each.latency.value + 1.5e-6 * (0.01 - each.latency.value)
    #expect(abs(read.weightMemory.value / expected - 1) < 1e-9)
    let once = try Self.model(keeps: true, starts: 0.5).estimate(Self.list, on: design)
    let kept = try #require(once.energyByComponent)
    #expect(abs(kept.weightMemory.value / (1.5e-6 * 0.01) - 1) < 1e-9)
    #expect(abs(kept.start.value / (Self.weights * (45 * 8 + (try bufferWrite(design))) * 1e-12 * 0.5) - 1) < 1e-9)
    #expect(once.latency.value < each.latency.value)
    let chip = try #require(once.memories?.chips.first)
    // 1 MB is the smallest: 8 Mbit of 0.47 g.
    #expect(chip.megabytes == 1 && chip.grams.map { abs($0 - 3.76) < 1e-9 } == true && !chip.isEmbodiedVerified)
  }

  @Test("SRAM holds all of a model or none; where it does not, or other models come in between, nothing is possible")
  func sram() throws {
    var design = try Self.design("sram")
    #expect(try Self.model(keeps: true).estimate(Self.list, on: design).isPossible)
    #expect(try Self.model(keeps: true).estimate(Self.list, on: design).memories?.chips.isEmpty == true)
    #expect(try !Self.model(keeps: false).estimate(Self.list, on: design).isPossible)
    design.bufferKilobytes = 16
    #expect(try !Self.model(keeps: true).estimate(Self.list, on: design).isPossible)
    #expect(
      try message { _ = try Self.model(keeps: true).explain("up", of: Product(), on: design) }
        == "the weights do not fit the buffer of 16 KB; take a larger buffer")
  }

  @Test("activations that do not fit need DRAM: without any the design is impossible, with one they go there and back")
  func spill() throws {
    let large = OperationList([
      Operation("up", .image, .feedForward, .matrixProduct(MatrixProduct(rows: 512, outputs: 512, reduced: 16)))
    ])
    var design = try Self.design("mram")
    design.bufferKilobytes = 128
    let model = try Self.model(keeps: false)
    #expect(try !model.estimate(large, on: design).isPossible)
    design.dram = "hyperram-8mb"
    let spilled = try model.estimate(large, on: design)
    #expect(spilled.isPossible)
    // 256 KB of results leave, 8 KB of inputs come: each byte at the mean of reading and writing.
    let energy = try #require(spilled.energyByComponent)
    let moved = energy.memory.value * 1e12 / ((40.34 + 40.34 + 8.1) * 8 / 2)
    #expect(moved >= 264 * 1024 && moved < 300 * 1024)
    // Nothing in it is needed while it waits.
    #expect(abs(energy.memoryBackground.value / (0.54e-3 * spilled.latency.value) - 1) < 1e-9)
  }

  @Test("a macro of MRAM is part of the die: 1.6 Mbit make a macro of 2 Mbit, 0.194 mm2, and 10 % more of the wafer")
  func macro() throws {
    let model = try PhysicalCostModel().serving(bytes: 200_000)
    let design = try Self.design("mram")
    let area = try model.area(of: design).components
    func part(_ name: String) -> Double { area.first { $0.name == name }?.area.value ?? 0 }
    #expect(abs(part("weight_memory") - 0.194) < 1e-12)
    #expect(try model.memories(of: design)?.waferShare == 0.1)
    let inside = area.filter { $0.name != "pads" }.reduce(0) { $0 + $1.area.value }
    // 11 signals of the host, 6 supplies beside them, 8 of the core; a ring of 180 µm.
    #expect(try model.estimate(Self.list, on: design).memories?.pads == 25)
    let side = inside.squareRoot() + 0.36
    #expect(abs(part("pads") - (side * side - inside)) < 1e-9)
    #expect(
      try message { _ = try PhysicalCostModel(.init(node: 22)).area(of: Self.design("eflash")) }
        == "weights-in: there is no eflash below 28 nm, found 22 nm; take another memory or a coarser node")
    #expect(try PhysicalCostModel(.init(node: 28)).area(of: Self.design("eflash")).total.value > 0)
  }

  @Test("a die too small for its pads grows to carry them: 76 pads of 60 µm need a side of 1.5 mm")
  func pads() throws {
    var design = try Self.design("dram", "lpddr4-768mb")
    (design.width, design.depth, design.l2Kilobytes, design.bufferKilobytes) = (8, 2, 4, 16)
    let model = try PhysicalCostModel()
    let bill = try #require(try model.estimate(Self.list, on: design).memories)
    // 11 signals of the host and 34 of the DRAM, 23 supplies beside them, 8 of the core.
    #expect(bill.pads == 76)
    // The PHY alone is 1.25 mm2.
    #expect(!bill.isPadLimited)
    design.dram = "psram-32mb"
    let pads = try #require(try model.estimate(Self.list, on: design).memories)
    #expect(pads.pads == 97 && pads.isPadLimited)
    let side = 0.36 + 97 * 0.06 / 4
    #expect(abs(try model.area(of: design).total.value - side * side) < 1e-9)
  }

  @Test("self refresh follows the temperature: between 45 and 85 degrees straight in its logarithm, else at its ends")
  func temperature() throws {
    func refresh(_ degrees: Double) throws -> Double {
      var settings = PhysicalCostModel.Settings(period: Seconds(1000), keepsWeights: false)
      settings.temperature = degrees
      let estimate = try PhysicalCostModel(settings).estimate(Self.list, on: Self.design("dram", "lpddr-128mb"))
      return (estimate.energyByComponent?.memoryBackground.value ?? 0) / 1000
    }
    for (degrees, watts) in [(20.0, 0.9e-3), (45, 0.9e-3), (65, 0.9e-3 * 2.0.squareRoot()), (85, 1.8e-3)] {
      #expect(try abs(refresh(degrees) / watts - 1) < 1e-5, "\(degrees)")
    }
    var settings = PhysicalCostModel.Settings()
    settings.temperature = 200
    #expect(
      message { _ = try PhysicalCostModel(settings) } == "temperature: expected 0 to 105 C, found 200.0")
  }

  @Test("without L2 the arrays read the buffer itself: the same bytes, no copy in between")
  func noL2() throws {
    var design = try AcceleratorDesign.named("camera-base")
    design.l2Kilobytes = 0
    let model = try PhysicalCostModel(), with = try AcceleratorDesign.named("camera-base")
    let found = try model.explain(Self.list.operations[0], on: design)
    // 16 rows and 16 outputs are one strip each: every operand once. The weights come into the buffer before, the result goes
    // there.
    #expect(found.bufferBytes == 2 * 16 * 1024 + 16 * 1024 + 256 && found.l2Bytes == 0 && found.l2Cycles == 0)
    #expect(found.bufferCycles == 2 * 16.0 * 1024 / 64)
    #expect(try model.area(of: design).total.value < model.area(of: with).total.value)
    let configuration = try PhysicalCostModelTests.model("micro")
    let (without, ordinary) = (
      try model.estimate(configuration, on: design), try model.estimate(configuration, on: with)
    )
    #expect(without.isPossible && without.energyByComponent?.l2 == .zero)
    #expect((without.energyByComponent?.buffer ?? .zero) > (ordinary.energyByComponent?.buffer ?? .zero))
    #expect(
      message { _ = try ReferenceCostModel().area(of: design) }
        == "the reference cost model knows designs with L2 and the scenario's DRAM only; take the physical cost model")
  }

  @Test("a design that names no memory is priced by the gigabyte, as it always was")
  func byGigabyte() throws {
    let estimate = try Self.model(keeps: false).estimate(Self.list, on: Self.design("dram"))
    let energy = try #require(estimate.energyByComponent)
    #expect(estimate.memories == nil)
    #expect(abs(energy.memory.value / (Self.weights * 64e-12) - 1) < 1e-12)
    let background = 0.05 * estimate.latency.value + 0.004 * (0.01 - estimate.latency.value)
    #expect(abs(energy.memoryBackground.value / background - 1) < 1e-9)
    #expect(!estimate.area.components.contains { $0.name == "pads" })
  }

  @Test("unknown memories are answered with the nearest; own tables add rows and change them")
  func names() throws {
    let model = try PhysicalCostModel()
    #expect(
      message { _ = try model.area(of: Self.design("mran")) } == "unknown weights-in \"mran\"; did you mean \"mram\"?")
    #expect(
      message { _ = try model.area(of: Self.design("dram", "hyperram-8")) }
        == "unknown dram \"hyperram-8\"; did you mean \"hyperram-8mb\"?")
    let shipped = try TextFile.text(of: DataFolder.path("technology/weight-memories.csv"))
    let header = try #require(shipped.split(separator: "\n").first { $0.hasPrefix("name,") })
    let own = header + "\nmine,own flash,external,10,100,1,1,6,0,45,0,2,0.1,0,,data sheet\n"
    let technology = try withFile("own.csv", String(own)) { try Technology(figures: [$0]) }
    #expect(technology.memories.weightNames.last == "mine")
    let bill = try PhysicalCostModel(technology: technology).memories(of: Self.design("mine"))
    #expect(bill?.chips.first?.megabytes == 2 && bill?.unverified == [])
    let text = "clusters: 1\nwidth: 8\ndepth: 8\nl2: 16 KB\nl2-bandwidth: 16 B/cycle\nbuffer: 1 MB\nweights-in: mine"
    #expect(
      message { _ = try AcceleratorDesign(Recipe.parse(text, origin: "d.yaml")) }
        .hasPrefix("d.yaml: line 7: unknown weights-in \"mine\""))
    let read = try AcceleratorDesign(Recipe.parse(text, origin: "d.yaml"), memories: technology.memories)
    #expect(read.weightsIn == "mine" && read.description.hasSuffix("weights in mine"))
    #expect(
      message {
        _ = try withFile("own.csv", String(header) + "\nsram,x,external,1,1,1,1,6,0,45,0,2,0.1,0,,s\n") {
          try Technology(figures: [$0])
        }
      }.contains("\"sram\" stands twice, or means something else"))
  }

  @Test("a design and a space are changed by flags: one value for a design, an axis for a space")
  func changes() throws {
    let change = DesignChange("weights-in", words: "sram, flash", origin: "--weights-in")
    let space = try DesignSpace.named("camera-1920").changed(by: [change])
    #expect(space.count == 3840 && space[0].weightsIn == "sram" && space[1].weightsIn == "flash")
    let design = try AcceleratorDesign.named("camera-base")
    #expect(
      message { _ = try design.changed(by: [change]) }
        == "--weights-in: weights-in has one value in a design, found 2; several belong to a sweep")
    let one = try design.changed(by: [DesignChange("buffer-ports", words: "1", origin: "--buffer-ports")])
    #expect(one.bufferPorts == 1)
    #expect(
      message { _ = try design.changed(by: [DesignChange("weights-in", words: "", origin: "--weights-in")]) }
        .hasPrefix("--weights-in: weights-in must be a name"))
  }
}

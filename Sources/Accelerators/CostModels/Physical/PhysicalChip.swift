internal import CLIPFiles
import CLIPModelShapes

/// A design as built: memories, bandwidths, energies, area and leakage.
struct PhysicalChip: Sendable {
  let design: AcceleratorDesign
  let figures: PhysicalFigures
  /// A cluster's; nil for none.
  let l2: PhysicalMemory?
  let buffer: PhysicalMemory
  private(set) var area: ChipArea
  /// The memories that the design names; nil where DRAM is priced by the gigabyte.
  private(set) var memories: MemorySystem?
  /// Pads of the die, and whether they decide its size; 0 where DRAM is priced by the gigabyte.
  private(set) var pads = 0, isPadLimited = false
  /// W, all of the chip.
  let leakage: Double
  /// Square micrometers of a lane, of a vector lane and of a cluster, without memories and what connects.
  let logicAreas: (lane: Double, vector: Double, cluster: Double)
  /// Bytes of the buffer.
  private(set) var bufferBytes: Double
  var mapper: MapperChip
  /// What its numbers are; nil for a byte each.
  let arithmetic: Arithmetic?
  let dataflow: Dataflow
  let scratchpad: Scratchpad

  /// Sums in the registers of a lane without a scratchpad.
  static let sums = 8
  /// Bits of a vector lane's registers: 12 bytes, as in the design's template.
  static let vectorLaneBits = 96.0

  /// A design with the memories built for it.
  /// - Throws: `InputError` for numbers or a dataflow that cannot be.
  init(
    _ design: AcceleratorDesign, l2: PhysicalMemory?, buffer: PhysicalMemory, _ figures: PhysicalFigures
  ) throws {
    self.design = design
    self.figures = figures
    try design.silicon.checked()
    let arithmetic = try design.silicon.numbers()
    self.arithmetic = arithmetic
    dataflow = Dataflow(rawValue: design.silicon.dataflow) ?? .outputStationary
    scratchpad = Scratchpad(bytes: design.silicon.scratchpadBytes, figures)
    guard dataflow == .outputStationary || design.l2Kilobytes > 0 else {
      throw InputError("dataflow: weights that stay need an L2 for sums that wait", advice: "give it 4 KB or more")
    }
    let sumBits = arithmetic?.accumulatorBits ?? 32
    let multiplier = arithmetic.map { UnitPrices.built($0).multiplyAddArea } ?? 1
    let vectorUnit = arithmetic.map { $0.vectorUnit.multiplyAddArea * figures.macArea } ?? figures.vectorArea
    self.l2 = l2
    self.buffer = buffer
    bufferBytes = Double(design.bufferKilobytes) * 1024

    let clusters = Double(design.clusters)
    let lanes = Double(design.lanes), vectorLanes = Double(design.vectorLanes)
    let laneBits = Self.laneBits(arithmetic, dataflow, hasScratchpad: scratchpad.bytes > 0, figures)
    logicAreas = (
      (figures.macArea * multiplier + laneBits * figures.registerArea + scratchpad.bits * figures.scratchpadArea)
        / figures.logicDensity,
      (vectorUnit + Self.vectorLaneBits * figures.registerArea) / figures.logicDensity,
      figures.controllerArea / figures.logicDensity
    )
    var parts: [(name: String, area: Double)] = [
      ("multiply_adders", lanes * figures.macArea * multiplier / figures.logicDensity),
      ("lane_registers", lanes * laneBits * figures.registerArea / figures.logicDensity),
      ("scratchpads", lanes * scratchpad.bits * figures.scratchpadArea / figures.logicDensity),
      (
        "vector_cores",
        vectorLanes * (vectorUnit + Self.vectorLaneBits * figures.registerArea) / figures.logicDensity
      ),
      ("l2", clusters * (l2?.area ?? 0)),
      ("buffer", buffer.area),
      ("control", clusters * figures.controllerArea / figures.logicDensity),
    ]
    parts.removeAll { $0.name == "scratchpads" && $0.area == 0 }
    let blocks = parts.reduce(0) { $0 + $1.area }
    let connected = blocks * (1 + figures.interconnectShare)
    var beside = [("interconnect", blocks * figures.interconnectShare)]
    if figures.areaOverhead > 1 { beside.append(("system", connected * (figures.areaOverhead - 1))) }
    area = ChipArea(
      (parts + beside).map {
        ChipArea.Component($0.name, .init($0.area / 1e6))
      })
    let logic = (blocks - clusters * (l2?.area ?? 0) - buffer.area) / 1e6
    leakage = logic * figures.logicLeakage + clusters * (l2?.leakage ?? 0) + buffer.leakage
    // From the buffer to a cluster it is half the chip's side on average.
    let wire = figures.wireEnergy * (area.total.value.squareRoot() / 2)
    var mapper = MapperChip(
      clusters: design.clusters, width: design.width, depth: design.depth,
      l2: l2 == nil ? .infinity : Double(design.l2Kilobytes) * 1024, l2Bandwidth: l2?.bandwidth ?? 1,
      bufferBandwidth: buffer.bandwidth, weightSpace: bufferBytes / 4, l2Read: l2?.readEnergy ?? 0,
      l2Write: l2?.writeEnergy ?? 0, bufferRead: buffer.readEnergy + wire,
      bufferWrite: buffer.writeEnergy + wire)
    mapper.sums = dataflow == .outputStationary && scratchpad.bytes > 0 ? scratchpad.sums(sumBits) : Self.sums
    mapper.l2SharesPort = design.l2Ports == 1
    mapper.bufferSharesPort = design.bufferPorts == 1
    mapper.hasL2 = l2 != nil
    self.mapper = mapper
  }

  /// The same with room for more or less in its buffer: for what depends on that alone.
  func withBuffer(kilobytes: Int) -> PhysicalChip {
    var chip = self
    chip.bufferBytes = Double(kilobytes) * 1024
    return chip
  }

  /// Weights that a lane holds beside those that come next, where they stay.
  var weightsHeld: Int {
    let bits = arithmetic.map { max($0.weightBits, $0.isFloat ? 0 : $0.rightBits) } ?? 8
    return dataflow == .weightStationary ? scratchpad.weights(bits) : 1
  }

  /// Bits of a lane's registers.
  ///
  /// Sums that stay: 8 of them and two operands on their way, and from edition 2 on the operands that a block of sums shares;
  /// with a scratchpad the one sum that is being added to. Weights that stay: the sum and the input that go by, and the weight
  /// with the one that comes next.
  private static func laneBits(
    _ arithmetic: Arithmetic?, _ dataflow: Dataflow, hasScratchpad: Bool, _ figures: PhysicalFigures
  ) -> Double {
    let sum = Double(arithmetic?.accumulatorBits ?? 32)
    let first = Double(arithmetic?.activationBits ?? 8)
    let second = Double(arithmetic.map { max($0.weightBits, $0.isFloat ? 0 : $0.rightBits) } ?? 8)
    switch dataflow {
    case .weightStationary: return sum + first + (hasScratchpad ? second : 2 * second)
    case .outputStationary where hasScratchpad: return sum + first + second
    case .outputStationary: return Double(sums) * sum + first + second + figures.keptOperands * max(first, second)
    }
  }

  /// The same chip with the memories that its design names: their macros, interfaces and pads are part of the die.
  func equipped(with memories: MemorySystem, _ ring: PadRing) -> PhysicalChip {
    var chip = self
    let inside = area.total.value + memories.macroArea + memories.interfaceArea
    let die = ring.die(inside: inside, signals: memories.signals)
    chip.area = ChipArea(
      area.components + [
        ChipArea.Component("weight_memory", .init(memories.macroArea)),
        ChipArea.Component("dram_interface", .init(memories.interfaceArea)),
        ChipArea.Component("pads", .init(die.area - inside)),
      ])
    chip.memories = memories
    chip.pads = ring.pads(signals: memories.signals)
    chip.isPadLimited = die.isPadLimited
    return chip
  }

  /// Bytes of an operation's activations that may stay in the buffer; a quarter is the weights' in use, a quarter theirs
  /// that come next.
  var activationSpace: Double { bufferBytes / 2 }
  /// Bytes of weights that may come before their operation begins.
  var prefetchSpace: Double { bufferBytes / 4 }
  /// Whether what goes over the chip's edge has somewhere to go.
  func takes(_ plan: MemoryPlan) -> Bool { plan.activations == 0 || (memories.map { $0.dram != nil } ?? true) }

  /// Cycles that an operation's weights, and all else, take over the chip's edge.
  func transfers(of plan: MemoryPlan) -> (weights: Double, activations: Double) {
    guard let memories else {
      return (plan.weights / memoryBandwidth, (plan.activations + plan.image) / memoryBandwidth)
    }
    return memories.rates.cycles(of: plan)
  }

  /// Cycles that all of an operation's bytes take over the chip's edge.
  func transferCycles(of plan: MemoryPlan) -> Double {
    guard let memories else { return plan.bytes / memoryBandwidth }
    let cycles = memories.rates.cycles(of: plan)
    return cycles.weights + cycles.activations
  }

  /// Bytes to, or from, DRAM in a cycle.
  var memoryBandwidth: Double { Double(design.memoryBytesPerCycle) }
}

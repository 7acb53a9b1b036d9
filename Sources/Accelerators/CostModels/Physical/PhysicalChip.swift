internal import CLIPFiles

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
  /// Bytes of the buffer.
  let bufferBytes: Double
  let mapper: MapperChip

  /// Bits of a lane's registers: 8 sums of 32 bits and two operands on their way.
  static let laneBits = Double(MapperChip.sums * 32 + 16)
  /// Bits of a vector lane's registers: 12 bytes, as in the design's template.
  static let vectorLaneBits = 96.0

  /// - Throws: `InputError` where no memory of the size can be built from the table.
  init(_ design: AcceleratorDesign, _ technology: Technology, _ figures: PhysicalFigures) throws {
    self.design = design
    self.figures = figures
    let l2 =
      design.l2Kilobytes == 0
      ? nil
      : try PhysicalMemory(
        "l2", kilobytes: design.l2Kilobytes, bytesPerCycle: design.l2BytesPerCycle, ports: design.l2Ports,
        clock: design.clock, technology, figures)
    self.l2 = l2
    buffer = try PhysicalMemory(
      "buffer", kilobytes: design.bufferKilobytes, bytesPerCycle: design.bufferBytesPerCycle,
      ports: design.bufferPorts, clock: design.clock, technology, figures)
    bufferBytes = Double(design.bufferKilobytes) * 1024

    let clusters = Double(design.clusters)
    let lanes = Double(design.lanes), vectorLanes = Double(design.vectorLanes)
    let parts: [(name: String, area: Double)] = [
      ("multiply_adders", lanes * figures.macArea / figures.logicDensity),
      ("lane_registers", lanes * Self.laneBits * figures.registerArea / figures.logicDensity),
      (
        "vector_cores",
        vectorLanes * (figures.vectorArea + Self.vectorLaneBits * figures.registerArea) / figures.logicDensity
      ),
      ("l2", clusters * (l2?.area ?? 0)),
      ("buffer", buffer.area),
      ("control", clusters * figures.controllerArea / figures.logicDensity),
    ]
    let blocks = parts.reduce(0) { $0 + $1.area }
    area = ChipArea(
      (parts + [("interconnect", blocks * figures.interconnectShare)]).map {
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
    mapper.l2SharesPort = design.l2Ports == 1
    mapper.bufferSharesPort = design.bufferPorts == 1
    mapper.hasL2 = l2 != nil
    self.mapper = mapper
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
    return memories.cycles(of: plan)
  }

  /// Cycles that all of an operation's bytes take over the chip's edge.
  func transferCycles(of plan: MemoryPlan) -> Double {
    guard let memories else { return plan.bytes / memoryBandwidth }
    let cycles = memories.cycles(of: plan)
    return cycles.weights + cycles.activations
  }

  /// Bytes to, or from, DRAM in a cycle.
  var memoryBandwidth: Double { Double(design.memoryBytesPerCycle) }
}

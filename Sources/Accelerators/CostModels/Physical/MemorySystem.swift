internal import CLIPFiles
internal import CLIPUnits

/// The memories beside a chip's SRAM that a design has for a model: where weights come from, where activations go that do not
/// fit, by which way images come, and what all of it draws in each phase.
///
/// Phases of a device's life, for each inference:
///
///     start     weights are read into the buffer, or written into DRAM, each time that the device is switched on
///     load      a run's weights and what was spilled come over their interface: transfers, DRAM with a row open
///     compute   nothing moves: DRAM in power-down with refresh, or off where nothing in it is needed
///     wait      until the next run: DRAM in self refresh where it holds weights, off where it held activations alone; flash asleep
///
/// A chip that is priced by the gigabyte, as the account was before devices were known, has none of these.
struct MemorySystem: Sendable {
  /// Where weights lie.
  enum Store: Sendable {
    case dram, sram
    case memory(WeightMemory, megabytes: Double)
  }

  let store: Store
  /// The DRAM, and how many of them; nil for none.
  let dram: (device: DRAMDevice, count: Int)?
  /// Degrees C.
  let temperature: Double
  /// Of the model.
  let modelBytes: Double
  /// pJ a byte of an image that comes in, or of weights that the host sends.
  let hostEnergy: Double
  /// Bytes in a cycle: of DRAM, of what holds the weights, of the host.
  let dramBandwidth: Double, weightBandwidth: Double, hostBandwidth: Double
  /// mm² on our die: macros of weights, and DRAM's interface.
  let macroArea: Double, interfaceArea: Double
  /// Signals of the die.
  let signals: Int

  /// - Parameters:
  ///   - design: one that names a memory
  ///   - bytes: of the model
  /// - Throws: `InputError` for an unknown memory, and for a macro that the process does not have.
  init(
    _ design: AcceleratorDesign, bytes: Double, temperature: Double, node: Double, _ technology: Technology
  ) throws {
    let weights = try technology.memories.weightMemory(design.weightsIn)
    let device = try technology.memories.device(design.dram)
    let inDRAM = design.weightsIn == AcceleratorDesign.inDRAM
    self.temperature = temperature
    modelBytes = bytes
    let figures = technology.memoryFigures, clock = design.clock
    hostEnergy = figures.pads.driveEnergy
    hostBandwidth = figures.hostBandwidth / clock
    var signals = figures.hostSignals, interface = 0.0
    if let device {
      let count = inDRAM ? max(1, Int((bytes / (device.megabytes * 0x1p20)).rounded(.up))) : 1
      dram = (device, count)
      // What the design asks for is the most that it can take in.
      dramBandwidth = min(Double(design.memoryBytesPerCycle), device.bandwidth * Double(count) / clock)
      signals += device.pads * count
      interface = figures.interfaceArea(of: device, node: node) * Double(count)
    } else {
      dram = nil
      dramBandwidth = 0
    }
    if let weights {
      guard node >= weights.leastNode else {
        throw InputError(
          "weights-in: there is no \(weights.name) below \(KnobValue.real(weights.leastNode)) nm, found "
            + "\(KnobValue.real(node)) nm", advice: "take another memory or a coarser node")
      }
      let megabytes = weights.capacity(for: bytes)
      store = .memory(weights, megabytes: megabytes)
      weightBandwidth = weights.bandwidth / clock
      macroArea = weights.area(megabytes: megabytes, node: node)
      signals += weights.pads
    } else {
      store = inDRAM ? .dram : .sram
      weightBandwidth = dramBandwidth
      macroArea = 0
    }
    interfaceArea = interface
    self.signals = signals
  }

  /// Where an operation's bytes go for a run, in cycles.
  func cycles(of plan: MemoryPlan) -> (weights: Double, activations: Double) {
    let spilled = plan.activations > 0 ? plan.activations / dramBandwidth : 0
    return (plan.weights > 0 ? plan.weights / weightBandwidth : 0, spilled + plan.image / hostBandwidth)
  }

  /// pJ of an operation's bytes: of DRAM, of the memory of weights, of the host's way. Spilled activations are written once
  /// and read once on average.
  func energy(of plan: MemoryPlan) -> (dram: Double, weights: Double, host: Double) {
    var energy = (dram: 0.0, weights: 0.0, host: plan.image * hostEnergy)
    if let device = dram?.device { energy.dram = plan.activations * (device.readEnergy + device.writeEnergy) / 2 }
    switch store {
    case .dram: energy.dram += plan.weights * (dram?.device.readEnergy ?? 0)
    case .memory(let memory, _): energy.weights = plan.weights * memory.readEnergy
    case .sram: break
    }
    return energy
  }

  /// Whether activations that do not fit the chip have a place.
  var takesActivations: Bool { dram != nil }

  /// What memories draw beside their transfers in one run, by phase.
  struct Background {
    /// J while the chip works, and until the next run.
    var dram = (work: 0.0, wait: 0.0), weights = (work: 0.0, wait: 0.0)

    /// All of it.
    var all: EnergyBreakdown {
      var energy = EnergyBreakdown()
      energy.memoryBackground = Joules(dram.work + dram.wait)
      energy.weightMemory = Joules(weights.work + weights.wait)
      return energy
    }
    /// J until the next run.
    var waiting: Double { dram.wait + weights.wait }
  }

  /// - Parameters:
  ///   - plan: all bytes of a run over the interfaces
  ///   - work, wait: seconds of a run, and until the next
  func background(of plan: MemoryPlan, work: Double, wait: Double, clock: Double) -> Background {
    var background = Background()
    if let (device, count) = dram {
      var bytes = plan.activations, holds = false
      if case .dram = store {
        bytes += plan.weights
        holds = plan.weights > 0
      }
      // What is not needed until the device is switched on again is off, and its contents are lost.
      if bytes > 0 {
        let busy = min(work, bytes / (dramBandwidth * clock))
        let quiet = device.quiet(at: temperature) * (work - busy)
        background.dram.work = (device.active * busy + quiet) * Double(count)
        background.dram.wait = holds ? device.selfRefresh(at: temperature) * wait * Double(count) : 0
      }
    }
    if case .memory(let memory, _) = store {
      background.weights = ((plan.weights > 0 ? memory.standby : memory.sleep) * work, memory.sleep * wait)
    }
    return background
  }

  /// pJ of one start: the weights that stay are read and written into the buffer, those of DRAM come from the host.
  func start(kept: Double, bufferWrite: Double) -> Double {
    switch store {
    case .dram: modelBytes * (hostEnergy + (dram?.device.writeEnergy ?? 0)) + kept * bufferWrite
    case .sram: kept * (hostEnergy + bufferWrite)
    case .memory(let memory, _): kept * (memory.readEnergy + bufferWrite)
    }
  }
}

/// Figures of pads and interfaces, in mm², bytes a second and pJ.
struct MemoryFigures: Sendable {
  let pads: PadRing
  let hostSignals: Int, hostBandwidth: Double
  private let phyArea: Double, phyBits: Double, gateArea: Double

  /// - Throws: `InputError` naming file and row.
  init(_ table: ComponentTable) throws {
    pads = try PadRing(table)
    hostSignals = Int(try table.value("host signals", in: "pads").rounded())
    hostBandwidth = try table.value("host bandwidth", in: "MB/s") * 1e6
    phyArea = try table.value("dram_phy area", in: "mm2")
    phyBits = try table.value("dram_phy width", in: "bits")
    gateArea = try table.value("dram_interface area", in: "mm2")
    guard hostBandwidth > 0, phyBits > 0 else {
      throw InputError("host bandwidth, dram_phy width: expected more than 0")
    }
  }

  /// mm² of one device's interface: a PHY, whose drivers and delay lines shrink with the process and not with its square, or
  /// gates (known at 65 nm).
  func interfaceArea(of device: DRAMDevice, node: Double) -> Double {
    device.phyBits > 0
      ? phyArea * Double(device.phyBits) / phyBits * node / 22 : gateArea * Power.of(node / 65, 2)
  }
}

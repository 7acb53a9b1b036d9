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
  /// What bytes and time take.
  let rates: MemoryRates
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
    var rates = MemoryRates(
      hostEnergy: figures.pads.driveEnergy, hostBandwidth: figures.hostBandwidth / clock, clock: clock)
    var signals = figures.hostSignals, interface = 0.0
    if let device {
      let count = inDRAM ? max(1, Int((bytes / (device.megabytes * 0x1p20)).rounded(.up))) : 1
      dram = (device, count)
      // What the design asks for is the most that it can take in.
      rates.add(
        device, count: count,
        bandwidth: min(Double(design.memoryBytesPerCycle), device.bandwidth * Double(count) / clock),
        at: temperature)
      signals += device.pads * count
      interface = figures.interfaceArea(of: device, node: node) * Double(count)
    } else {
      dram = nil
    }
    if let weights {
      guard node >= weights.leastNode else {
        throw InputError(
          "weights-in: there is no \(weights.name) below \(KnobValue.real(weights.leastNode)) nm, found "
            + "\(KnobValue.real(node)) nm", advice: "take another memory or a coarser node")
      }
      let megabytes = weights.capacity(for: bytes)
      store = .memory(weights, megabytes: megabytes)
      rates.hold(in: weights, bandwidth: weights.bandwidth / clock)
      macroArea = weights.area(megabytes: megabytes, node: node)
      signals += weights.pads
    } else {
      store = inDRAM ? .dram : .sram
      if inDRAM { rates.holdInDRAM(bytes: bytes, writeEnergy: device?.writeEnergy ?? 0) } else { rates.holdInBuffer() }
      macroArea = 0
    }
    interfaceArea = interface
    self.signals = signals
    self.rates = rates
  }

  /// Whether activations that do not fit the chip have a place.
  var takesActivations: Bool { dram != nil }
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

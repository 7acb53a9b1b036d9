internal import CLIPUnits

/// What bytes and time take in the memories that a design names: numbers alone, which bounds of millions of designs can ask.
struct MemoryRates: Sendable {
  /// Bytes in a cycle: of DRAM, of what holds the weights, of the host.
  private(set) var dramBandwidth = 0.0, weightBandwidth = 0.0
  let hostBandwidth: Double
  /// pJ a byte of an image that comes in, or of weights that the host sends.
  let hostEnergy: Double
  /// Whether activations that do not fit the chip have a place.
  private(set) var hasDRAM = false
  /// Whether DRAM holds the weights.
  private(set) var holdsInDRAM = false
  /// pJ a byte: of spilled activations, which are written once and read once on average; of weights from DRAM, and from
  /// another memory.
  private var spillEnergy = 0.0, readEnergy = 0.0, dramWeightEnergy = 0.0, weightEnergy = 0.0
  /// W of one DRAM: with a row open, in power-down, in self refresh; and how many there are.
  private var active = 0.0, quiet = 0.0, refresh = 0.0, count = 0.0
  /// W of the memory of weights while a run needs it, and asleep; nil where there is none.
  private var weightPower: (standby: Double, sleep: Double)?
  /// pJ of a start: of the model, and of each byte that stays in the buffer, where it is written beside.
  private var startEnergy = 0.0, keptEnergy = 0.0
  /// Cycles a second.
  private let clock: Double

  init(hostEnergy: Double, hostBandwidth: Double, clock: Double) {
    self.hostEnergy = hostEnergy
    self.hostBandwidth = hostBandwidth
    self.clock = clock
  }

  mutating func add(_ device: DRAMDevice, count: Int, bandwidth: Double, at temperature: Double) {
    hasDRAM = true
    dramBandwidth = bandwidth
    readEnergy = device.readEnergy
    spillEnergy = (device.readEnergy + device.writeEnergy) / 2
    (active, quiet, refresh) = (device.active, device.quiet(at: temperature), device.selfRefresh(at: temperature))
    self.count = Double(count)
  }

  mutating func hold(in memory: WeightMemory, bandwidth: Double) {
    weightBandwidth = bandwidth
    (weightEnergy, keptEnergy) = (memory.readEnergy, memory.readEnergy)
    weightPower = (memory.standby, memory.sleep)
  }

  mutating func holdInDRAM(bytes: Double, writeEnergy: Double) {
    holdsInDRAM = true
    weightBandwidth = dramBandwidth
    dramWeightEnergy = readEnergy
    startEnergy = bytes * (hostEnergy + writeEnergy)
  }

  mutating func holdInBuffer() {
    weightBandwidth = dramBandwidth
    keptEnergy = hostEnergy
  }

  /// Where an operation's bytes go for a run, in cycles.
  func cycles(of plan: MemoryPlan) -> (weights: Double, activations: Double) {
    let spilled = plan.activations > 0 ? plan.activations / dramBandwidth : 0
    return (plan.weights > 0 ? plan.weights / weightBandwidth : 0, spilled + plan.image / hostBandwidth)
  }

  /// pJ of an operation's bytes: of DRAM, of the memory of weights, of the host's way.
  func energy(of plan: MemoryPlan) -> (dram: Double, weights: Double, host: Double) {
    (
      plan.activations * spillEnergy + plan.weights * dramWeightEnergy, plan.weights * weightEnergy,
      plan.image * hostEnergy
    )
  }

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
    /// J of all of it.
    var total: Double { dram.work + dram.wait + weights.work + weights.wait }
    /// J until the next run.
    var waiting: Double { dram.wait + weights.wait }
  }

  /// - Parameters:
  ///   - plan: all bytes of a run over the interfaces
  ///   - work, wait: seconds of a run, and until the next
  func background(of plan: MemoryPlan, work: Double, wait: Double) -> Background {
    var background = Background()
    if hasDRAM {
      let bytes = plan.activations + (holdsInDRAM ? plan.weights : 0)
      // What is not needed until the device is switched on again is off, and its contents are lost.
      if bytes > 0 {
        let busy = min(work, bytes / (dramBandwidth * clock))
        background.dram.work = (active * busy + quiet * (work - busy)) * count
        background.dram.wait = holdsInDRAM && plan.weights > 0 ? refresh * wait * count : 0
      }
    }
    if let (standby, sleep) = weightPower {
      background.weights = ((plan.weights > 0 ? standby : sleep) * work, sleep * wait)
    }
    return background
  }

  /// pJ of one start: the weights that stay are read and written into the buffer, those of DRAM come from the host.
  func start(kept: Double, bufferWrite: Double) -> Double { startEnergy + kept * (keptEnergy + bufferWrite) }
}

internal import CLIPFiles

/// An on-chip memory as it must be built to deliver its bandwidth at the chip's clock.
///
/// It is a row of equal arrays of four banks with two ports (one reads, one writes), or with one that does either. One array
/// delivers four words a cycle if its cycle time fits the clock; wider words or more arrays give more, and cost area and
/// energy as CACTI says. The build of least energy a byte is taken, then the smaller one. What no build delivers is not
/// delivered.
struct PhysicalMemory: Sendable {
  /// pJ a byte.
  var readEnergy: Double, writeEnergy: Double
  /// Square micrometers.
  var area: Double
  /// W.
  var leakage: Double
  /// Bytes read, and bytes written, in a cycle.
  let bandwidth: Double
  /// Arrays side by side, and bits of a word.
  let arrays: Int
  let wordBits: Int

  private static let banks = 4
  /// No memory is cut into smaller arrays than this, in KB; a memory that is smaller itself is one array.
  private static let smallestArray = 16
  private static let words = [32, 64, 128, 256]

  /// - Parameters:
  ///   - kilobytes: the size; no array may be smaller than the smallest, or larger than the largest, in the table
  ///   - bytesPerCycle: what is asked for
  ///   - ports: two to read and write at once, one to do either
  ///   - clock: in Hz
  /// - Throws: `InputError` with the range of sizes.
  init(
    _ name: String, kilobytes: Int, bytesPerCycle: Int, ports: Int = 2, clock: Double, _ technology: Technology,
    _ figures: PhysicalFigures
  ) throws {
    let table = technology.sram, size = Double(kilobytes)
    let period = 1e9 / clock
    var best: (energy: Double, area: Double, memory: PhysicalMemory)?
    var most: PhysicalMemory?
    var range: (low: Int, high: Int)?
    for bits in Self.words {
      let build = SRAMTable.Build(wordBits: bits, banks: Self.banks, ports: ports)
      let sizes = table.ascending[build] ?? []
      guard let smallest = sizes.first?.kilobytes, let largest = sizes.last?.kilobytes else { continue }
      range = (min(range?.low ?? smallest, smallest), max(range?.high ?? largest, largest))
      guard kilobytes >= smallest, kilobytes <= largest else { continue }
      let width = Self.banks * bits / 8
      // Fewest arrays that give the bandwidth, and then so many that each is fast enough.
      var count = max(1, (bytesPerCycle + width - 1) / width)
      let limit = max(1, kilobytes / max(smallest, Self.smallestArray))
      count = min(count, limit)
      var one = try table.interpolatedMemory(kilobytes: size / Double(count), build)
      while one.cycleNanoseconds * figures.memoryCycleScale > period, count * 2 <= limit {
        count *= 2
        one = try table.interpolatedMemory(kilobytes: size / Double(count), build)
      }
      // A clock that no array follows is followed in every second, third, ... cycle.
      let pace = max(1, (one.cycleNanoseconds * figures.memoryCycleScale / period).rounded(.up))
      let bandwidth = min(Double(bytesPerCycle), Double(count * width) / pace)
      let bytes = Double(bits) / 8
      let memory = PhysicalMemory(
        readEnergy: one.readPicojoules / bytes * figures.memoryEnergyScale,
        writeEnergy: one.writePicojoules / bytes * figures.memoryEnergyScale,
        area: one.areaSquareMicrometers * Double(count) * figures.memoryAreaScale,
        leakage: one.leakageMilliwatts / 1000 * Double(count) * figures.memoryLeakageScale, bandwidth: bandwidth,
        arrays: count, wordBits: bits)
      if bandwidth >= Double(bytesPerCycle) {
        let energy = memory.readEnergy + memory.writeEnergy
        if best.map({ (energy, memory.area) < ($0.energy, $0.area) }) ?? true {
          best = (energy, memory.area, memory)
        }
      }
      if memory.bandwidth > most?.bandwidth ?? 0 { most = memory }
    }
    guard let memory = best?.memory ?? most else {
      throw InputError(
        "\(name): no figures for \(kilobytes) KB",
        advice: range.map { "known are \($0.low) to \($0.high) KB" } ?? "the table of SRAM has no build of four banks")
    }
    self = memory
  }

  /// The best of every part of some memories: no memory is better in any; nil of none.
  init?(best memories: [PhysicalMemory]) {
    guard let first = memories.first else { return nil }
    func least(_ path: KeyPath<PhysicalMemory, Double>) -> Double {
      memories.reduce(.infinity) { min($0, $1[keyPath: path]) }
    }
    self.init(
      readEnergy: least(\.readEnergy), writeEnergy: least(\.writeEnergy), area: least(\.area),
      leakage: least(\.leakage), bandwidth: memories.reduce(0) { max($0, $1.bandwidth) }, arrays: first.arrays,
      wordBits: first.wordBits)
  }

  private init(
    readEnergy: Double, writeEnergy: Double, area: Double, leakage: Double, bandwidth: Double, arrays: Int,
    wordBits: Int
  ) {
    self.readEnergy = readEnergy
    self.writeEnergy = writeEnergy
    self.area = area
    self.leakage = leakage
    self.bandwidth = bandwidth
    self.arrays = arrays
    self.wordBits = wordBits
  }
}

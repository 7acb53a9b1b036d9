internal import CLIPFiles

/// The shape of an inference accelerator: clusters that share a buffer, each with an array of 8-bit multiply-adders, a
/// vector core and a memory of its own.
///
/// Source: the template of CATransformers (arXiv:2505.01386). One word is one byte.
public struct AcceleratorDesign: Hashable, Sendable {
  /// Cores side by side.
  public var clusters: Int
  /// Columns of a core's array; also lanes of its vector core.
  public var width: Int
  /// Rows of a core's array.
  public var depth: Int
  /// A core's memory (L2), in KB of 1024 bytes.
  public var l2Kilobytes: Int
  /// Bytes that L2 reads, and writes, in a cycle.
  public var l2BytesPerCycle: Int
  /// The memory that all cores share (global buffer), in KB of 1024 bytes.
  public var bufferKilobytes: Int
  /// Bytes that the buffer reads, and writes, in a cycle.
  public var bufferBytesPerCycle: Int
  /// Bytes that come from DRAM, and go there, in a cycle.
  public var memoryBytesPerCycle: Int
  /// Cycles a second.
  public var clock: Double
  /// Ports of a core's L2, and of the buffer. Two: one reads while the other writes. One: it reads or writes.
  public var l2Ports = 2, bufferPorts = 2
  /// Where a model's weights lie: in DRAM, in the buffer (``inSRAM``), or in a memory of ``MemoryCatalog/weights``.
  public var weightsIn = inDRAM
  /// The DRAM beside the chip, a device of ``MemoryCatalog/dram``; ``scenarioDRAM``: where weights lie in DRAM the
  /// scenario's, priced by the gigabyte, elsewhere none.
  public var dram = scenarioDRAM

  /// What the chip is made of and runs at.
  public var silicon = ChipSilicon()

  /// The device that was measured in place of a chip, by its name; nil for a chip. See ``measured(_:)``.
  public internal(set) var device: String?

  /// Names of ``weightsIn`` that no table has.
  public static let inDRAM = "dram", inSRAM = "sram"
  /// The name of ``dram`` that no table has.
  public static let scenarioDRAM = "scenario"
  /// What the reference fixes: 512 bytes a cycle.
  public static let standardBufferBytesPerCycle = 512
  /// What the reference fixes: 128 bytes a cycle, 80 GB/s at its clock.
  public static let standardMemoryBytesPerCycle = 128
  /// What the reference fixes: 625 MHz.
  public static let standardClock = 625e6

  /// A design; see ``checked()`` for what makes sense. A buffer of less than a MB is ``bufferKilobytes``.
  public init(
    clusters: Int, width: Int, depth: Int, l2Kilobytes: Int, l2BytesPerCycle: Int, bufferMegabytes: Int,
    bufferBytesPerCycle: Int = standardBufferBytesPerCycle, memoryBytesPerCycle: Int = standardMemoryBytesPerCycle,
    clock: Double = standardClock
  ) {
    self.clusters = clusters
    self.width = width
    self.depth = depth
    self.l2Kilobytes = l2Kilobytes
    self.l2BytesPerCycle = l2BytesPerCycle
    bufferKilobytes = bufferMegabytes * 1024
    self.bufferBytesPerCycle = bufferBytesPerCycle
    self.memoryBytesPerCycle = memoryBytesPerCycle
    self.clock = clock
  }

  /// Multiply-adders of all arrays.
  public var lanes: Int { clusters * width * depth }
  /// Lanes of all vector cores.
  public var vectorLanes: Int { clusters * width }
  /// Peak rate of the arrays in 10^12 operations a second; a multiply-add is two. The vector cores are not counted.
  /// Not a number for a device that was measured.
  public var peakTOPS: Double { isMeasured ? .nan : Double(lanes) * 2 * clock / 1e12 }

  /// Columns and rows in which the clusters lie: the nearest to a square that powers of two give.
  public var mesh: (columns: Int, rows: Int) {
    var side = 1
    while side * side * 4 <= clusters { side *= 2 }
    return (max(side, clusters / side), min(side, clusters / side))
  }

  /// Whether the scenario's DRAM holds the weights and is priced by the gigabyte: the account as it was before designs could
  /// choose their memories.
  public var isPricedByGigabyte: Bool { weightsIn == Self.inDRAM && dram == Self.scenarioDRAM }

  /// Whether the clusters fill their rows.
  var hasMesh: Bool { mesh.columns * mesh.rows == clusters }

  /// The same design, if it can be built.
  /// - Throws: `InputError` naming the knob that is zero, negative, absurd or not a number.
  public func checked() throws -> AcceleratorDesign {
    guard !isMeasured else { return self }
    for knob in Self.knobs { try knob.check(self) }
    guard hasMesh else {
      throw InputError("clusters: \(clusters) do not fill \(mesh.rows) rows", advice: "take a power of two")
    }
    return self
  }
}

extension AcceleratorDesign: CustomStringConvertible {
  /// `2 x 256x16, L2 256 KB at 64 B/cycle, buffer 2 MB`, and what else is not as designs mostly have it.
  public var description: String {
    if let device { return device.isEmpty ? "measured device" : "measured: \(device)" }
    let sizes =
      "\(clusters) x \(width)x\(depth), L2 \(l2Kilobytes) KB at \(l2BytesPerCycle) B/cycle, buffer \(bufferSize)"
    var parts = [sizes]
    if l2Ports == 1 { parts.append("one port of L2") }
    if bufferPorts == 1 { parts.append("one port of the buffer") }
    if weightsIn != Self.inDRAM { parts.append("weights in \(weightsIn)") }
    if dram != Self.scenarioDRAM { parts.append(dram) }
    return (parts + silicon.notes(clock: clock)).joined(separator: ", ")
  }

  /// `2 MB`, or `512 KB` where it is no whole number of MB.
  public var bufferSize: String {
    bufferKilobytes.isMultiple(of: 1024) ? "\(bufferKilobytes / 1024) MB" : "\(bufferKilobytes) KB"
  }
}

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

  /// What the chip is made of and runs at.
  public var silicon = ChipSilicon()

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
  public var peakTOPS: Double { Double(lanes) * 2 * clock / 1e12 }

  /// Columns and rows in which the clusters lie: the nearest to a square that powers of two give.
  public var mesh: (columns: Int, rows: Int) {
    var side = 1
    while side * side * 4 <= clusters { side *= 2 }
    return (max(side, clusters / side), min(side, clusters / side))
  }

  /// Whether the clusters fill their rows.
  var hasMesh: Bool { mesh.columns * mesh.rows == clusters }

  /// The same design, if it can be built.
  /// - Throws: `InputError` naming the knob that is zero, negative, absurd or not a number.
  public func checked() throws -> AcceleratorDesign {
    for knob in Self.knobs {
      let value = self[keyPath: knob.path]
      guard knob.range.contains(value) else {
        throw InputError(
          "\(knob.key): expected \(knob.range.lowerBound) to \(knob.range.upperBound) \(knob.unit), found \(value)")
      }
    }
    guard Self.clocks.contains(clock) else {
      throw InputError("clock: expected 1 to 10000 MHz, found \(clock / 1e6)")
    }
    guard hasMesh else {
      throw InputError("clusters: \(clusters) do not fill \(mesh.rows) rows", advice: "take a power of two")
    }
    return self
  }

  /// A knob as files write it.
  struct Knob {
    let key: String
    let path: WritableKeyPath<AcceleratorDesign, Int> & Sendable
    let range: ClosedRange<Int>
    /// For messages.
    let unit: String
    /// How many of the knob's unit a written unit makes; empty for plain numbers.
    let units: [(name: String, size: Double)]
    /// What stands where the file is silent; nil where it must not be.
    let standard: Int?
  }

  static let clocks: ClosedRange<Double> = 1e6...1e10

  static let knobs: [Knob] = {
    let bandwidth: [(String, Double)] = [("B/cycle", 1)]
    return [
      Knob(key: "clusters", path: \.clusters, range: 1...1024, unit: "clusters", units: [], standard: nil),
      Knob(key: "width", path: \.width, range: 1...4096, unit: "columns", units: [], standard: nil),
      Knob(key: "depth", path: \.depth, range: 1...4096, unit: "rows", units: [], standard: nil),
      Knob(
        key: "l2", path: \.l2Kilobytes, range: 1...65536, unit: "KB", units: [("KB", 1), ("MB", 1024)], standard: nil),
      Knob(
        key: "l2-bandwidth", path: \.l2BytesPerCycle, range: 1...65536, unit: "B/cycle", units: bandwidth,
        standard: nil),
      Knob(
        key: "buffer", path: \.bufferKilobytes, range: 1...1_048_576, unit: "KB",
        units: [("MB", 1024), ("KB", 1), ("GB", 1_048_576)], standard: nil),
      Knob(
        key: "buffer-bandwidth", path: \.bufferBytesPerCycle, range: 1...65536, unit: "B/cycle", units: bandwidth,
        standard: standardBufferBytesPerCycle),
      Knob(
        key: "dram-bandwidth", path: \.memoryBytesPerCycle, range: 1...65536, unit: "B/cycle", units: bandwidth,
        standard: standardMemoryBytesPerCycle),
    ]
  }()
}

extension AcceleratorDesign: CustomStringConvertible {
  /// `2 x 256x16, L2 256 KB at 64 B/cycle, buffer 2 MB`.
  public var description: String {
    "\(clusters) x \(width)x\(depth), L2 \(l2Kilobytes) KB at \(l2BytesPerCycle) B/cycle, buffer \(bufferSize)"
  }

  /// `2 MB`, or `512 KB` where it is no whole number of MB.
  public var bufferSize: String {
    bufferKilobytes.isMultiple(of: 1024) ? "\(bufferKilobytes / 1024) MB" : "\(bufferKilobytes) KB"
  }
}

public import CLIPFiles
public import CLIPUnits

/// Energy by the component that uses it.
public struct EnergyBreakdown: Equatable, Sendable {
  /// The arrays' multiply-adds.
  public var multiplyAdds = Joules.zero
  /// The lanes' registers.
  public var registers = Joules.zero
  /// The vector cores' steps and registers.
  public var vector = Joules.zero
  /// Clock and control of arrays and vector cores.
  public var clock = Joules.zero
  /// The clusters' memories.
  public var l2 = Joules.zero
  /// The shared buffer, and the wires between it and the clusters.
  public var buffer = Joules.zero
  /// Transfers from and to DRAM.
  public var memory = Joules.zero
  /// DRAM's refresh and standby.
  public var memoryBackground = Joules.zero
  /// Reading weights from flash or a macro, and what such memories draw beside.
  public var weightMemory = Joules.zero
  /// Images that come in over the chip's pads, where DRAM does not bring them.
  public var host = Joules.zero
  /// What the chip leaks.
  public var leakage = Joules.zero
  /// A share of what is read and written each time that the device is switched on.
  public var start = Joules.zero
  /// A share of work done once and for all.
  public var preparation = Joules.zero

  /// No energy.
  public init() {}

  /// The components by name, in the order in which they are shown.
  public static let components: [(name: String, path: WritableKeyPath<EnergyBreakdown, Joules> & Sendable)] = [
    ("multiply_adds", \.multiplyAdds), ("registers", \.registers), ("vector", \.vector), ("clock", \.clock),
    ("l2", \.l2), ("buffer", \.buffer), ("dram", \.memory), ("dram_background", \.memoryBackground),
    ("weight_memory", \.weightMemory), ("host", \.host), ("leakage", \.leakage), ("start", \.start),
    ("preparation", \.preparation),
  ]

  /// What a system takes beyond the parts of its chip: sequencing, streaming, a network. It counts as clock and control.
  /// - Parameter overhead: the whole beside the parts, 1 or more
  mutating func addOverhead(_ overhead: Double) {
    guard overhead > 1 else { return }
    clock = clock + (multiplyAdds + registers + vector + clock + l2 + buffer) * (overhead - 1)
  }

  /// All of it.
  public var total: Joules {
    // Written out, for it is done for every operation of every design: paths to the components take twenty times as long.
    let first = multiplyAdds + registers + vector + clock + l2 + buffer + memory + memoryBackground
    return first + weightMemory + host + leakage + start + preparation
  }

  /// Component by component.
  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.multiplyAdds = a.multiplyAdds + b.multiplyAdds
    sum.registers = a.registers + b.registers
    sum.vector = a.vector + b.vector
    sum.clock = a.clock + b.clock
    sum.l2 = a.l2 + b.l2
    sum.buffer = a.buffer + b.buffer
    sum.memory = a.memory + b.memory
    sum.memoryBackground = a.memoryBackground + b.memoryBackground
    sum.weightMemory = a.weightMemory + b.weightMemory
    sum.host = a.host + b.host
    sum.leakage = a.leakage + b.leakage
    sum.start = a.start + b.start
    sum.preparation = a.preparation + b.preparation
    return sum
  }

  /// So many times as much.
  public static func * (a: Self, factor: Double) -> Self {
    var product = a
    product.multiplyAdds = a.multiplyAdds * factor
    product.registers = a.registers * factor
    product.vector = a.vector * factor
    product.clock = a.clock * factor
    product.l2 = a.l2 * factor
    product.buffer = a.buffer * factor
    product.memory = a.memory * factor
    product.memoryBackground = a.memoryBackground * factor
    product.weightMemory = a.weightMemory * factor
    product.host = a.host * factor
    product.leakage = a.leakage * factor
    product.start = a.start * factor
    product.preparation = a.preparation * factor
    return product
  }

  /// For `--json`, in joules.
  public var json: JSONValue {
    var object = JSONObject()
    for (name, path) in Self.components { object["\(name)_j"] = .number(self[keyPath: path].value) }
    return .object(object)
  }
}

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

  /// All of it.
  public var total: Joules { Self.components.reduce(.zero) { $0 + self[keyPath: $1.path] } }

  /// Component by component.
  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    for (_, path) in components { sum[keyPath: path] = a[keyPath: path] + b[keyPath: path] }
    return sum
  }

  /// So many times as much.
  public static func * (a: Self, factor: Double) -> Self {
    var product = a
    for (_, path) in components { product[keyPath: path] = a[keyPath: path] * factor }
    return product
  }

  /// For `--json`, in joules.
  public var json: JSONValue {
    var object = JSONObject()
    for (name, path) in Self.components { object["\(name)_j"] = .number(self[keyPath: path].value) }
    return .object(object)
  }
}

internal import CLIPFiles
public import CLIPUnits

/// A kind of DRAM with what making it costs the climate.
public struct MemoryType: Equatable, Sendable {
  /// What recipes call it, such as `lpddr4`.
  public let code: String
  /// The name for people.
  public let name: String
  /// Before yield, in gCO2e/GB.
  public let carbonPerGigabyte: GramsPerGigabyte
  /// The smallest device of the kind.
  public let smallest: Gigabytes
  /// Where the figure is from.
  public let source: String

  /// A kind as stated.
  public init(code: String, name: String, carbonPerGigabyte: GramsPerGigabyte, smallest: Gigabytes, source: String) {
    self.code = code
    self.name = name
    self.carbonPerGigabyte = carbonPerGigabyte
    self.smallest = smallest
    self.source = source
  }

  /// The smallest capacity that holds so many bytes: the smallest device, doubled as often as it takes.
  /// - Throws: `InputError` unless there is at least one byte, and at most 64 TB.
  public func nextSizeUp(from bytes: Int) throws -> Gigabytes {
    guard bytes > 0, Gigabytes(bytes: bytes).value <= MemoryPlan.range.upperBound else {
      throw InputError("model size: expected 1 byte to 65536 GB, found \(bytes) bytes")
    }
    let needed = Gigabytes(bytes: bytes)
    var capacity = smallest
    while capacity < needed { capacity = capacity * 2 }
    return capacity
  }
}

/// Kinds of DRAM by code.
public struct MemoryTable: Sendable {
  /// The kind that is used where none is named.
  public static let defaultCode = "lpddr4"

  /// The rows in their order.
  public let types: [MemoryType]

  /// Reads a table with the columns `type,name,g_per_gb,smallest_gb,source`.
  /// - Parameter path: the user's own file; nil for `data/carbon/dram.csv`, which comes with the toolkit
  /// - Throws: `InputError` naming file, line and column.
  public init(file path: String? = nil) throws {
    let path = try path ?? DataFolder.path("carbon/dram.csv")
    let table = try FigureTable(file: path, columns: ["type", "name", "g_per_gb", "smallest_gb", "source"])
    var lines: [String: Int] = [:]
    types = try namingFile(path) {
      try table.rows.map { row in
        let code = try row.text("type")
        if let line = lines.updateValue(row.line, forKey: code.lowercased()) {
          throw InputError("type \(code.quoted()) stands already in line \(line)", at: row.place("type"))
        }
        return MemoryType(
          code: code, name: try row.text("name"),
          carbonPerGigabyte: GramsPerGigabyte(try row.number("g_per_gb", in: 0.01...1e5)),
          smallest: Gigabytes(try row.number("smallest_gb", in: 0x1p-20...1024)), source: try row.text("source"))
      }
    }
  }

  /// The kind of a code, in any letter case.
  /// - Throws: `InputError` with the nearest code.
  public func type(_ code: String) throws -> MemoryType {
    let wanted = String(code.lowercased().map { $0 == "_" ? "-" : $0 })
    if let type = types.first(where: { $0.code.lowercased() == wanted }) { return type }
    throw InputError(
      "type: unknown DRAM \(code.quoted())", advice: Suggestion.advice(for: code, among: types.map(\.code)))
  }
}

/// How much DRAM a chip gets, of which kind.
public struct MemoryPlan: Equatable, Sendable {
  /// How the capacity is chosen.
  public enum Capacity: Equatable, Sendable {
    /// The same for every model.
    case fixed(Gigabytes)
    /// The smallest that holds the model: ``MemoryType/nextSizeUp(from:)``.
    case nextSizeUp
  }

  /// The kind.
  public let type: MemoryType
  /// How much of it.
  public let capacity: Capacity
  /// The part of the DRAM that works; ACT takes 0.875.
  public let yield: Double

  /// Capacities that are accepted, in GB.
  public static let range: ClosedRange<Double> = 0x1p-20...65536

  /// The yield that ACT takes.
  public static let standardYield = 0.875

  /// - Throws: `InputError` for a yield outside 0.01 to 1 or a fixed capacity outside 1 KB to 65536 GB.
  public init(type: MemoryType, capacity: Capacity, yield: Double = standardYield) throws {
    guard YieldModel.fixedRange.contains(yield) else {
      throw InputError("dram yield: expected 1 to 100 %, found \(Figures.percent(yield, places: 3))")
    }
    if case .fixed(let size) = capacity, !Self.range.contains(size.value) {
      throw InputError("dram capacity: expected 1 KB to 65536 GB, found \(size)")
    }
    self.type = type
    self.capacity = capacity
    self.yield = yield
  }

  /// The capacity for a model.
  /// - Throws: `InputError` when it follows the model's size and that is not known.
  public func capacity(forModelOf bytes: Int?) throws -> Gigabytes {
    switch capacity {
    case .fixed(let size): return size
    case .nextSizeUp:
      guard let bytes else {
        throw InputError(
          "dram: the capacity follows the model's size, which is not known",
          advice: "give the size, or a fixed capacity such as 1 GB")
      }
      return try type.nextSizeUp(from: bytes)
    }
  }
}

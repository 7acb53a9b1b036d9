internal import CLIPFiles
package import CLIPRecipes

/// What a knob of a design is turned to.
public enum KnobValue: Hashable, Sendable, CustomStringConvertible {
  /// A whole number of the knob's unit.
  case whole(Int)
  /// Any number of the knob's unit.
  case real(Double)
  /// One of several names.
  case name(String)

  /// The number or the name, without a unit.
  public var description: String {
    switch self {
    case .whole(let value): "\(value)"
    case .real(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    case .name(let name): name
    }
  }

  /// For `--json`.
  var json: JSONValue {
    switch self {
    case .whole(let value): .integer(value)
    case .real(let value): .number(value)
    case .name(let name): .string(name)
    }
  }
}

extension AcceleratorDesign {
  /// One axis of designs: where its value lies, what it may be, and how files write it.
  package struct Knob: Sendable {
    /// Where the value lies, and what it may be.
    package enum Place: Sendable {
      case whole(WritableKeyPath<AcceleratorDesign, Int> & Sendable, in: ClosedRange<Int>)
      case real(WritableKeyPath<AcceleratorDesign, Double> & Sendable, in: ClosedRange<Double>)
      case name(WritableKeyPath<AcceleratorDesign, String> & Sendable, among: @Sendable (MemoryCatalog) -> [String])
    }

    /// The key of YAML files.
    package let key: String
    /// The key of JSON and the column of CSV, with its unit.
    package let column: String
    package let place: Place
    /// For messages: the unit in which the range is told, and its size.
    let unit: (name: String, size: Double)
    /// How many of the value's unit a written unit makes; empty for plain numbers and names.
    let units: [(name: String, size: Double)]
    /// What stands where a file is silent; nil where it must not be.
    package let standard: KnobValue?

    init(
      _ key: String, _ column: String, _ place: Place, unit: (String, Double) = ("", 1),
      units: [(name: String, size: Double)] = [], standard: KnobValue? = nil
    ) {
      self.key = key
      self.column = column
      self.place = place
      self.unit = unit
      self.units = units
      self.standard = standard
    }

    /// What a design has it turned to.
    package func value(of design: AcceleratorDesign) -> KnobValue {
      switch place {
      case .whole(let path, _): .whole(design[keyPath: path])
      case .real(let path, _): .real(design[keyPath: path])
      case .name(let path, _): .name(design[keyPath: path])
      }
    }

    /// Turns it; a value of another kind than the knob's changes nothing.
    package func set(_ value: KnobValue, in design: inout AcceleratorDesign) {
      switch (place, value) {
      case (.whole(let path, _), .whole(let value)): design[keyPath: path] = value
      case (.real(let path, _), .real(let value)): design[keyPath: path] = value
      case (.name(let path, _), .name(let value)): design[keyPath: path] = value
      default: break
      }
    }

    /// - Throws: `InputError` naming the knob, where a design has it turned to what it cannot be.
    func check(_ design: AcceleratorDesign) throws {
      switch place {
      case .whole(let path, let range):
        let value = design[keyPath: path]
        guard range.contains(value) else { throw InputError("\(key): expected \(span), found \(value)") }
      case .real(let path, let range):
        let value = design[keyPath: path]
        guard range.contains(value) else { throw InputError("\(key): expected \(span), found \(value / unit.size)") }
      // Memories are looked up where they are priced, in the tables that the price is made with.
      case .name: break
      }
    }

    /// The knob's value as a recipe gives it.
    /// - Parameter memories: those that may be named; nil reads the toolkit's
    /// - Throws: `InputError` naming the place, the range or the names, and what was found.
    package func value(_ node: RecipeNode, memories: MemoryCatalog? = nil) throws -> KnobValue {
      switch place {
      case .whole(_, let range):
        let measure = try Measure(node, key: key, units: units).value
        guard let whole = Int(exactly: measure), range.contains(whole) else {
          throw node.error(
            "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound) \(unit.name), "
              + "found \(node.short)")
        }
        return .whole(whole)
      case .real(_, let range):
        let measure = try Measure(node, key: key, units: units).value
        guard range.contains(measure) else { throw node.error("\(key) must be \(span), found \(node.short)") }
        return .real(measure)
      case .name(_, let names):
        let known = try names(memories ?? MemoryCatalog())
        guard let name = node.textValue else {
          throw node.error(
            "\(key) must be a name, found \(node.short)", advice: "one of: \(known.joined(separator: ", "))")
        }
        guard known.contains(name) else {
          throw node.error("unknown \(key) \(name.quoted())", advice: Suggestion.advice(for: name, among: known))
        }
        return .name(name)
      }
    }

    /// The range for messages, `1 to 10000 MHz`.
    private var span: String {
      switch place {
      case .whole(_, let range): "\(range.lowerBound) to \(range.upperBound) \(unit.name)"
      case .real(_, let range):
        "\(KnobValue.real(range.lowerBound / unit.size)) to \(KnobValue.real(range.upperBound / unit.size)) "
          + unit.name
      case .name: "a name"
      }
    }
  }

  /// The knobs that searches had when their points were first recorded: each is an axis, even where it has one value.
  static let recordedKnobs = 8

  /// Every knob, in the order of a space's axes.
  package static let knobs: [Knob] = {
    let bandwidth: [(String, Double)] = [("B/cycle", 1)], bytes: (String, Double) = ("B/cycle", 1)
    let ports: (String, Double) = ("ports", 1)
    return [
      Knob("clusters", "clusters", .whole(\.clusters, in: 1...1024), unit: ("clusters", 1)),
      Knob("width", "width", .whole(\.width, in: 1...4096), unit: ("columns", 1)),
      Knob("depth", "depth", .whole(\.depth, in: 1...4096), unit: ("rows", 1)),
      Knob(
        "l2", "l2_kb", .whole(\.l2Kilobytes, in: 0...65536), unit: ("KB", 1), units: [("KB", 1), ("MB", 1024)]),
      Knob(
        "l2-bandwidth", "l2_bytes_per_cycle", .whole(\.l2BytesPerCycle, in: 1...65536), unit: bytes, units: bandwidth),
      Knob(
        "buffer", "buffer_kb", .whole(\.bufferKilobytes, in: 1...1_048_576), unit: ("KB", 1),
        units: [("MB", 1024), ("KB", 1), ("GB", 1_048_576)]),
      Knob(
        "buffer-bandwidth", "buffer_bytes_per_cycle", .whole(\.bufferBytesPerCycle, in: 1...65536), unit: bytes,
        units: bandwidth, standard: .whole(standardBufferBytesPerCycle)),
      Knob(
        "dram-bandwidth", "dram_bytes_per_cycle", .whole(\.memoryBytesPerCycle, in: 1...65536), unit: bytes,
        units: bandwidth, standard: .whole(standardMemoryBytesPerCycle)),
      Knob(
        "clock", "clock_hz", .real(\.clock, in: 1e6...1e10), unit: ("MHz", 1e6), units: [("MHz", 1e6), ("GHz", 1e9)],
        standard: .real(standardClock)),
      Knob("l2-ports", "l2_ports", .whole(\.l2Ports, in: 1...2), unit: ports, standard: .whole(2)),
      Knob("buffer-ports", "buffer_ports", .whole(\.bufferPorts, in: 1...2), unit: ports, standard: .whole(2)),
      Knob("weights-in", "weights_in", .name(\.weightsIn, among: { $0.weightNames }), standard: .name(inDRAM)),
      Knob("dram", "dram", .name(\.dram, among: { $0.dramNames }), standard: .name(scenarioDRAM)),
    ]
  }()
}

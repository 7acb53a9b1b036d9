internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPRecipes
internal import CLIPUnits

/// What a model on a design costs, one number of it: what a search makes small, or keeps within a limit.
public enum Metric: String, CaseIterable, Sendable {
  /// Time of an inference.
  case latency
  /// Energy of an inference, DRAM and waiting for the next included.
  case energy
  /// The chip.
  case area
  /// Peak rate of the arrays.
  case tops
  /// Mean power while an inference lasts.
  case power
  /// Operational and embodied carbon of a life.
  case carbon
  /// Carbon of use.
  case operational
  /// Carbon of making what the scenario's boundary counts.
  case embodied
  /// Numbers in the model's parameters.
  case parameters
  /// Bytes of the model's weights at their bits.
  case size
  /// Bytes of activations that its forward pass holds at the most.
  case activationMemory = "activation-memory"
  /// Multiply-adds of an inference of the model.
  case macs

  /// Those that a model has by itself, whatever runs it.
  package var isOfModel: Bool {
    switch self {
    case .parameters, .size, .activationMemory, .macs: true
    case .latency, .energy, .area, .tops, .power, .carbon, .operational, .embodied: false
    }
  }

  /// Those that only a chip has, not a device that was measured.
  package var isOfChip: Bool { self == .area || self == .tops }

  /// The metric of a name.
  /// - Throws: `InputError` with the nearest name.
  public static func named(_ name: String) throws -> Metric {
    let name = name == "total-carbon" || name == "total" ? "carbon" : name
    guard let metric = Metric(rawValue: name) else {
      throw InputError(
        "unknown metric \(name.quoted())", advice: Suggestion.advice(for: name, among: allCases.map(\.rawValue)))
    }
    return metric
  }

  /// The name with its unit, as columns of CSV files and keys of JSON are called.
  public var column: String {
    switch self {
    case .latency: "latency_s"
    case .energy: "energy_j"
    case .area: "area_mm2"
    case .tops: "tops"
    case .power: "power_w"
    case .carbon: "total_kgco2e"
    case .operational: "operational_kgco2e"
    case .embodied: "embodied_kgco2e"
    case .parameters: "parameters"
    case .size: "size_bytes"
    case .activationMemory: "activation_memory_bytes"
    case .macs: "macs"
    }
  }

  /// One line for people.
  package var summary: String {
    switch self {
    case .latency: "time of an inference"
    case .energy: "energy of an inference, DRAM and waiting for the next included"
    case .area: "the chip's area"
    case .tops: "peak rate of the arrays"
    case .power: "mean power while an inference lasts"
    case .carbon: "carbon of use and of making, over a life"
    case .operational: "carbon of use"
    case .embodied: "carbon of making what the boundary counts: dies, packages, device"
    case .parameters: "numbers in the model's parameters"
    case .size: "bytes of the model's weights at their bits"
    case .activationMemory: "most bytes of activations that a forward pass of one image or text holds at a time"
    case .macs: "multiply-adds of an inference, prompts that are kept left out"
    }
  }

  /// What an axis or a column of a table is called.
  public var title: String {
    switch self {
    case .latency: "latency"
    case .energy: "energy"
    case .area: "area"
    case .tops: "peak TOPS"
    case .power: "power"
    case .carbon: "total carbon"
    case .operational: "operational"
    case .embodied: "embodied"
    case .parameters: "parameters"
    case .size: "size"
    case .activationMemory: "activation memory"
    case .macs: "multiply-adds"
    }
  }

  /// A value for people: three digits and the unit that suits them.
  public func text(_ value: Double) -> String {
    // What a measured device does not have.
    if value.isNaN { return "–" }
    return switch self {
    case .latency: "\(Seconds(value))"
    case .energy: "\(Joules(value))"
    case .area: "\(SquareMillimeters(value))"
    case .tops: "\(TeraOperationsPerSecond(value))"
    case .power: "\(Watts(value))"
    case .carbon, .operational, .embodied: "\(KilogramsCO2e(value))"
    case .parameters, .macs: Self.scaled(value, [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")])
    case .size, .activationMemory: Self.scaled(value, [(1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1, "B")])
    }
  }

  private static func scaled(_ value: Double, _ units: [(size: Double, name: String)]) -> String {
    guard value.isFinite, let unit = units.first(where: { value >= $0.size }) ?? units.last else { return "\(value)" }
    return "\(Figures.significant(value / unit.size))\(unit.name.isEmpty ? "" : " \(unit.name)")"
  }

  /// A drawing's unit: its name, and how many of it make one of ``column``'s.
  public var plotUnit: (name: String, scale: Double) {
    switch self {
    case .latency: ("ms", 1e3)
    case .energy: ("mJ", 1e3)
    case .area: ("mm²", 1)
    case .tops: ("TOPS", 1)
    case .power: ("W", 1)
    case .carbon, .operational, .embodied: ("gCO2e", 1e3)
    case .parameters, .macs: ("million", 1e-6)
    case .size, .activationMemory: ("MB", 1e-6)
    }
  }

  /// The units in which limits are written; the first is the one of ``column``.
  var units: [RecipeUnit] {
    switch self {
    case .latency:
      [
        RecipeUnit("s", size: 1), RecipeUnit("ms", size: 1e-3), RecipeUnit("us", "µs", size: 1e-6),
        RecipeUnit("ns", size: 1e-9),
      ]
    case .energy: [RecipeUnit("J", size: 1), RecipeUnit("mJ", size: 1e-3), RecipeUnit("uJ", "µJ", size: 1e-6)]
    case .area: [RecipeUnit("mm2", "mm²", size: 1), RecipeUnit("cm2", "cm²", size: 100)]
    case .tops: [RecipeUnit("TOPS", size: 1), RecipeUnit("GOPS", size: 1e-3)]
    case .power: [RecipeUnit("W", size: 1), RecipeUnit("mW", size: 1e-3), RecipeUnit("uW", "µW", size: 1e-6)]
    case .carbon, .operational, .embodied:
      [RecipeUnit("kg", "kgCO2e", size: 1), RecipeUnit("g", "gCO2e", size: 1e-3)]
    case .parameters:
      [
        RecipeUnit("parameters", size: 1), RecipeUnit("k", "K", "thousand", size: 1e3),
        RecipeUnit("M", "million", size: 1e6), RecipeUnit("G", "B", "billion", size: 1e9),
      ]
    case .macs:
      [
        RecipeUnit("MACs", size: 1), RecipeUnit("k", "K", size: 1e3), RecipeUnit("M", size: 1e6),
        RecipeUnit("G", size: 1e9),
      ]
    case .size, .activationMemory:
      [
        RecipeUnit("B", "bytes", size: 1), RecipeUnit("KB", "kB", size: 1e3), RecipeUnit("MB", size: 1e6),
        RecipeUnit("GB", size: 1e9), RecipeUnit("KiB", size: 1024), RecipeUnit("MiB", size: 0x1p20),
        RecipeUnit("GiB", size: 0x1p30),
      ]
    }
  }
}

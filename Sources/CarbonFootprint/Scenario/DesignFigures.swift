internal import CLIPFiles
public import CLIPUnits

/// What has to be known of a chip that runs a model, to tell its carbon: the outcome of a cost model.
public struct DesignFigures: Equatable, Sendable {
  /// A name for people.
  public var name: String
  /// Of the die.
  public var area: SquareMillimeters
  /// Of one run.
  public var latency: Seconds
  /// Images of a run, which share every fetch of weights.
  public var images: Int
  /// Of one inference, DRAM included.
  public var energy: Joules
  /// Leakage and memory's background after an inference, until the deadline.
  public var idlePower: Watts
  /// Size of the model's weights (and whatever else the DRAM has to hold); nil where the DRAM's capacity is fixed.
  public var modelBytes: Int?
  /// The memories that the design names; nil takes the scenario's DRAM.
  public var memories: DesignMemories?
  /// Whether these are a whole device's that was measured: it has no chip of known area, and its making is its device's.
  public var isOfDevice = false

  /// Areas, latencies, energies and idle powers that are accepted, in mm², s, J and W.
  public static let areas = Manufacture.areas
  /// In seconds: a picosecond to a day.
  public static let latencies: ClosedRange<Double> = 1e-12...86_400
  /// In joules: a femtojoule to a kilowatt-hour.
  public static let energies: ClosedRange<Double> = 1e-15...3.6e6
  /// In watts.
  public static let powers: ClosedRange<Double> = 0...1e5

  /// A design's figures.
  public init(
    name: String, area: SquareMillimeters, latency: Seconds, energy: Joules, idlePower: Watts = .zero,
    modelBytes: Int? = nil, images: Int = 1, memories: DesignMemories? = nil
  ) {
    self.name = name
    self.area = area
    self.latency = latency
    self.energy = energy
    self.idlePower = idlePower
    self.modelBytes = modelBytes
    self.images = images
    self.memories = memories
  }

  /// The figures, if they make sense.
  /// - Throws: `InputError` naming design, figure and accepted range: zero, negative, absurd and non-finite figures.
  public func checked() throws -> DesignFigures {
    for (figure, value, range, unit) in [
      ("area", area.value, Self.areas, "mm²"), ("latency", latency.value, Self.latencies, "s"),
      ("energy", energy.value, Self.energies, "J"), ("idle power", idlePower.value, Self.powers, "W"),
    ] where !(isOfDevice && figure == "area") && !range.contains(value) {
      throw InputError(
        "\(figure): expected \(range.lowerBound) to \(range.upperBound) \(unit), found \(value)", at: name)
    }
    if let modelBytes, modelBytes <= 0 {
      throw InputError("model size: expected 1 byte or more, found \(modelBytes)", at: name)
    }
    return self
  }
}

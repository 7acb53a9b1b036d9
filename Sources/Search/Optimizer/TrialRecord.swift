public import CLIPAssessment
public import CLIPFiles

/// What a finished trial leaves: how accurate its model is, and what it costs on the accelerators that suit it best.
public struct TrialRecord: Equatable, Sendable {
  /// One accelerator that no other beats for this model, within the limits.
  public struct Placement: Equatable, Sendable {
    /// The design's number in its space; 0 for an accelerator that stays.
    public let design: Int
    /// In the order of the recipe's metrics.
    public let values: [Double]

    /// A placement of its parts.
    public init(design: Int, values: [Double]) {
      self.design = design
      self.values = values
    }
  }

  /// Accuracy, size and times.
  public let measurement: CandidateMeasurement
  /// The accelerators; empty where none is within the limits.
  public let placements: [Placement]
  /// The accelerators within the limits with the least latency, energy and carbon, whatever is searched for.
  public let extremes: [Extreme]
  /// What it costs on the accelerator that the optimizer itself named, and by how much that breaks each limit (as a share
  /// of the limit; up to 0 is kept): for optimizers that choose both; nil where the model does not fit it.
  public let chosen: Chosen?
  /// Whether the model had been made before and was taken over from the folder of candidates; nil where that was not
  /// recorded.
  public var isTakenOver: Bool?

  /// The accelerator that has the least of a metric for this model.
  public struct Extreme: Equatable, Sendable {
    /// Those that are looked for, and given for each.
    public static let metrics: [Metric] = [.latency, .energy, .carbon]

    /// What it has the least of.
    public let metric: Metric
    /// The design's number in its space.
    public let design: Int
    /// In the order of ``metrics``.
    public let values: [Double]

    /// The value of one of ``metrics``.
    public func value(of metric: Metric) -> Double? {
      Self.metrics.firstIndex(of: metric).map { values[$0] }
    }
  }

  /// See ``chosen``.
  public struct Chosen: Equatable, Sendable {
    /// In the order of the recipe's metrics.
    public let values: [Double]
    /// In the order of the recipe's limits.
    public let violations: [Double]
  }

  package init(
    _ measurement: CandidateMeasurement, placements: [Placement], extremes: [Extreme] = [], chosen: Chosen? = nil
  ) {
    self.measurement = measurement
    self.placements = placements
    self.extremes = extremes
    self.chosen = chosen
  }

  /// The same with accuracies that are means over seeds.
  func pooled(with others: [CandidateMeasurement]) -> TrialRecord {
    var record = TrialRecord(
      measurement.pooled(with: others), placements: placements, extremes: extremes, chosen: chosen)
    record.isTakenOver = isTakenOver
    return record
  }

  /// As the study keeps it.
  public var json: JSONObject {
    var object: JSONObject = [
      "measurement": .object(measurement.json),
      "accelerators": .array(
        placements.map {
          .object(["design": .integer($0.design), "values": .array($0.values.map { .number($0) })])
        }),
      "least": .object(
        extremes.reduce(into: JSONObject()) { object, extreme in
          object[extreme.metric.rawValue] = .object([
            "design": .integer(extreme.design), "values": .array(extreme.values.map { .number($0) }),
          ])
        }),
    ]
    if let isTakenOver { object["taken_over"] = .bool(isTakenOver) }
    if let chosen {
      object["chosen"] = .object([
        "values": .array(chosen.values.map { .number($0) }),
        "violations": .array(chosen.violations.map { .number($0) }),
      ])
    }
    return object
  }

  /// What ``json`` wrote for a recipe with so many metrics; nil for anything else.
  public init?(_ json: JSONValue, metrics: Int) {
    guard let measurement = json["measurement"].flatMap({ CandidateMeasurement($0) }),
      let list = json["accelerators"]?.arrayValue
    else { return nil }
    let placements = list.compactMap { item -> Placement? in
      guard let design = item["design"]?.intValue, design >= 0, let values = item["values"]?.numbers,
        values.count == metrics
      else { return nil }
      return Placement(design: design, values: values)
    }
    guard placements.count == list.count else { return nil }
    let extremes = Extreme.metrics.compactMap { metric -> Extreme? in
      guard let item = json["least"]?[metric.rawValue], let design = item["design"]?.intValue, design >= 0,
        let values = item["values"]?.numbers, values.count == Extreme.metrics.count
      else { return nil }
      return Extreme(metric: metric, design: design, values: values)
    }
    var chosen: Chosen?
    if let object = json["chosen"] {
      guard let values = object["values"]?.numbers, values.count == metrics,
        let violations = object["violations"]?.numbers
      else { return nil }
      chosen = Chosen(values: values, violations: violations)
    }
    self.init(measurement, placements: placements, extremes: extremes, chosen: chosen)
    isTakenOver = json["taken_over"]?.boolValue
  }
}

extension JSONValue {
  /// The elements of an array of finite numbers; nil for anything else.
  fileprivate var numbers: [Double]? {
    guard let items = arrayValue else { return nil }
    let numbers = items.compactMap(\.doubleValue)
    return numbers.count == items.count && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }
}

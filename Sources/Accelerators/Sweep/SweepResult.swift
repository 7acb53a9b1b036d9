internal import CLIPFiles
internal import CLIPUnits

/// What a sweep found: every design, those within the limits, and the Pareto front.
public struct SweepResult: Sendable {
  /// Every design, by number.
  public let points: [SweepPoint]
  /// What was asked of a design.
  public let limits: Sweep.Limits

  /// Something to be as small as can be.
  public struct Objective: Sendable {
    /// A name with its unit, as CSV headers write it: `latency_s`.
    public let name: String
    /// What a design costs.
    public let value: @Sendable (SweepPoint) -> Double

    /// An objective of one's own, such as carbon.
    public init(_ name: String, _ value: @escaping @Sendable (SweepPoint) -> Double) {
      self.name = name
      self.value = value
    }

    /// Seconds of an inference.
    public static let latency = Objective("latency_s") { $0.latency.value }
    /// Joules of an inference.
    public static let energy = Objective("energy_j") { $0.energy.value }
    /// Square millimeters of chip.
    public static let area = Objective("area_mm2") { $0.area.value }

    /// The built-in objective of a name: `latency`, `energy` or `area`.
    /// - Throws: `InputError` with the nearest name.
    public static func named(_ name: String) throws -> Objective {
      switch name {
      case "latency": .latency
      case "energy": .energy
      case "area": .area
      default:
        throw InputError(
          "unknown objective \(name.quoted())",
          advice: Suggestion.advice(for: name, among: ["latency", "energy", "area"]))
      }
    }
  }

  /// The designs within the limits.
  public var allowed: [SweepPoint] { points.filter(limits.allow) }

  /// The designs within the limits that no other beats: none is as good in every objective and better in one. Of designs
  /// that are equal in all, the first stands for the others. Ascending by the first objective.
  public func front(of objectives: [Objective]) -> [SweepPoint] {
    guard !objectives.isEmpty else { return [] }
    let rated = allowed.map { point in (point: point, values: objectives.map { $0.value(point) }) }
      .filter { $0.values.allSatisfy(\.isFinite) }
      .sorted { a, b in
        for (x, y) in zip(a.values, b.values) where x != y { return x < y }
        return a.point.number < b.point.number
      }
    // Whoever beats a point stands before it.
    var front: [(point: SweepPoint, values: [Double])] = []
    for candidate in rated
    where !front.contains(where: { zip($0.values, candidate.values).allSatisfy { $0 <= $1 } }) {
      front.append(candidate)
    }
    return front.map(\.point)
  }

  /// A CSV table of every design: its knobs, what it costs, whether the limits allow it and whether it is on the front.
  /// - Parameters:
  ///   - objectives: of the front; those of one's own are columns too
  ///   - frontOnly: leaves all other designs out
  public func csv(front objectives: [Objective] = [.latency, .energy, .area], frontOnly: Bool = false) -> String {
    let front = front(of: objectives)
    let numbers = Set(front.map(\.number)), within = Set(allowed.map(\.number))
    let own = objectives.filter { !["latency_s", "energy_j", "area_mm2"].contains($0.name) }
    var lines = [
      "number,clusters,width,depth,l2_kb,l2_bytes_per_cycle,buffer_kb,tops,latency_s,energy_j,area_mm2,"
        + own.map { "\($0.name)," }.joined() + "within_limits,on_front"
    ]
    for point in frontOnly ? front : points {
      let design = point.design
      let knobs = [
        point.number, design.clusters, design.width, design.depth, design.l2Kilobytes, design.l2BytesPerCycle,
        design.bufferKilobytes,
      ]
      let costs =
        [design.peakTOPS, point.latency.value, point.energy.value, point.area.value] + own.map { $0.value(point) }
      lines.append(
        (knobs.map { "\($0)" } + costs.map { "\($0)" }
          + [within.contains(point.number) ? "1" : "0", numbers.contains(point.number) ? "1" : "0"])
          .joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

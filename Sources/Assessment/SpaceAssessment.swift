public import CLIPAccelerators
public import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPOptimization

/// A model on the designs of a space, with the designs that no other beats.
public struct SpaceAssessment: Sendable {
  /// Every design that runs at its clock, by number; of a space too large for that, those that were asked for and not left out
  /// by bounds.
  public let designs: [AssessedDesign]
  /// How many designs the space has, or of a whole one how many of them run.
  public let count: Int
  /// Whether ``designs`` are all of the space's.
  public var isWhole: Bool { designs.count == count }
  /// What was asked of a design.
  public let limits: [Limit]

  /// The designs within the limits.
  public let allowed: [AssessedDesign]

  init(_ designs: [AssessedDesign], limits: [Limit], of count: Int? = nil) {
    self.designs = designs
    self.count = count ?? designs.count
    self.limits = limits
    allowed = designs.filter { design in design.point.isPossible && limits.allSatisfy { $0.allows(design) } }
  }

  /// The design of a number; nil where it was left out.
  package func design(_ number: Int) -> AssessedDesign? {
    if isWhole, designs.indices.contains(number), designs[number].number == number { return designs[number] }
    return designs.first { $0.number == number }
  }

  /// The same designs within other limits.
  package func within(_ limits: [Limit]) -> SpaceAssessment { SpaceAssessment(designs, limits: limits, of: count) }

  /// The designs within the limits that no other beats: none is as good in every metric and better in one. Of designs that
  /// are equal in all, to nine digits, the first stands for the others. Ascending by the first metric.
  public func front(of metrics: [Metric]) -> [AssessedDesign] {
    guard !metrics.isEmpty else { return [] }
    let values = allowed.map { design in metrics.map { design.value(of: $0).nearly } }
    let rated = values.indices.filter { values[$0].allSatisfy(\.isFinite) }
    return ParetoFront.ordered(rated.map { values[$0] }).map { allowed[rated[$0]] }
  }

  /// The design within the limits with the least of a metric; of equal ones that of least carbon, then the first.
  public func least(_ metric: Metric) -> AssessedDesign? {
    allowed.min { $0.stands(before: $1, in: metric) }
  }

  /// Which limit excludes everything, and by how much: where no design is within the limits.
  public var excuse: String? {
    guard allowed.isEmpty else { return nil }
    let possible = designs.filter(\.point.isPossible)
    guard !possible.isEmpty else { return "the model fits none of the \(count) designs" }
    for limit in limits where !possible.contains(where: limit.allows) {
      let best = possible.map { $0.value(of: limit.metric) }.min() ?? .infinity
      return
        "\(limit) excludes all \(isWhole ? possible.count : count) designs: the least is \(limit.metric.text(best))"
    }
    return "each limit allows some of the \(isWhole ? possible.count : count) designs, but none is within all of them"
  }

  /// What is known of each of some designs when the inputs are known only roughly, in their order.
  /// - Throws: `InputError` for too many or too few draws.
  public func bands(
    of chosen: [AssessedDesign], draws: Int = 10_000, seed: UInt64 = 0
  ) throws -> [CarbonBand] {
    try UncertaintyStudy(chosen.compactMap(\.carbon), draws: draws, seed: seed).bands()
  }

  /// What differs between designs: what a model has by itself is the same on all.
  private static let columns = Metric.allCases.filter { !$0.isOfModel }

  /// A CSV table of every design: its knobs, what it costs, whether the limits allow it and whether it is on the front.
  /// - Parameters:
  ///   - metrics: of the front
  ///   - bands: by number of design; three more columns where there are any
  ///   - frontOnly: leaves all other designs out
  public func csv(front metrics: [Metric], bands: [Int: CarbonBand] = [:], frontOnly: Bool = false) -> String {
    let front = front(of: metrics)
    let onFront = Set(front.map(\.number)), within = Set(allowed.map(\.number))
    // What all designs have alike is not told, but for the knobs that have always been columns.
    let always = ["clusters", "width", "depth", "l2_kb", "l2_bytes_per_cycle", "buffer_kb"]
    let knobs = AcceleratorDesign.knobs.filter { knob in
      always.contains(knob.column) || Set(designs.map { knob.value(of: $0.design) }).count > 1
    }
    var header =
      ["number"] + knobs.map(\.column)
      + Self.columns.map(\.column) + ["within_limits", "on_front"]
    if !bands.isEmpty { header += ["p5_kgco2e", "p95_kgco2e", "share_on_front"] }
    var lines = [header.joined(separator: ",")]
    for one in frontOnly ? front : designs {
      var cells = ["\(one.number)"] + knobs.map { "\($0.value(of: one.design))" }
      cells += Self.columns.map { metric in
        let value = one.value(of: metric)
        return value.isFinite ? "\(value)" : ""
      }
      cells += [within.contains(one.number) ? "1" : "0", onFront.contains(one.number) ? "1" : "0"]
      if let band = bands[one.number] {
        cells += ["\(band.low.value)", "\(band.high.value)", "\(band.shareOnFront)"]
      } else if !bands.isEmpty {
        cells += ["", "", ""]
      }
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Assessor {
  /// A model on every design of a space that runs at its clock, within limits and the scenario's pace; the same on any number of
  /// threads.
  /// - Throws: `InputError` of the first design that cannot be priced, or for a space too large.
  public func assess(
    _ model: any Workload, across space: DesignSpace, limits: [Limit] = [], on pool: ThreadPool
  ) throws -> SpaceAssessment {
    let work = try work(of: model)
    let figures = figures(of: work)
    let swept = try Sweep(space, with: costModel(for: work)).run(work, on: pool)
    let designs = try swept.map { point in
      AssessedDesign(point: point, carbon: point.isPossible ? try carbon(of: point, work) : nil, model: figures)
    }
    return SpaceAssessment(designs, limits: self.limits(limits))
  }
}

extension Assessor {
  /// A model on one design, as a space of one.
  /// - Throws: `InputError` for a design that cannot be priced.
  public func assess(
    _ model: any Workload, onOnly design: AcceleratorDesign, limits: [Limit] = []
  ) throws -> SpaceAssessment {
    let work = try work(of: model), estimate = try costModel(for: work).estimate(work, on: design)
    let priced =
      estimate.isPossible
      ? try assessment(of: estimate, work, named: design.description).priced()
      : AssessedDesign(point: SweepPoint(number: 0, estimate), carbon: nil, model: figures(of: work))
    return SpaceAssessment([priced], limits: self.limits(limits))
  }
}

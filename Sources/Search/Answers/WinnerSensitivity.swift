internal import CLIPAssessment
internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
public import CLIPUnits

/// What becomes of the answer where the world is another than the scenario says: a cleaner or dirtier grid, a shorter or
/// longer life, fewer or more defects on the wafer. Time and energy of an inference stay; only carbon is counted anew.
public struct WinnerSensitivity: Sendable {
  /// One end of a factor's range.
  public struct End: Sendable {
    /// The factor's value, for people: `24 gCO2e/kWh (Norway)`.
    public var label: String
    /// The answer's carbon there.
    public var carbon: KilogramsCO2e
    /// What is greenest there among all that is accurate enough, in words; nil where it is the answer.
    public var better: String?

    /// An end.
    package init(_ label: String, carbon: KilogramsCO2e, better: String? = nil) {
      self.label = label
      self.carbon = carbon
      self.better = better
    }
  }

  /// `grid`, `life`, `yield`.
  public var factor: String
  /// Its value in the scenario, for people.
  public var stated: String
  /// The low end of its range.
  public var low: End
  /// The high end of its range.
  public var high: End

  /// A factor with both ends.
  package init(_ factor: String, stated: String, low: End, high: End) {
    self.factor = factor
    self.stated = stated
    self.low = low
    self.high = high
  }

  /// At most so many models are priced anew: the greenest of those that are accurate enough.
  static let mostModels = 8

  /// The factors for a front's answer; empty where there is none.
  /// - Throws: `InputError` where figures cannot be read.
  public static func all(_ front: SearchFront, _ outlook: HardwareOutlook, on pool: ThreadPool) throws
    -> [WinnerSensitivity]
  {
    guard let answer = front.answer, let accepted = front.acceptedAccuracy else { return [] }
    let rivals = front.finished.indices.filter {
      let found = front.finished[$0].record.measurement.accuracy(front.recipe.precision)
      return found.mean >= accepted && front.recipe.lack(of: found) <= 0
    }
    func least(_ index: Int) -> Double {
      front.finished[index].record.extremes.first { $0.metric == .carbon }?.value(of: .carbon) ?? .infinity
    }
    var chosen = Array(rivals.sorted { least($0) < least($1) }.prefix(mostModels))
    if !chosen.contains(answer.index) { chosen.append(answer.index) }
    // Designs that are beaten in area and energy are beaten in any world.
    let isMeasured = front.recipe.assessor.measured != nil,
      deciding: [Metric] = isMeasured ? [.energy] : [.area, .energy]
    let candidates = try chosen.flatMap { index in
      try outlook.everything(front.finished[index].point, fronts: [deciding], on: pool)
        .front(of: deciding)
        .compactMap { one in one.carbon.map { (index: index, design: one.number, carbon: $0) } }
    }
    let winner = try outlook.assessment(front.finished[answer.index].point, design: answer.design).carbon
    let scenario = front.recipe.assessor.scenario
    func end(_ label: String, _ changed: Scenario) throws -> End {
      let own = try changed.carbon(of: winner.design).total
      var better: (index: Int, design: Int, carbon: KilogramsCO2e)?
      for candidate in candidates {
        let total = try changed.carbon(of: candidate.carbon.design).total
        if total < (better?.carbon ?? own) { better = (candidate.index, candidate.design, total) }
      }
      // Less than a hundredth is no other answer.
      if let found = better, found.carbon.value > own.value * 0.99 { better = nil }
      return End(
        label, carbon: own,
        better: better.map { found in
          "\(front.recipe.space.shortName(front.finished[found.index].point)) on "
            + "\(outlook.design(found.design, for: front.finished[found.index].point)?.description ?? "") with \(found.carbon)"
        })
    }
    // A device's own chip was made by whoever made it: nobody knows the yield.
    return try [grid(scenario, end), life(scenario, end)] + (isMeasured ? [] : [yield(scenario, end)])
  }

  private static func grid(_ scenario: Scenario, _ end: (String, Scenario) throws -> End) throws -> WinnerSensitivity {
    let table = try GridTable()
    func at(_ code: String) throws -> End {
      var changed = scenario
      changed.grid = try table.grid(code)
      return try end("\(changed.grid.name), \(changed.grid.intensity)", changed)
    }
    return WinnerSensitivity(
      "grid of use", stated: "\(scenario.grid.name), \(scenario.grid.intensity)", low: try at("FR"),
      high: try at("IN"))
  }

  private static func life(_ scenario: Scenario, _ end: (String, Scenario) throws -> End) throws -> WinnerSensitivity {
    func times(_ factor: Double) throws -> End {
      var changed = scenario
      if let span = scenario.lifetime.span, let rate = scenario.lifetime.rate, let hours = scenario.lifetime.hoursPerDay
      {
        changed.lifetime = try Lifetime(
          span: span * factor, rate: rate, hoursPerDay: hours, activity: scenario.lifetime.activity)
      } else {
        changed.lifetime = try Lifetime(inferences: scenario.lifetime.inferences * factor)
      }
      return try end(changed.lifetime.summary, changed)
    }
    return WinnerSensitivity(
      "life", stated: scenario.lifetime.summary, low: try times(1 / 3), high: try times(5.0 / 3))
  }

  private static func yield(_ scenario: Scenario, _ end: (String, Scenario) throws -> End) throws -> WinnerSensitivity {
    func with(_ model: YieldModel) throws -> End {
      var changed = scenario
      changed.manufacture.yield = try model.checked()
      return try end(model.summary, changed)
    }
    let stated = scenario.manufacture.yield, ends: (YieldModel, YieldModel)
    switch stated {
    case .fixed(let yield): ends = (.fixed(min(0.99, yield * 1.1)), .fixed(yield * 0.6))
    case .poisson(let defects): ends = (.poisson(defects * 0.5), .poisson(defects * 4))
    case .murphy(let defects): ends = (.murphy(defects * 0.5), .murphy(defects * 4))
    case .seeds(let defects): ends = (.seeds(defects * 0.5), .seeds(defects * 4))
    case .negativeBinomial(let defects, let alpha):
      ends = (.negativeBinomial(defects * 0.5, alpha: alpha), .negativeBinomial(defects * 4, alpha: alpha))
    }
    return WinnerSensitivity(
      "yield", stated: stated.summary, low: try with(ends.0), high: try with(ends.1))
  }
}

public import CLIPAssessment
package import CLIPCarbonFootprint
internal import CLIPOptimization
public import CLIPSearch
internal import CLIPSystem

/// Each member of a family beside the baselines: how much less carbon at equal accuracy and no higher latency.
///
/// A member *equals* a baseline from which it differs by at most one standard error of their difference, where the error is
/// of the seeds: both are measured on the same pictures. Its rival is the baseline of least carbon that it equals. Where it
/// equals none, the rival is the most accurate of the less accurate ones that no other baseline beats in accuracy and carbon
/// together; then the member gets no credit for being more accurate. Beside it stands what a baseline of exactly the member's
/// accuracy would emit, on straight lines between the baselines that no other beats, carbon on a logarithmic scale.
///
/// In every draw of what is uncertain both accuracies are drawn too, by their seeds and by the choice of pictures. Where the
/// member comes out less accurate, the rival is granted what less carbon a baseline so much less accurate emits on those lines.
public struct FamilyComparison: Sendable {
  /// A member beside a baseline, each on an accelerator.
  public struct Match: Sendable {
    /// The member on its accelerator of least carbon among those that are no slower than the rival's.
    public let member: FamilyPrices.Priced, memberDesign: AssessedDesign
    /// The baseline.
    public let rival: FamilyPrices.Priced, rivalDesign: AssessedDesign
    /// How much more accurate the member is, with the standard error by the seeds.
    public let difference: Double, differenceError: Double
    /// Share of carbon that the member saves.
    public let saved: Double
    /// Share of draws of all that is uncertain, both accuracies among it, in which the member emits less at equal accuracy.
    public let probability: Double
  }

  /// What a member has to show.
  public struct Row: Sendable {
    /// The member on its accelerator of least carbon.
    public let member: FamilyPrices.Priced
    /// Beside its rival, the rival on its accelerator of least carbon; nil where every baseline is more accurate.
    public let greenest: Match?
    /// Beside its rival on that one's accelerator of least latency; nil also where no accelerator makes the member as fast.
    public let fastest: Match?
    /// Carbon of a baseline of its accuracy, in kg; nil beyond the baselines' accuracies.
    public let interpolated: Double?

    /// Share of carbon saved against that.
    public var savedInterpolated: Double? {
      interpolated.map { 1 - member.greenest.value(of: .carbon) / $0 }
    }
  }

  /// The account in which carbon is counted.
  public let prices: FamilyPrices
  /// The arithmetic whose accuracy counts.
  public let precision: AccuracyPrecision
  /// One a member.
  public let rows: [Row]

  /// - Throws: `InputError` for draws that fail.
  public init(_ prices: FamilyPrices, _ precision: AccuracyPrecision) throws {
    self.prices = prices
    self.precision = precision
    let measured = prices.models.filter { !$0.model.runs.isEmpty }
    let baselines = measured.filter { $0.model.kind == .baseline }
    let curve = Self.front(
      baselines.map { ($0.model.test(precision).mean, $0.greenest.value(of: .carbon)) })
    rows = try measured.filter { $0.model.kind == .member }.map { member in
      let own = member.model.test(precision)
      let rival = Self.rival(of: member, among: baselines, precision)
      return Row(
        member: member,
        greenest: try rival.flatMap { try Self.match(member, $0, $0.greenest, prices, precision, curve) },
        fastest: try rival.flatMap { try Self.match(member, $0, $0.fastest, prices, precision, curve) },
        interpolated: Self.carbon(at: own.mean, on: curve))
    }
  }

  /// The baseline that a member is held against.
  private static func rival(
    of member: FamilyPrices.Priced, among baselines: [FamilyPrices.Priced], _ precision: AccuracyPrecision
  ) -> FamilyPrices.Priced? {
    let own = member.model.test(precision)
    func accuracy(_ model: FamilyPrices.Priced) -> Double { model.model.test(precision).mean }
    func carbon(_ model: FamilyPrices.Priced) -> Double { model.greenest.value(of: .carbon) }
    let equal = baselines.filter { abs(own.mean - accuracy($0)) <= error(own, $0.model.test(precision)) }
    if let least = equal.min(by: { carbon($0) < carbon($1) }) { return least }
    return baselines.filter { one in
      accuracy(one) < own.mean
        && !baselines.contains { accuracy($0) >= accuracy(one) && carbon($0) < carbon(one) }
    }.max { accuracy($0) < accuracy($1) }
  }

  /// Standard error of the difference of two means by their seeds.
  static func error(_ one: SeedStatistics, _ other: SeedStatistics) -> Double {
    (one.seedError * one.seedError + other.seedError * other.seedError).squareRoot()
  }

  private static func match(
    _ member: FamilyPrices.Priced, _ rival: FamilyPrices.Priced, _ rivalDesign: AssessedDesign,
    _ prices: FamilyPrices, _ precision: AccuracyPrecision, _ curve: [(accuracy: Double, carbon: Double)]
  ) throws -> Match? {
    guard let design = try prices.greenest(member, within: rivalDesign.value(of: .latency)), let carbon = design.carbon,
      let rivalCarbon = rivalDesign.carbon
    else { return nil }
    let own = member.model.test(precision), other = rival.model.test(precision)
    let study = try UncertaintyStudy([carbon, rivalCarbon])
    return Match(
      member: member, memberDesign: design, rival: rival, rivalDesign: rivalDesign,
      difference: own.mean - other.mean, differenceError: error(own, other),
      saved: 1 - carbon.total.value / rivalCarbon.total.value,
      probability: Self.probability(
        that: study.totals(of: 0), emitsLessThan: study.totals(of: 1), own.error, other.error, on: curve))
  }

  /// The share of draws in which one emits less than another at equal accuracy; equal totals count half.
  /// - Parameters:
  ///   - own, other: totals, one a draw
  ///   - accuracy, otherAccuracy: with their standard errors
  ///   - curve: accuracies and carbon of baselines that no other beats, ascending
  package static func probability(
    that own: [Double], emitsLessThan other: [Double], _ accuracy: MeasuredError, _ otherAccuracy: MeasuredError,
    on curve: [(accuracy: Double, carbon: Double)]
  ) -> Double {
    let mine = accuracy.draws(stream: 0, count: own.count), theirs = otherAccuracy.draws(stream: 1, count: own.count)
    let stated = logCarbon(at: otherAccuracy.mean, on: curve)
    var wins = 0.0
    for draw in own.indices {
      let missing = max(0, theirs[draw] - mine[draw])
      let granted = missing > 0 ? exp(logCarbon(at: otherAccuracy.mean - missing, on: curve) - stated) : 1
      let rival = other[draw] * granted
      wins += own[draw] < rival ? 1 : own[draw] == rival ? 0.5 : 0
    }
    return wins / Double(own.count)
  }

  /// The logarithm of carbon at an accuracy, on straight lines between the points of a front and on beyond its ends.
  private static func logCarbon(at accuracy: Double, on front: [(accuracy: Double, carbon: Double)]) -> Double {
    guard front.count > 1 else { return 0 }
    let above = min(max(1, front.firstIndex { $0.accuracy >= accuracy } ?? front.count - 1), front.count - 1)
    let low = front[above - 1], high = front[above]
    let share = (accuracy - low.accuracy) / (high.accuracy - low.accuracy)
    return log(low.carbon) + share * (log(high.carbon) - log(low.carbon))
  }

  /// The points that no other beats, ascending in both.
  static func front(_ points: [(accuracy: Double, carbon: Double)]) -> [(accuracy: Double, carbon: Double)] {
    ParetoFront.ordered(points.map { [$0.carbon, -$0.accuracy] }).map { points[$0] }
  }

  /// Carbon at an accuracy, between the points of a front; nil beyond its ends.
  static func carbon(at accuracy: Double, on front: [(accuracy: Double, carbon: Double)]) -> Double? {
    guard let above = front.firstIndex(where: { $0.accuracy >= accuracy }) else { return nil }
    if front[above].accuracy == accuracy { return front[above].carbon }
    guard above > 0 else { return nil }
    let low = front[above - 1], high = front[above]
    let share = (accuracy - low.accuracy) / (high.accuracy - low.accuracy)
    return exp(log(low.carbon) + share * (log(high.carbon) - log(low.carbon)))
  }
}

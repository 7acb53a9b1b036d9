internal import CLIPFiles
public import CLIPUnits

/// How much a device is used before it is thrown away.
public struct Lifetime: Equatable, Sendable {
  /// How often it answers in its life.
  public let inferences: Double
  /// How long it is in use, in calendar time; nil where only the number of inferences is known.
  public let span: Seconds?
  /// Frames each second while it is on, the pace that an inference must keep; nil where only the number of inferences is
  /// known.
  public let rate: Hertz?
  /// The share of the frames that a cheap trigger lets through to an inference; 1 where there is none.
  public let activity: Double
  /// Hours a day that it is on; nil where only the number of inferences is known.
  public let hoursPerDay: Double?

  /// 365 days.
  public static let year = Seconds(365 * 86_400)
  /// Numbers of inferences that are accepted.
  public static let inferenceRange: ClosedRange<Double> = 1...1e12
  /// Spans that are accepted, in years: an hour to a century.
  public static let yearRange: ClosedRange<Double> = 0.0001...100
  /// Rates that are accepted, in inferences per second.
  public static let rateRange: ClosedRange<Double> = 1e-7...1e6
  /// Shares of frames that are accepted.
  public static let activityRange: ClosedRange<Double> = 1e-6...1
  /// Daily use that is accepted, in hours.
  public static let hourRange: ClosedRange<Double> = 0.001...24

  /// So many inferences, in whatever time.
  /// - Throws: `InputError` unless there are 1 to 10¹².
  public init(inferences: Double) throws {
    guard Self.inferenceRange.contains(inferences) else {
      throw InputError("inferences: expected 1 to 1000000000000, found \(inferences)")
    }
    self.inferences = inferences
    span = nil
    rate = nil
    activity = 1
    hoursPerDay = nil
  }

  /// `rate * activity * span * hoursPerDay / 24` inferences.
  /// - Parameter activity: the share of frames that a cheap trigger lets through
  /// - Throws: `InputError` naming what is outside its range.
  public init(span: Seconds, rate: Hertz, hoursPerDay: Double, activity: Double = 1) throws {
    for (name, value, range, unit) in [
      ("lifetime", span / Self.year, Self.yearRange, "years"), ("rate", rate.value, Self.rateRange, "per second"),
      ("duty", hoursPerDay, Self.hourRange, "hours a day"), ("activity", activity, Self.activityRange, "of the frames"),
    ] where !range.contains(value) {
      throw InputError("\(name): expected \(range.lowerBound) to \(range.upperBound) \(unit), found \(value)")
    }
    self.span = span
    self.rate = rate
    self.hoursPerDay = hoursPerDay
    self.activity = activity
    inferences = rate * (span * (hoursPerDay / 24)) * activity
    guard Self.inferenceRange.contains(inferences) else {
      throw InputError(
        "lifetime: expected 1 to 1000000000000 inferences, found \(inferences)", advice: "look at rate and duty")
    }
  }

  /// How often it is switched on in its life: once a day where it is on for a part of the day, else once.
  public var starts: Double {
    guard let span, let hoursPerDay, hoursPerDay < 24 else { return 1 }
    return max(1, span.value / 86_400)
  }

  /// Mean time from one inference to the next while it is on; nil where only the number of inferences is known.
  public var interval: Seconds? { rate.map { Seconds(1 / ($0.value * activity)) } }

  /// `23,652,000 inferences: 3.0 years, 6.0 hours a day, 1.00 Hz`.
  public var summary: String {
    let count = "\(Self.grouped(Int(inferences.rounded()))) inferences"
    guard let span, let rate, let hoursPerDay else { return count }
    let years = ((span / Self.year) * 100).rounded() / 100
    let triggered = activity < 1 ? ", \(Figures.percent(activity)) of the frames let through" : ""
    return "\(count): \(years) years, \(hoursPerDay) hours a day, \(rate)\(triggered)"
  }

  /// A count with thousands set apart.
  private static func grouped(_ count: Int) -> String {
    var rest = "\(count)"[...], groups: [Substring] = []
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }
}

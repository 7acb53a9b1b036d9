internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPRecipes

/// What a design must not exceed: `latency <= 50 ms`.
public struct Limit: Equatable, Sendable, CustomStringConvertible {
  /// What is limited.
  public let metric: Metric
  /// The most that is allowed, in the unit of ``Metric/column``.
  public let most: Double

  /// Limits that are accepted, in the unit of ``Metric/column``.
  public static let range: ClosedRange<Double> = 1e-12...1e12

  /// - Throws: `InputError` for a limit that is no positive number.
  public init(_ metric: Metric, atMost most: Double) throws {
    guard Self.range.contains(most) else {
      throw InputError("limit of \(metric.rawValue): expected more than 0, found \(most)")
    }
    self.metric = metric
    self.most = most
  }

  /// A limit as people write it: a metric, `<=` or `<`, a number with its unit; `tops <= 20.48` and
  /// `parameters <= 20000000` need none.
  /// - Parameter origin: what messages call the text
  /// - Throws: `InputError` naming what is wrong, with an example.
  public init(_ text: String, origin: String = "limit") throws {
    let example = "write it as \"latency <= 50 ms\""
    let parts = text.split(separator: "<", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw InputError(
        "\(origin): expected a metric, <= and a number with its unit, found \(text.quoted())", advice: example)
    }
    let name = parts[0].filter { $0 != " " }
    var bound = parts[1].drop { $0 == "=" || $0 == " " }
    while bound.last == " " { bound.removeLast() }
    do { metric = try Metric.named(String(name)) } catch var error as InputError {
      error.location = origin
      throw error
    }
    var words = String(bound)
    if [.tops, .parameters, .macs].contains(metric), Double(words) != nil { words += " \(metric.units[0].names[0])" }
    most = try RecipeNode(word: words, origin: origin).measure(metric.rawValue, metric.units, in: Self.range)
  }

  /// As people write it, with all digits: `latency <= 50 ms`.
  public var description: String { "\(metric.rawValue) <= \(number) \(unit.names[0])" }

  /// The unit in which the number is shortest among those from 1 to 1000, and all its digits: a limit is not rounded.
  private var unit: RecipeUnit {
    metric.units.first { (1..<1000).contains(most / $0.size) } ?? metric.units[0]
  }
  private var number: String {
    let value = most / unit.size, rounded = (value * 1e9).rounded() / 1e9
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  /// Those of CATransformers' search: 50 ms, 32 mm2, 20.48 TOPS (arXiv:2505.01386, section 5).
  public static let edge = [
    Limit(metric: .latency, most: 0.05), Limit(metric: .area, most: 32), Limit(metric: .tops, most: 20.48),
  ]

  /// A run must have ended before the next begins, where a scenario says how often images come; its first image has waited
  /// for its last besides.
  static func pace(of lifetime: Lifetime, images: Int) -> Limit? {
    lifetime.rate.flatMap { rate in
      let most = Double(images) / rate.value + (lifetime.interval?.value ?? 0) * Double(images - 1)
      return range.contains(most) ? Limit(metric: .latency, most: most) : nil
    }
  }

  private init(metric: Metric, most: Double) {
    self.metric = metric
    self.most = most
  }

  /// Whether a design keeps to it.
  public func allows(_ design: AssessedDesign) -> Bool { design.value(of: metric) <= most }
}

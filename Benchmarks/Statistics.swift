import Foundation

/// A side's measurements over the rounds, one number a round.
struct Samples {
  private(set) var values: [Double] = []

  init(_ values: [Double] = []) { self.values = values }

  mutating func add(_ value: Double) { values.append(value) }

  /// Of an even number, the mean of the two in the middle.
  var median: Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1
      ? sorted[middle] : (sorted[middle - 1] + (middle < sorted.count ? sorted[middle] : last)) / 2
  }

  var minimum: Double { values.min() ?? .nan }
  var maximum: Double { values.max() ?? .nan }

  /// Round by round this over the other: what disturbs a whole round disturbs both sides and cancels.
  func ratios(to other: Samples) -> Samples { Samples(zip(values, other.values).map { $0 / $1 }) }

  /// "12.3 (11.9-12.8)".
  var summary: String {
    values.isEmpty ? "-" : "\(Self.text(median)) (\(Self.text(minimum))-\(Self.text(maximum)))"
  }

  /// A number in three significant digits, larger ones whole.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let places = value == 0 ? 0 : max(0, 2 - Int(Foundation.log10(abs(value)).rounded(.down)))
    return String(format: "%.\(min(places, 9))f", value)
  }
}

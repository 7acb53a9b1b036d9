internal import CLIPFiles

/// A unit that a recipe may write, with how many of the base unit it makes.
public struct RecipeUnit: Sendable {
  /// How it is written, the usual way first: `years`, `year`.
  public let names: [String]
  /// In the base unit, whose size is 1.
  public let size: Double

  /// - Parameter names: at least one
  public init(_ names: String..., size: Double) {
    self.names = names
    self.size = size
  }
}

extension RecipeReader {
  /// A number with its unit, such as `3 years` or `625 MHz`; a bare number is refused.
  /// - Parameters:
  ///   - units: the base unit, of size 1, is the first; the range is in it
  ///   - range: what is accepted
  /// - Returns: the number in the base unit; nil where the key is missing
  /// - Throws: ``InputError`` naming the place, what was expected and what was found.
  public mutating func measure(
    _ key: String, _ units: [RecipeUnit], in range: ClosedRange<Double>
  ) throws -> Double? {
    try node(key)?.measure(key, units, in: range)
  }
}

extension RecipeNode {
  /// The number with its unit that the node holds, in the first of the units.
  /// - Throws: ``InputError`` naming the place, what was expected and what was found.
  public func measure(_ key: String, _ units: [RecipeUnit], in range: ClosedRange<Double>) throws -> Double {
    let low = Self.plain(range.lowerBound, units), high = Self.plain(range.upperBound, units)
    let bounds = low.unit == high.unit ? "\(low.number) to \(high.text)" : "\(low.text) to \(high.text)"
    let example = "such as \(key): \(Self.plain(min(max(1, range.lowerBound), range.upperBound), units).text)"
    guard let text = textValue else { throw error("\(key) must be \(bounds), found \(short)", advice: example) }
    var digits = text.prefix { "0123456789+-.eE".contains($0) }
    while !digits.isEmpty, Double(digits) == nil { digits.removeLast() }
    guard let number = Double(digits) else {
      throw error("\(key) must be \(bounds), found \(text.quoted())", advice: example)
    }
    let unit = String(text.dropFirst(digits.count).drop { $0 == " " })
    guard !unit.isEmpty else { throw error("\(key): \(text.quoted()) has no unit", advice: example) }
    // Letter case first: a Gb is no GB.
    let exact = units.first { $0.names.contains(unit) }
    let known = exact ?? units.first { $0.names.contains { $0.lowercased() == unit.lowercased() } }
    guard let size = known?.size else {
      throw error(
        "\(key): unknown unit \(unit.quoted())",
        advice: Suggestion.advice(for: unit, among: units.flatMap(\.names)))
    }
    guard range.contains(number * size) else {
      throw error("\(key) must be \(bounds), found \(text.quoted())")
    }
    return number * size
  }

  /// A bound in the base unit, or in the largest in which it is no less than 1 where the base would need many zeros.
  private static func plain(_ bound: Double, _ units: [RecipeUnit]) -> (number: String, unit: String, text: String) {
    var unit = units.first
    if bound > 0, bound < 0.001, let small = units.filter({ $0.size <= bound }).max(by: { $0.size < $1.size }) {
      unit = small
    }
    let value = bound / (unit?.size ?? 1), name = unit?.names.first ?? ""
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    return (number, name, "\(number) \(name)")
  }
}

import CLIPEvaluation
public import CLIPFiles

/// How far the toolkit's figures lie from another implementation's, quantity by quantity.
public struct ParityReport: Sendable {
  /// One compared quantity.
  public struct Quantity: Sendable {
    /// What was compared.
    public let name: String
    /// `max |ours - theirs| / max |theirs|`; an exact comparison gives the share of wrong elements.
    public let deviation: Double
    /// The largest deviation accepted.
    public let tolerance: Double

    /// Whether ``deviation`` is at most ``tolerance``.
    public var isWithinTolerance: Bool { deviation <= tolerance }
  }

  /// The fixture's name.
  public let fixture: String
  /// What was compared, in order.
  public private(set) var quantities: [Quantity] = []

  /// A report of so far nothing.
  public init(fixture: String) { self.fixture = fixture }

  /// Whether every quantity is; false where nothing was compared.
  public var isWithinTolerance: Bool { quantities.allSatisfy(\.isWithinTolerance) && !quantities.isEmpty }

  /// Adds the largest deviation between two lists of numbers.
  ///
  /// It is relative to the largest entry of `theirs`, since single entries near zero carry rounding noise only. Lists
  /// of different lengths, and figures that are not numbers, deviate infinitely.
  public mutating func compare(
    _ name: String, _ ours: some Collection<Float>, _ theirs: some Collection<Float>, tolerance: Double
  ) {
    compare(name, ours.map(Double.init), theirs.map(Double.init), tolerance: tolerance)
  }

  /// Adds the largest deviation between two lists of numbers.
  public mutating func compare(_ name: String, _ ours: [Double], _ theirs: [Double], tolerance: Double) {
    var largest = 0.0, deviation = ours.count == theirs.count ? 0.0 : Double.infinity
    for (a, b) in zip(ours, theirs) {
      largest = max(largest, abs(b))
      let difference = abs(a - b)
      deviation = difference.isNaN ? .infinity : max(deviation, difference)
    }
    // Quantities that are zero throughout are held to an absolute bound instead.
    quantities.append(Quantity(name: name, deviation: deviation / max(largest, 1e-7), tolerance: tolerance))
  }

  /// Gradients that differ by less than this are held equal: a gradient that is nearly zero because large terms cancel
  /// carries their rounding.
  public static let gradientFloor = 1e-7

  /// Adds the largest deviation between two gradients, beyond ``gradientFloor``.
  public mutating func compareGradient(_ name: String, _ ours: [Double], _ theirs: [Double], tolerance: Double) {
    var deviation = ours.count == theirs.count ? 0.0 : Double.infinity
    let largest = theirs.reduce(0.0) { max($0, abs($1)) }
    for (a, b) in zip(ours, theirs) {
      let difference = abs(a - b)
      deviation = difference.isNaN ? .infinity : max(deviation, difference - Self.gradientFloor)
    }
    quantities.append(
      Quantity(name: name, deviation: deviation / max(largest, Self.gradientFloor), tolerance: tolerance))
  }

  /// Adds an exact comparison: the share of elements that differ must be zero.
  public mutating func compareExactly<Element: Equatable>(_ name: String, _ ours: [Element], _ theirs: [Element]) {
    let differing = zip(ours, theirs).count { $0 != $1 } + abs(ours.count - theirs.count)
    let share = Double(differing) / Double(max(theirs.count, 1))
    quantities.append(Quantity(name: name, deviation: share, tolerance: 0))
  }

  /// Adds a share that was counted elsewhere: of wrong items, say.
  public mutating func add(_ name: String, share: Double, tolerance: Double) {
    quantities.append(Quantity(name: name, deviation: share, tolerance: tolerance))
  }

  /// `{"fixture": ..., "quantities": {name: deviation}, "tolerances": {...}, "passed": ...}`
  public var json: JSONValue {
    var deviations = JSONObject(), tolerances = JSONObject()
    for quantity in quantities {
      deviations[quantity.name] = .number(quantity.deviation.isFinite ? quantity.deviation : 1e308)
      tolerances[quantity.name] = .number(quantity.tolerance)
    }
    return [
      "fixture": .string(fixture), "quantities": .object(deviations), "tolerances": .object(tolerances),
      "passed": .bool(isWithinTolerance),
    ]
  }
}

internal import CLIPFiles
public import CLIPUnits

/// A wafer of square dies: how much of it each die has to answer for.
///
///     dies = pi d^2 / (4 S) - pi d / sqrt(2 S)        S = (sqrt(A) + scribe)^2,  d = diameter - 2 * edge
///     area for each die = pi diameter^2 / 4 / dies
///
/// The first term is the wafer's area in dies, the second what the rim cuts. Source: the textbook formula, as in
/// Hennessy and Patterson, "Computer Architecture", section on the cost of an integrated circuit; with scribe lines
/// and edge exclusion put in. An approximation: notches and the reticle's steps are left out.
public struct Wafer: Equatable, Sendable {
  /// Of the whole wafer.
  public let diameter: Millimeters
  /// Width of the rim that bears no dies.
  public let edge: Millimeters
  /// Width of the cut between dies.
  public let scribe: Millimeters

  /// - Parameters:
  ///   - diameter: 25 to 450 mm
  ///   - edge: 0 to 10 mm
  ///   - scribe: 0 to 1 mm
  /// - Throws: `InputError` naming what is outside its range.
  public init(
    diameter: Millimeters = Millimeters(300), edge: Millimeters = Millimeters(3),
    scribe: Millimeters = Millimeters(0.1)
  ) throws {
    for (name, length, range) in [
      ("wafer", diameter, 25.0...450.0), ("edge", edge, 0.0...10.0), ("scribe", scribe, 0.0...1.0),
    ] where !range.contains(length.value) {
      throw InputError("\(name): expected \(Int(range.lowerBound)) to \(Int(range.upperBound)) mm, found \(length)")
    }
    self.diameter = diameter
    self.edge = edge
    self.scribe = scribe
  }

  /// How many whole dies of an area the wafer yields, good or not, on average.
  public func dies(of area: SquareMillimeters) -> Double {
    let usable = diameter.value - 2 * edge.value
    let side = max(0, area.value).squareRoot() + scribe.value
    let footprint = side * side
    return .pi * usable * usable / (4 * footprint) - .pi * usable / (2 * footprint).squareRoot()
  }

  /// The area of wafer for each die, rim and cuts included.
  /// - Throws: `InputError` when not one die fits.
  public func areaPerDie(of area: SquareMillimeters) throws -> SquareMillimeters {
    let dies = dies(of: area)
    guard dies >= 1 else {
      throw InputError("area: a die of \(area) does not fit a wafer of \(diameter)", advice: "take a larger wafer")
    }
    return SquareMillimeters(.pi * diameter.value * diameter.value / 4 / dies)
  }
}

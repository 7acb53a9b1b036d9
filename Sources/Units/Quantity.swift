/// A number with its unit as a type: adding joules to kilograms does not compile.
///
///     let energy = Watts(35) * Seconds(60)          // 2.10 kJ
///     let carbon = energy * GramsPerKilowattHour(473)
///
/// ``value`` is in the unit that the type is named for: J, W, s, kWh, gCO2e/kWh, kgCO2e or mm².
public struct Quantity<Unit: UnitOfMeasure>: Hashable, Sendable {
  /// The number, in the unit that `Unit` names.
  public var value: Double

  /// A quantity of `value` units.
  public init(_ value: Double) { self.value = value }
}

/// A unit that a ``Quantity`` may have; its cases are the empty enums of `UnitsOfMeasure.swift`.
public protocol UnitOfMeasure: Sendable {
  /// How the unit is written for people, from the smallest step to the largest.
  static var steps: [UnitStep] { get }
}

/// A way to write a unit: `kJ` is 1000 J and is used from 1000 J on.
public struct UnitStep: Sendable {
  /// The smallest magnitude, in the unit itself, that is written this way.
  let from: Double
  /// How many of the unit make one of this step.
  let size: Double
  let symbol: String

  /// - Parameter from: where the step begins; one of it, where nothing is said
  init(_ size: Double, _ symbol: String, from: Double? = nil) {
    self.from = from ?? size
    self.size = size
    self.symbol = symbol
  }
}

extension Quantity: Comparable {
  /// By their numbers: both are in one unit.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Quantity: AdditiveArithmetic {
  /// None of the unit.
  public static var zero: Self { Self(0) }
  /// Both together.
  public static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
  /// What the one is above the other; negative where it is below.
  public static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
}

extension Quantity {
  /// So many times the quantity.
  public static func * (left: Self, right: Double) -> Self { Self(left.value * right) }
  /// So many times the quantity.
  public static func * (left: Double, right: Self) -> Self { Self(left * right.value) }
  /// A part of the quantity.
  public static func / (left: Self, right: Double) -> Self { Self(left.value / right) }
  /// How many times the one quantity holds the other.
  public static func / (left: Self, right: Self) -> Double { left.value / right.value }
  /// The opposite quantity.
  public static prefix func - (quantity: Self) -> Self { Self(-quantity.value) }

  /// Whether the number is neither infinite nor undefined.
  public var isFinite: Bool { value.isFinite }
}

package import CLIPModelShapes

/// What multipliers and adders of other widths cost beside the 8-bit multiply-add with its 32-bit sum.
///
///     multiply(a, w) = multiply(8, 8) * (a w / 64)^p      p joins 8 and 32 bits: 0.989 in energy, 0.908 in area
///     add(n)         = straight between 8 and 32 bits
///
/// Source: M. Horowitz, "Computing's energy problem", ISSCC 2014: at 45 nm multiplies of 8 and 32 bits take 0.2 and 3.1 pJ and
/// 282 and 3495 um2, additions 0.03 and 0.1 pJ and 36 and 137 um2; in floats of 32 bits 3.7 and 0.9 pJ, 7700 and 4184 um2, of
/// 16 bits 1.1 and 0.4 pJ, 1640 and 1360 um2. A multiplier with a narrow number at a wide input is quiet in the rest.
package struct UnitPrices: Equatable, Sendable {
  /// A multiply-add of floats, or of whole numbers, beside the 8-bit multiply-add: energy and area.
  package let multiplyAdd: Double, multiplyAddArea: Double

  private init(energy: Double, area: Double) {
    multiplyAdd = energy / Self.byteEnergy
    multiplyAddArea = area / Self.byteArea
  }

  private static let byteEnergy = 0.2 + 0.1, byteArea = 282.0 + 137
  /// ln(3.1 / 0.2) / ln 16, ln(3495 / 282) / ln 16.
  private static let energyExponent = 0.98855, areaExponent = 0.90783

  static func multiply(_ a: Int, _ w: Int) -> Double { 0.2 * Power.of(Double(a * w) / 64, energyExponent) }
  static func add(_ bits: Int) -> Double { 0.03 + 0.07 * (Double(bits) - 8) / 24 }
  static func multiplyArea(_ a: Int, _ w: Int) -> Double { 282 * Power.of(Double(a * w) / 64, areaExponent) }
  static func addArea(_ bits: Int) -> Double { 36 + 101 * (Double(bits) - 8) / 24 }

  /// Whole numbers of `a` by `w` bits, added up in `sum` bits.
  package static func whole(_ a: Int, _ w: Int, sum: Int) -> UnitPrices {
    // Exactly 1 for 8 x 8 into 32, whatever the rounding of powers.
    if (a, w, sum) == (8, 8, 32) { return UnitPrices(energy: byteEnergy, area: byteArea) }
    return UnitPrices(energy: multiply(a, w) + add(sum), area: multiplyArea(a, w) + addArea(sum))
  }

  /// Floats of 32 bits.
  package static let float32 = UnitPrices(energy: 3.7 + 0.9, area: 7700 + 4184)
  /// Floats of 16 bits, added up in 32; bfloat16's shorter mantissa is not counted.
  package static let float16 = UnitPrices(energy: 1.1 + 0.9, area: 1640 + 4184)
  /// An addition of floats beside the 8-bit multiply-add.
  static let floatAdd = 0.9 / byteEnergy
  /// A step of whole numbers in a vector lane: a 16-bit multiply as four of 8 bits, and a 32-bit addition.
  static let wholeStep = UnitPrices(energy: 0.9, area: 1265)

  /// A lane's product of weights by activations, or of two activations; similarities are floats.
  package static func lane(_ arithmetic: Arithmetic, hasWeights: Bool, result: Operation.Result = .operand)
    -> UnitPrices
  {
    if result == .similarity { return float32 }
    if arithmetic.isFloat { return arithmetic.weightBits == 32 ? float32 : float16 }
    return whole(
      arithmetic.activationBits, hasWeights ? arithmetic.weightBits : arithmetic.rightBits,
      sum: arithmetic.accumulatorBits)
  }

  /// The multiply-adder that a lane is built with: wide enough for both kinds of products.
  package static func built(_ arithmetic: Arithmetic) -> UnitPrices {
    if arithmetic.isFloat { return lane(arithmetic, hasWeights: true) }
    return whole(
      arithmetic.activationBits, max(arithmetic.weightBits, arithmetic.rightBits), sum: arithmetic.accumulatorBits)
  }
}

public import CLIPUnits

/// By how much one total is below another, where both are printed to a hundredth of a kilogram.
///
///     less = 1 - a / b
///
/// The true totals lie within half a step of the printed ones, so `less` is known no better than between
/// `1 - (a + 0.005) / (b - 0.005)` and `1 - (a - 0.005) / (b + 0.005)`.
public struct CarbonDifference: Equatable, Sendable {
  /// From the totals as printed.
  public let less: Double
  /// The least that the printed digits allow.
  public let least: Double
  /// The most that they allow.
  public let most: Double

  /// Half of the last printed digit.
  public static let halfStep = KilogramsCO2e(0.005)

  /// - Parameters:
  ///   - a: the smaller total as printed
  ///   - b: the other as printed
  ///   - memory: DRAM that both totals hold, and what stands in its place; nothing else changes
  public init(
    _ a: KilogramsCO2e, below b: KilogramsCO2e,
    replacing memory: (printed: KilogramsCO2e, other: KilogramsCO2e) = (.zero, .zero)
  ) {
    func less(_ shift: KilogramsCO2e) -> Double {
      let exchanged = memory.other - memory.printed
      return Self.less((a + shift + exchanged).value, than: (b - shift + exchanged).value)
    }
    self.less = less(.zero)
    least = less(Self.halfStep)
    most = less(-Self.halfStep)
  }

  /// `1 - a / b`
  static func less(_ a: Double, than b: Double) -> Double { 1 - a / b }
}

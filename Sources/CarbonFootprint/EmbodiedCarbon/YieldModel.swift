internal import CLIPFiles
internal import CLIPSystem
public import CLIPUnits

/// Which part of the dies on a wafer works, from their area A and the density of defects D.
///
/// With x = A D, the mean number of defects on a die:
///
///     Poisson            exp(-x)
///     Murphy             ((1 - exp(-x)) / x)^2
///     Seeds              1 / (1 + x)
///     negative binomial  (1 + x / alpha)^-alpha
///
/// Sources: B. T. Murphy, "Cost-size optima of monolithic integrated circuits", Proc. IEEE 1964 (his triangular
/// density; Poisson is his fixed one); R. B. Seeds, IEDM 1967; C. H. Stapper, IBM J. Res. Dev. 1983 (negative
/// binomial: defects cluster; alpha tends to infinity for Poisson and is 1 for Seeds).
public enum YieldModel: Equatable, Sendable {
  /// The same for every area; ACT takes 0.875.
  case fixed(Double)
  /// Defects fall independently of each other.
  case poisson(DefectsPerSquareCentimeter)
  /// Densities spread around the mean in a triangle.
  case murphy(DefectsPerSquareCentimeter)
  /// Densities spread exponentially.
  case seeds(DefectsPerSquareCentimeter)
  /// Defects cluster: 2 to 3 is typical for alpha, ECO-CHIP (HPCA 2024) takes 10.
  case negativeBinomial(DefectsPerSquareCentimeter, alpha: Double)

  /// ACT's yield for every chip.
  public static let standard = YieldModel.fixed(0.875)
  /// A mature node's density of defects, where none is named.
  public static let defaultDefects = DefectsPerSquareCentimeter(0.1)
  /// The clustering where none is named.
  public static let defaultAlpha = 3.0
  /// Fixed yields that are accepted.
  public static let fixedRange: ClosedRange<Double> = 0.01...1
  /// Densities of defects that are accepted, in 1/cm².
  public static let defectRange: ClosedRange<Double> = 0.0001...100
  /// Clusterings that are accepted.
  public static let alphaRange: ClosedRange<Double> = 0.05...1000

  /// The part of dies of an area that work.
  public func yield(of area: SquareMillimeters) -> Double {
    switch self {
    case .fixed(let yield): return yield
    case .poisson(let defects): return exp(-(defects * area))
    case .murphy(let defects):
      let x = defects * area
      // For the smallest dies the quotient is 1, not 0 / 0.
      let root = x > 0 ? -expm1(-x) / x : 1
      return root * root
    case .seeds(let defects): return 1 / (1 + defects * area)
    case .negativeBinomial(let defects, let alpha): return exp(-alpha * log1p(defects * area / alpha))
    }
  }

  /// The model with its figures within what makes sense.
  /// - Throws: `InputError` naming the figure and its range.
  public func checked() throws -> YieldModel {
    func check(_ value: Double, _ range: ClosedRange<Double>, _ name: String) throws {
      guard range.contains(value) else {
        throw InputError("\(name): expected \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
    }
    switch self {
    case .fixed(let yield): try check(yield, Self.fixedRange, "yield")
    case .poisson(let defects), .murphy(let defects), .seeds(let defects):
      try check(defects.value, Self.defectRange, "defects")
    case .negativeBinomial(let defects, let alpha):
      try check(defects.value, Self.defectRange, "defects")
      try check(alpha, Self.alphaRange, "alpha")
    }
    return self
  }

  /// `murphy, 0.100 defects/cm²`.
  public var summary: String {
    switch self {
    case .fixed(let yield): "fixed, \(Figures.percent(yield, places: 3))"
    case .poisson(let defects): "poisson, \(defects)"
    case .murphy(let defects): "murphy, \(defects)"
    case .seeds(let defects): "seeds, \(defects)"
    case .negativeBinomial(let defects, let alpha): "negative-binomial, \(defects), alpha \(alpha)"
    }
  }
}

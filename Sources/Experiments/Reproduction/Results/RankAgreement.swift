/// How far two lists of figures agree in their order.
///
///     Spearman = Pearson's correlation of ranks; equal figures share the mean of their ranks
///     Kendall  = (pairs in the same order - pairs in the opposite order) / sqrt(untied in a * untied in b)   (tau-b)
///
/// Source: Kendall, Biometrika 33 (1945), 239-251. 1 where the orders are the same, -1 where they are opposite; 0 where
/// either list has only equal figures.
public struct RankAgreement: Equatable, Sendable {
  /// Correlation of ranks, from -1 to 1.
  public let spearman: Double
  /// Tau-b, from -1 to 1.
  public let kendall: Double

  /// - Parameter pairs: each thing's figure in both lists
  public init(_ pairs: [(Double, Double)]) {
    let a = pairs.map(\.0), b = pairs.map(\.1)
    spearman = Self.correlation(Self.ranks(a), Self.ranks(b))
    var order = 0.0, untiedA = 0.0, untiedB = 0.0
    for i in a.indices {
      for j in a.indices where j < i {
        let x = Self.sign(a[i] - a[j]), y = Self.sign(b[i] - b[j])
        order += x * y
        untiedA += x * x
        untiedB += y * y
      }
    }
    let pairs = (untiedA * untiedB).squareRoot()
    kendall = pairs > 0 ? order / pairs : 0
  }

  private static func sign(_ difference: Double) -> Double { difference > 0 ? 1 : difference < 0 ? -1 : 0 }

  /// Ranks from 1 on.
  private static func ranks(_ figures: [Double]) -> [Double] {
    figures.map { figure in
      let below = figures.count { $0 < figure }, equal = figures.count { $0 == figure }
      return Double(below) + Double(equal + 1) / 2
    }
  }

  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let count = Double(max(a.count, 1)), meanA = a.reduce(0, +) / count, meanB = b.reduce(0, +) / count
    var product = 0.0, squareA = 0.0, squareB = 0.0
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squareA += (x - meanA) * (x - meanA)
      squareB += (y - meanB) * (y - meanB)
    }
    let spread = (squareA * squareB).squareRoot()
    return spread > 0 ? product / spread : 0
  }
}

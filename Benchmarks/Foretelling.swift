import Foundation

/// How well one number foretells another over some candidates.
struct Foretelling {
  /// Spearman's rank correlation: of all, and of those whose outcome is above the median.
  let rank: Double, upperRank: Double
  /// The share of the outcome's logits' variance that a line through the predictor explains.
  let explained: Double
  /// What that line misses: the root of the mean square, in shares of 1.
  let error: Double
  /// The line: the outcome's logit is `offset + slope x`.
  let offset: Double, slope: Double
  /// The spread of the outcome's logit around the line.
  let spread: Double

  /// - Parameters:
  ///   - x: the predictor
  ///   - y: the outcome, from 0 to 1
  init(_ x: [Double], _ y: [Double]) {
    rank = Self.spearman(x, y)
    let median = Samples(y).median, upper = y.indices.filter { y[$0] > median }
    upperRank = Self.spearman(upper.map { x[$0] }, upper.map { y[$0] })
    let logits = y.map(Self.logit)
    let xMean = x.reduce(0, +) / Double(x.count), yMean = logits.reduce(0, +) / Double(y.count)
    var xx = 0.0, xy = 0.0, yy = 0.0
    for (a, b) in zip(x, logits) {
      xx += (a - xMean) * (a - xMean)
      xy += (a - xMean) * (b - yMean)
      yy += (b - yMean) * (b - yMean)
    }
    let slope = xx > 0 ? xy / xx : 0, offset = yMean - slope * xMean
    (self.slope, self.offset) = (slope, offset)
    explained = xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0
    spread = (max(0, yy - slope * xy) / Double(y.count)).squareRoot()
    error =
      (zip(x, y).reduce(0) { $0 + pow(Self.share(offset + slope * $1.0) - $1.1, 2) } / Double(y.count)).squareRoot()
  }

  /// The logit of a share; a share of 0 or 1 as if half a thousandth were missing.
  static func logit(_ share: Double) -> Double {
    let inside = min(max(share, 0.0005), 0.9995)
    return Foundation.log(inside / (1 - inside))
  }

  static func share(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  private static func spearman(_ x: [Double], _ y: [Double]) -> Double { pearson(ranks(x), ranks(y)) }

  private static func pearson(_ x: [Double], _ y: [Double]) -> Double {
    guard x.count > 1 else { return .nan }
    let xMean = x.reduce(0, +) / Double(x.count), yMean = y.reduce(0, +) / Double(y.count)
    var xx = 0.0, xy = 0.0, yy = 0.0
    for (a, b) in zip(x, y) {
      xx += (a - xMean) * (a - xMean)
      xy += (a - xMean) * (b - yMean)
      yy += (b - yMean) * (b - yMean)
    }
    return xy / (xx * yy).squareRoot()
  }

  /// From 1; equal values share the mean of their ranks.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count), first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      for place in first...last { ranks[order[place]] = Double(first + last) / 2 + 1 }
      first = last + 1
    }
    return ranks
  }
}

public import CLIPFiles
public import CLIPUnits

/// What is known of a design's total carbon when its inputs are known only roughly.
public struct CarbonBand: Equatable, Sendable {
  /// The design's name.
  public let design: String
  /// The total as stated, all inputs at their values.
  public let stated: KilogramsCO2e
  /// Exceeded in 95 of 100 draws.
  public let low: KilogramsCO2e
  /// Exceeded in half the draws.
  public let median: KilogramsCO2e
  /// Exceeded in 5 of 100 draws.
  public let high: KilogramsCO2e
  /// Of all draws.
  public let mean: KilogramsCO2e
  /// The share of draws in which no other design is at least as fast and as green, and better in one of both.
  public let shareOnFront: Double
  /// The share of draws in which the design is the greenest.
  public let shareGreenest: Double

  package init(
    design: String, stated: KilogramsCO2e, low: KilogramsCO2e, median: KilogramsCO2e, high: KilogramsCO2e,
    mean: KilogramsCO2e, shareOnFront: Double, shareGreenest: Double
  ) {
    self.design = design
    self.stated = stated
    self.low = low
    self.median = median
    self.high = high
    self.mean = mean
    self.shareOnFront = shareOnFront
    self.shareGreenest = shareGreenest
  }

  /// All of it as plain data; names carry their units.
  public var json: JSONObject {
    [
      "design": .string(design), "total_kgco2e": .number(stated.value), "p5_kgco2e": .number(low.value),
      "p50_kgco2e": .number(median.value), "p95_kgco2e": .number(high.value), "mean_kgco2e": .number(mean.value),
      "share_on_front": .number(shareOnFront), "share_greenest": .number(shareGreenest),
    ]
  }
}

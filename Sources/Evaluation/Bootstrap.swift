import CLIPCompute

/// The standard error of a metric, by drawing the images anew with replacement.
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6. Images are drawn, not captions,
/// because captions of one image are not independent.
public enum Bootstrap {
  /// Standard errors of recall@1 in both directions and of their mean.
  public struct RecallErrors: Equatable, Sendable {
    /// Of the share of captions whose image is the first.
    public let imageRecallAt1: Double
    /// Of the share of images with one of their captions as the first.
    public let textRecallAt1: Double
    /// Of the mean of the two, drawn together: they are not independent.
    public let meanRecallAt1: Double

    /// Errors of their parts.
    public init(imageRecallAt1: Double, textRecallAt1: Double, meanRecallAt1: Double) {
      self.imageRecallAt1 = imageRecallAt1
      self.textRecallAt1 = textRecallAt1
      self.meanRecallAt1 = meanRecallAt1
    }
  }

  /// - Parameters:
  ///   - draws: how many resampled sets; the error of the error is about `1 / sqrt(2 draws)` of it
  ///   - k: how many of the first count; the errors' names are those of 1
  ///   - seed: the same seed gives the same figures
  public static func errors(
    of metrics: RetrievalMetrics, at k: Int = 1, draws: Int = 1000, seed: UInt64 = 0
  ) -> RecallErrors {
    let images = metrics.textRanks.count
    var captions = [Int](repeating: 0, count: images), found = captions
    for (caption, image) in metrics.owner.enumerated() {
      captions[image] += 1
      if metrics.imageRanks[caption] < k { found[image] += 1 }
    }
    let hits = metrics.textRanks.map { $0 < k ? 1 : 0 }
    var image = Spread(), text = Spread(), mean = Spread()
    for draw in 0..<draws {
      var random = Philox(seed: seed, purpose: .bootstrap, index: UInt64(draw))
      var captionCount = 0, foundCount = 0, hitCount = 0
      for _ in 0..<images {
        let drawn = random.integer(below: images)
        captionCount += captions[drawn]
        foundCount += found[drawn]
        hitCount += hits[drawn]
      }
      let imageRecall = Double(foundCount) / Double(max(captionCount, 1))
      let textRecall = Double(hitCount) / Double(images)
      image.add(imageRecall)
      text.add(textRecall)
      mean.add((imageRecall + textRecall) / 2)
    }
    return RecallErrors(
      imageRecallAt1: image.standardDeviation, textRecallAt1: text.standardDeviation,
      meanRecallAt1: mean.standardDeviation)
  }

  /// The standard error of a share of hits: the binomial formula, `sqrt(p (1 - p) / n)`.
  public static func binomialError(share: Double, count: Int) -> Double {
    (share * (1 - share) / Double(max(count, 1))).squareRoot()
  }
}

/// Mean and standard deviation in one pass (Welford's method).
private struct Spread {
  private var count = 0.0, mean = 0.0, squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
  }

  var standardDeviation: Double { count > 1 ? (squares / (count - 1)).squareRoot() : 0 }
}

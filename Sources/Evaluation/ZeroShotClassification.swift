public import CLIPCompute
import CLIPFiles
public import CLIPTensors

/// Classification by text: each class is the mean of its prompts' features, an image belongs to the nearest.
///
/// Source: arXiv:2103.00020, section 3.1.4; open_clip's `build_zero_shot_classifier` and CLIP_benchmark's metrics.
public struct ZeroShotClassification: Sendable {
  /// For each image, how many classes score above its own.
  public let ranks: [Int]
  /// For each image, its class, from 0.
  public let labels: [Int]
  /// How many classes there were to choose from.
  public let classes: Int

  /// The classifier's weights.
  ///
  /// - Parameters:
  ///   - prompts: `[classes][templates]`: each class's prompts
  ///   - encode: unit-length features `[texts, embed]` of texts; called for some classes at a time, so that the
  ///     features of all prompts, 160 MB for ImageNet's 80,000, never exist at once
  /// - Returns: `[classes, embed]`, unit length
  /// - Throws: ``InputError`` when a class has no prompt; what `encode` throws.
  public static func classifier(prompts: [[String]], encode: ([String]) throws -> Tensor) throws -> Tensor {
    guard !prompts.isEmpty, prompts.allSatisfy({ !$0.isEmpty }) else {
      throw InputError("zero-shot classification needs at least one class and one prompt a class")
    }
    var weights: [Float] = []
    var first = 0
    while first < prompts.count {
      var end = first, count = 0
      while end < prompts.count, count == 0 || count + prompts[end].count <= promptsAtOnce {
        count += prompts[end].count
        end += 1
      }
      let part = prompts[first..<end]
      let features = try encode(part.flatMap { $0 })
      guard features.shape.rank == 2, features.shape[0] == count else {
        throw ShapeError("zero-shot classifier", expected: "features [\(count), embed]", found: features.shape)
      }
      weights += means(of: features, part.map(\.count))
      first = end
    }
    return Tensor(weights, [prompts.count, weights.count / prompts.count]).normalizedRows()
  }

  private static let promptsAtOnce = 4096

  /// The means of so many rows each.
  private static func means(of features: Tensor, _ counts: [Int]) -> [Float] {
    let embed = features.shape[1]
    var row = 0
    return counts.flatMap { count in
      let rows = features.rows(row..<row + count).elements
      row += count
      return (0..<embed).map { column in
        stride(from: column, to: rows.count, by: embed).reduce(Float(0)) { $0 + rows[$1] } / Float(count)
      }
    }
  }

  /// - Parameters:
  ///   - image: `[images, embed]`, unit length
  ///   - classifier: `[classes, embed]`, unit length
  ///   - labels: each image's class
  /// - Throws: ``InputError`` when there are no images, labels are out of range, or features are not finite.
  public init(image: Tensor, classifier: Tensor, labels: [Int], on pool: ThreadPool) throws {
    try Self.check(image, classifier)
    classes = classifier.shape[0]
    self.labels = labels
    guard !labels.isEmpty, labels.count == image.shape[0] else {
      throw InputError("zero-shot classification needs labeled images; found \(labels.count) labels")
    }
    if let wrong = labels.first(where: { !(0..<classifier.shape[0]).contains($0) }) {
      throw InputError(
        "an image has label \(wrong), but there are \(classifier.shape[0]) class names",
        advice: "labels count from 0, in the order of the class names")
    }
    ranks = Similarities(queries: image, targets: classifier).ranks(on: pool) { [labels[$0]] }
  }

  /// The class that each image is nearest to, from 0; of several that are equally near, the first. An image is guessed
  /// right where its rank is 0.
  /// - Parameters:
  ///   - image: `[images, embed]`, unit length
  ///   - classifier: `[classes, embed]`, unit length
  /// - Throws: ``InputError`` when features do not fit or are not finite.
  public static func guesses(image: Tensor, classifier: Tensor, on pool: ThreadPool) throws -> [Int] {
    try check(image, classifier)
    return Similarities(queries: image, targets: classifier).firsts(on: pool)
  }

  private static func check(_ image: Tensor, _ classifier: Tensor) throws {
    guard image.shape.rank == 2, classifier.shape.rank == 2, image.shape[1] == classifier.shape[1] else {
      throw InputError(
        "zero-shot classification needs features [images, embed] and [classes, embed]; found \(image.shape) and "
          + "\(classifier.shape)")
    }
    guard image.isFinite, classifier.isFinite else {
      throw InputError("the model's features are not finite", advice: "check the checkpoint: its weights may hold NaN")
    }
  }

  /// The share of images whose class is among the first `k`.
  public func accuracy(at k: Int) -> Double { RetrievalMetrics.share(ranks, below: k) }

  /// The mean over the classes that occur of the share of their images that are recognized.
  public var meanPerClassRecall: Double {
    var total = [Int](repeating: 0, count: classes), right = total
    for (label, rank) in zip(labels, ranks) {
      total[label] += 1
      if rank < 1 { right[label] += 1 }
    }
    let recalls = zip(right, total).filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }
    return recalls.reduce(0, +) / Double(recalls.count)
  }

  /// The standard error of the mean recall per class: classes err independently, each by the binomial formula.
  public var meanPerClassError: Double {
    var total = [Int](repeating: 0, count: classes), right = total
    for (label, rank) in zip(labels, ranks) {
      total[label] += 1
      if rank < 1 { right[label] += 1 }
    }
    let variances = zip(right, total).filter { $0.1 > 0 }.map { right, total in
      let share = Double(right) / Double(total)
      return share * (1 - share) / Double(total)
    }
    return variances.reduce(0, +).squareRoot() / Double(max(1, variances.count))
  }

  /// The standard error of the accuracy at 1.
  public var standardError: Double { Bootstrap.binomialError(share: accuracy(at: 1), count: labels.count) }
}

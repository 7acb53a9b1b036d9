public import CLIPCompute
import CLIPFiles
public import CLIPTensors

/// Recall of image-text retrieval, both ways, on data with any number of captions an image.
///
/// - `image_retrieval_recall@k`: the share of captions whose own image is among the k images that score highest.
/// - `text_retrieval_recall@k`: the share of images that have at least one of their own captions among the k captions,
///   of all captions, that score highest.
///
/// Source: CLIP_benchmark's `zeroshot_retrieval`, whose names these are: image retrieval has a *text* query. Among
/// equal scores the one with the lower index comes first, so a model that maps everything to one point earns the
/// recall of chance and not of perfection.
public struct RetrievalMetrics: Sendable {
  /// For each caption, how many images score above its own.
  public let imageRanks: [Int]
  /// For each image, how many captions score above the best of its own; `captions` for an image without any.
  public let textRanks: [Int]
  /// For each caption, the image it belongs to.
  public let owner: [Int]

  /// Scores every caption against every image.
  ///
  /// - Parameters:
  ///   - image: `[images, embed]`, unit length
  ///   - text: `[captions, embed]`, unit length
  ///   - owner: for each caption, the image it belongs to
  /// - Throws: ``InputError`` when there is nothing to score, shapes do not match, owners are out of range, or
  ///   features are not finite.
  public init(image: Tensor, text: Tensor, owner: [Int], on pool: ThreadPool) throws {
    guard image.shape.rank == 2, text.shape.rank == 2, image.shape[1] == text.shape[1] else {
      throw InputError(
        "retrieval needs features [images, embed] and [captions, embed]; found \(image.shape) and \(text.shape)")
    }
    let images = image.shape[0], captions = text.shape[0]
    guard images > 0, captions > 0 else {
      throw InputError("retrieval needs at least one image and one caption; found \(images) and \(captions)")
    }
    guard owner.count == captions, owner.allSatisfy({ (0..<images).contains($0) }) else {
      throw InputError("every caption must belong to one of the \(images) images")
    }
    guard image.isFinite, text.isFinite else {
      throw InputError("the model's features are not finite", advice: "check the checkpoint: its weights may hold NaN")
    }
    var own = [[Int]](repeating: [], count: images)
    for (caption, image) in owner.enumerated() { own[image].append(caption) }
    self.owner = owner
    imageRanks = Similarities(queries: text, targets: image).ranks(on: pool) { [owner[$0]] }
    textRanks = Similarities(queries: image, targets: text).ranks(on: pool) { own[$0] }
  }

  /// The share of captions that find their image among the first `k`.
  public func imageRecall(at k: Int) -> Double { Self.share(imageRanks, below: k) }

  /// The share of images that find one of their captions among the first `k`.
  public func textRecall(at k: Int) -> Double { Self.share(textRanks, below: k) }

  /// The mean of both directions' recall@1: the search's objective in CATransformers.
  public var meanRecallAt1: Double { (imageRecall(at: 1) + textRecall(at: 1)) / 2 }

  /// What a trainer logs of one direction on paired data; open_clip's `get_clip_metrics`.
  public struct RankSummary: Equatable, Sendable {
    /// The mean rank, counted from 1.
    public let mean: Double
    /// The median of the ranks counted from 0, rounded down, plus one.
    public let median: Double

    init(_ ranks: [Int]) {
      mean = ranks.reduce(0.0) { $0 + Double($1) } / Double(ranks.count) + 1
      let sorted = ranks.sorted(), middle = sorted.count / 2
      let median = sorted.count % 2 == 1 ? Double(sorted[middle]) : Double(sorted[middle - 1] + sorted[middle]) / 2
      self.median = median.rounded(.down) + 1
    }
  }

  /// Of the ranks that captions give to their own image.
  public var imageRankSummary: RankSummary { RankSummary(imageRanks) }
  /// Of the ranks that images give to the best of their own captions.
  public var textRankSummary: RankSummary { RankSummary(textRanks) }

  static func share(_ ranks: [Int], below k: Int) -> Double {
    Double(ranks.count { $0 < k }) / Double(ranks.count)
  }
}

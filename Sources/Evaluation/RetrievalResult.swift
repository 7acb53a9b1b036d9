/// What retrieval both ways found.
public struct RetrievalResult: EvaluationResult, Equatable {
  /// `zeroshot_retrieval`.
  public static var task: EvaluationTask { .retrieval }

  /// Recall of one direction, by how many of the first count.
  public struct Recall: Equatable, Sendable {
    /// The share of queries whose match is the first, 0 to 1.
    public var at1: Double
    /// The share whose match is among the first five.
    public var at5: Double
    /// The share whose match is among the first ten.
    public var at10: Double

    /// A recall of its parts, from 0 to 1.
    public init(at1: Double, at5: Double, at10: Double) {
      self.at1 = at1
      self.at5 = at5
      self.at10 = at10
    }
  }

  /// What it was measured with and on.
  public var run: EvaluationRun
  /// The query is a text.
  public let imageRecall: Recall
  /// The query is an image.
  public let textRecall: Recall
  /// Of the recalls at 1.
  public let standardErrors: Bootstrap.RecallErrors
  /// How many captions there were.
  public let captions: Int
  /// The seed of the bootstrap that gave the standard errors.
  public let seed: UInt64

  /// A result of its parts.
  public init(
    _ run: EvaluationRun, imageRecall: Recall, textRecall: Recall, standardErrors: Bootstrap.RecallErrors,
    captions: Int, seed: UInt64 = 0
  ) {
    self.run = run
    self.imageRecall = imageRecall
    self.textRecall = textRecall
    self.standardErrors = standardErrors
    self.captions = captions
    self.seed = seed
  }

  /// What ranks come to.
  public init(_ run: EvaluationRun, _ metrics: RetrievalMetrics, seed: UInt64 = 0) {
    func recall(_ share: (Int) -> Double) -> Recall { Recall(at1: share(1), at5: share(5), at10: share(10)) }
    self.init(
      run, imageRecall: recall { metrics.imageRecall(at: $0) }, textRecall: recall { metrics.textRecall(at: $0) },
      standardErrors: Bootstrap.errors(of: metrics, seed: seed), captions: metrics.owner.count, seed: seed)
  }

  /// The mean of both directions' recall@1: the search's objective in CATransformers.
  public var meanRecallAt1: Double { (imageRecall.at1 + textRecall.at1) / 2 }

  /// What a model that guesses has: one image in so many.
  public var chance: Double? { run.images > 0 ? 1 / Double(run.images) : nil }

  /// The mean of both directions' recall@1, with its standard error.
  public var headline: EvaluationFigure {
    EvaluationFigure(MetricName.meanRecall, meanRecallAt1, standardError: standardErrors.meanRecallAt1)
  }

  /// Recall of both directions at 1, 5 and 10, then the ``headline``; standard errors of those at 1.
  public var figures: [EvaluationFigure] {
    [
      EvaluationFigure(
        MetricName.imageRecall(at: 1), imageRecall.at1, standardError: standardErrors.imageRecallAt1),
      EvaluationFigure(MetricName.textRecall(at: 1), textRecall.at1, standardError: standardErrors.textRecallAt1),
      EvaluationFigure(MetricName.imageRecall(at: 5), imageRecall.at5),
      EvaluationFigure(MetricName.textRecall(at: 5), textRecall.at5),
      EvaluationFigure(MetricName.imageRecall(at: 10), imageRecall.at10),
      EvaluationFigure(MetricName.textRecall(at: 10), textRecall.at10), headline,
    ]
  }

  /// How many captions there were, and the seed of the standard errors.
  public var counts: [(name: String, value: Int)] {
    [("captions", captions), ("bootstrap_seed", Int(clamping: seed))]
  }
}

/// What zero-shot classification found.
public struct ClassificationResult: EvaluationResult, Equatable {
  /// `zeroshot_classification`.
  public static var task: EvaluationTask { .classification }

  /// What it was measured with and on.
  public var run: EvaluationRun
  /// The share of images whose class is the first, 0 to 1.
  public let accuracy: Double
  /// The share whose class is among the first five; nil below five classes, where it would say nothing.
  public let topFive: Double?
  /// The mean over the classes that occur of the share of their images that are recognized.
  public let meanPerClassRecall: Double
  /// Of ``accuracy``.
  public let standardError: Double
  /// How many classes there were.
  public let classes: Int
  /// Sentences for each class.
  public let templates: Int

  /// A result of its parts.
  public init(
    _ run: EvaluationRun, accuracy: Double, topFive: Double?, meanPerClassRecall: Double, standardError: Double,
    classes: Int, templates: Int
  ) {
    self.run = run
    self.accuracy = accuracy
    self.topFive = topFive
    self.meanPerClassRecall = meanPerClassRecall
    self.standardError = standardError
    self.classes = classes
    self.templates = templates
  }

  /// What ranks come to.
  public init(_ run: EvaluationRun, _ found: ZeroShotClassification, templates: Int) {
    self.init(
      run, accuracy: found.accuracy(at: 1), topFive: found.classes < 5 ? nil : found.accuracy(at: 5),
      meanPerClassRecall: found.meanPerClassRecall, standardError: found.standardError, classes: found.classes,
      templates: templates)
  }

  /// The accuracy at 1, with its standard error.
  public var headline: EvaluationFigure {
    EvaluationFigure(MetricName.accuracy, accuracy, standardError: standardError)
  }

  /// The accuracies at 1 and 5, and the mean recall per class.
  public var figures: [EvaluationFigure] {
    [
      headline, EvaluationFigure(MetricName.topFive, topFive),
      EvaluationFigure(MetricName.meanPerClassRecall, meanPerClassRecall),
    ]
  }

  /// How many classes there were, and sentences for each.
  public var counts: [(name: String, value: Int)] { [("classes", classes), ("templates", templates)] }
}

public import CLIPCompute
public import CLIPImageText

/// The class that is guessed for each picture, beside the figures or without them.
extension Evaluator {
  /// The class that is guessed for each picture of a set, in its order, from 0. Pictures' labels are not looked at.
  /// - Throws: ``InputError`` when the data is damaged, or a picture cannot be used.
  public func guesses(
    of data: ClassificationData, on pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> [Int] {
    let found = try strict.zeroShotFeatures(data, label: { _ in nil }, on: pool, progress: progress)
    return try ZeroShotClassification.guesses(image: found.features.image, classifier: found.classifier, on: pool)
  }

  /// Figures of labeled pictures with the class that is guessed for each, of the same features.
  /// - Throws: ``InputError`` when the data is damaged, a picture cannot be used, or a figure is one of captions.
  public func figures(
    _ figures: [AccuracyFigure], guessing data: ClassificationData, on pool: ThreadPool,
    progress: Progress = { _, _ in }
  ) throws -> (figures: [FoundFigure], guesses: [Int]) {
    try Self.check(figures, areOfClasses: true, data.source.path)
    let (features, classifier, _) = try strict.zeroShotFeatures(
      data, label: { try data.label(of: $0) }, on: pool, progress: progress)
    let found = try ZeroShotClassification(
      image: features.image, classifier: classifier, labels: features.labels.compactMap { $0 }, on: pool)
    return (
      figures.map { Self.found($0, found) },
      try ZeroShotClassification.guesses(image: features.image, classifier: classifier, on: pool)
    )
  }

  /// Guesses are told apart by their place alone, so that no picture may be left out.
  private var strict: Evaluator {
    var evaluator = self
    evaluator.extraction.isStrict = true
    return evaluator
  }
}

extension FoundFigure {
  /// The share of pictures whose class was guessed, with what is known of each picture.
  /// - Parameter classes: how many there were to choose from
  public init(right: [Bool], classes: Int) {
    let share = Double(right.count { $0 }) / Double(max(1, right.count))
    self.init(
      figure: .accuracy(1),
      value: MeasuredAccuracy(share, standardError: Bootstrap.binomialError(share: share, count: right.count)),
      chance: 1 / Double(max(1, classes)))
  }
}

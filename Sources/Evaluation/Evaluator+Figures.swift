public import CLIPCompute
internal import CLIPFiles
internal import CLIPImageText

/// A figure of some data with what a model that guesses would have.
public struct FoundFigure: Equatable, Sendable {
  /// Which.
  public let figure: AccuracyFigure
  /// Its value, 0 to 1, with its standard error.
  public let value: MeasuredAccuracy
  /// What a model that guesses has.
  public let chance: Double
}

extension Evaluator {
  /// Figures of data that is open, all of the same features.
  /// - Throws: ``InputError`` when the data is damaged, or a figure of classes is asked of captions or the other way round.
  public func figures(
    _ figures: [AccuracyFigure], of data: EvaluationData, on pool: ThreadPool, progress: Progress = { _, _ in }
  ) throws -> [FoundFigure] {
    let isOfClasses = if case .classes = data { true } else { false }
    try Self.check(figures, areOfClasses: isOfClasses, data.path)
    switch data {
    case .captions(let source):
      let features = try features(of: source, on: pool, progress: progress)
      let metrics = try RetrievalMetrics(image: features.image, text: features.text, owner: features.owner, on: pool)
      return figures.map { Self.found($0, metrics, seed: seed) }
    case .classes(let data):
      let (found, _) = try zeroShot(data, on: pool, progress: progress)
      return figures.map { Self.found($0, found) }
    }
  }

  static func check(_ figures: [AccuracyFigure], areOfClasses isOfClasses: Bool, _ path: String) throws {
    guard let wrong = figures.first(where: { $0.isOfClasses != isOfClasses }) else { return }
    throw InputError(
      "\(wrong) is a metric of pictures with \(wrong.isOfClasses ? "classes" : "captions"), which this data has not",
      file: path,
      advice: isOfClasses ? "name acc1, acc5 or mean_per_class_recall" : "name recall@1, recall@5 or recall@10")
  }

  private static func found(_ figure: AccuracyFigure, _ metrics: RetrievalMetrics, seed: UInt64) -> FoundFigure {
    let images = metrics.textRanks.count
    func chance(_ k: Int, _ count: Int) -> Double { min(1, Double(k) / Double(max(1, count))) }
    func made(_ value: Double, _ error: Double, _ chance: Double) -> FoundFigure {
      FoundFigure(figure: figure, value: MeasuredAccuracy(value, standardError: error), chance: chance)
    }
    switch figure {
    case .imageRecall(let k):
      let errors = Bootstrap.errors(of: metrics, at: k, seed: seed)
      return made(metrics.imageRecall(at: k), errors.imageRecallAt1, chance(k, images))
    case .textRecall(let k):
      let errors = Bootstrap.errors(of: metrics, at: k, seed: seed)
      return made(metrics.textRecall(at: k), errors.textRecallAt1, chance(k, images))
    case .recall(let k), .accuracy(let k):
      let errors = Bootstrap.errors(of: metrics, at: k, seed: seed)
      return made(
        (metrics.imageRecall(at: k) + metrics.textRecall(at: k)) / 2, errors.meanRecallAt1, chance(k, images))
    case .meanPerClass: return made(.nan, 0, 0)
    }
  }

  static func found(_ figure: AccuracyFigure, _ found: ZeroShotClassification) -> FoundFigure {
    let guess = 1 / Double(max(1, found.classes)), count = found.labels.count
    switch figure {
    case .accuracy(let k), .recall(let k), .imageRecall(let k), .textRecall(let k):
      let share = found.accuracy(at: k)
      return FoundFigure(
        figure: figure,
        value: MeasuredAccuracy(share, standardError: Bootstrap.binomialError(share: share, count: count)),
        chance: min(1, guess * Double(k)))
    case .meanPerClass:
      return FoundFigure(
        figure: figure,
        value: MeasuredAccuracy(found.meanPerClassRecall, standardError: found.meanPerClassError), chance: guess)
    }
  }
}

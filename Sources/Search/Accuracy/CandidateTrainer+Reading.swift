internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
package import CLIPModelShapes

/// What a trained candidate is on one part of the search's data, in one arithmetic.
package struct CandidateReading: Sendable {
  /// The class that is guessed for each picture of a set of classes.
  package struct Guesses: Sendable {
    /// The set's path, and which data it is.
    package let data: String, digest: String
    /// In the set's order, from 0.
    package let classes: [Int]
  }

  /// nil where whether the guesses are right was not looked at.
  package var accuracy: CandidateMeasurement.Accuracy?
  /// Of each set of classes; none where the data has captions.
  package var guesses: [Guesses] = []
}

/// Several arithmetics of one candidate, with the guessed class of every picture.
extension CandidateTrainer {
  /// Reads a trained candidate on the validation data and on the test data.
  /// - Parameters:
  ///   - arithmetic: `fp32`, or whole numbers
  ///   - scoresTest: whether it is looked at what is right on the test data; else only sets of classes can be read there
  /// - Throws: as ``measure(_:)``; and where a picture of a set of classes cannot be used.
  package func reading(
    of measurement: CandidateMeasurement, in arithmetic: Arithmetic, scoresTest: Bool
  ) throws -> (validation: CandidateReading, test: CandidateReading?) {
    let model = try self.model(of: measurement)
    var evaluator = try arithmetic == .float32 ? Evaluator(model, version: version) : quantized(model, in: arithmetic)
    evaluator.extraction.decoding = recipe.decoding
    return (
      try read(evaluator, on: data.validation, scores: true, stage: "measuring in \(arithmetic)"),
      try data.test.map {
        try read(evaluator, on: $0, scores: scoresTest, stage: "\(scoresTest ? "test" : "guessing") in \(arithmetic)")
      }
    )
  }

  private func read(
    _ evaluator: Evaluator, on source: any ImageTextSource, scores: Bool, stage: String
  ) throws -> CandidateReading {
    guard let sets = source as? AccuracySets, sets.aim.command == nil else {
      guard scores else { throw Self.sealedCaptions(source.path) }
      return CandidateReading(accuracy: try accuracy(evaluator, on: source, stage: stage))
    }
    var found: [FoundFigure?] = Array(repeating: nil, count: sets.sets.count), guesses: [CandidateReading.Guesses] = []
    for same in sets.shared {
      let figures = same.map { sets.aim.parts[$0].figure }, part = sets.aim.parts[same[0]]
      let digest = sets.identities[same[0]].digest
      func observe(_ done: Int, _ total: Int?) { self.observe(Stage(name: stage, done: done, total: total ?? done)) }
      var values: [FoundFigure] = []
      switch sets.sets[same[0]] {
      case .classes(let data) where scores:
        let both = try evaluator.figures(figures, guessing: data, on: pool, progress: observe)
        values = both.figures
        guesses.append(.init(data: part.data, digest: digest, classes: both.guesses))
      case .classes(let data):
        let classes = try evaluator.guesses(of: data, on: pool, progress: observe)
        guesses.append(.init(data: part.data, digest: digest, classes: classes))
      case .captions:
        guard scores else { throw Self.sealedCaptions(part.data) }
        values = try evaluator.figures(figures, of: sets.sets[same[0]], on: pool, progress: observe)
      }
      for (place, value) in zip(same, values) { found[place] = value }
      if shouldStop() { throw CancellationError() }
    }
    return CandidateReading(accuracy: scores ? sets.accuracy(of: found.compactMap { $0 }) : nil, guesses: guesses)
  }

  private static func sealedCaptions(_ path: String) -> InputError {
    InputError("has captions: only pictures with classes can be guessed without being scored", file: path)
  }
}

internal import CLIPFiles
public import CLIPStudies

/// The answer and its neighbors on the front, cut and trained again with other seeds: where a point of accuracy decides, the
/// luck of one training must not. Done when the search is over, each once, and kept in the study.
public enum SeedAccuracies {
  private static let prefix = "seed/"
  private static func key(_ trial: Int, _ seed: UInt64) -> String { "\(prefix)\(trial)/\(seed)" }

  /// What was measured with other seeds, by trial.
  /// - Throws: `InputError` for a study that cannot be read.
  public static func known(_ study: Study) throws -> [Int: [CandidateMeasurement]] {
    var found: [Int: [CandidateMeasurement]] = [:]
    for (key, value) in try study.notes(prefix: prefix) {
      let words = key.dropFirst(prefix.count).split(separator: "/")
      guard let trial = words.first.flatMap({ Int($0) }), let measurement = CandidateMeasurement(value) else {
        continue
      }
      found[trial, default: []].append(measurement)
    }
    return found
  }

  /// Trains the answer and its neighbors with so many seeds in all, and those that take their places then, until the answer
  /// stands.
  /// - Parameters:
  ///   - seeds: in all, the search's own among them; 1 does nothing
  ///   - observe: told what is trained
  /// - Returns: the front with the mean accuracies
  /// - Throws: `InputError` where data or disk fail; `CancellationError` when stopped.
  public static func measure(
    _ recipe: SearchRecipe, _ study: Study, _ outlook: HardwareOutlook, seeds: Int, with trainer: CandidateTrainer,
    observe: (_ trial: Int, _ seed: UInt64) -> Void
  ) throws -> SearchFront {
    var trainers: [UInt64: CandidateTrainer] = [:]
    while true {
      let front = try SearchFront(recipe, study.trials(), outlook, seeds: known(study))
      let others = (0..<UInt64(max(1, seeds))).dropFirst().map { recipe.seed &+ $0 }
      func open(_ one: SearchFront.Finished) throws -> [UInt64] {
        // The whole model was not trained by the search.
        guard !one.record.measurement.checkpoint.isEmpty else { return [] }
        return try others.filter { try study.note(key(one.trial.number, $0)) == nil }
      }
      let candidates = front.answerAndNeighbors.map { front.finished[$0] }
      guard let one = try candidates.first(where: { try !open($0).isEmpty }) else { return front }
      // All seeds of one before the answer is asked for again: a mean of some would favor those that were lucky.
      for seed in try open(one) {
        let other = try trainers[seed] ?? trainer.reseeded(seed)
        trainers[seed] = other
        observe(one.trial.number, seed)
        let measurement = try other.measureOnce(one.point).measurement
        try study.setNote(key(one.trial.number, seed), .object(measurement.json))
      }
    }
  }
}

extension CandidateMeasurement {
  /// The same with accuracies that are means over seeds. Their errors have both the choice of pictures, which all seeds share,
  /// and the spread of the seeds.
  func pooled(with others: [CandidateMeasurement]) -> CandidateMeasurement {
    guard !others.isEmpty else { return self }
    var pooled = self
    func mean(_ part: (CandidateMeasurement) -> Accuracy) -> Accuracy {
      let all = ([self] + others).map(part), count = Double(all.count)
      func average(_ value: (Accuracy) -> Double) -> Double { all.reduce(0) { $0 + value($1) } / count }
      var accuracy = part(self)
      accuracy.mean = average(\.mean)
      func known(_ value: (Accuracy) -> Double?) -> Double? {
        let found = all.compactMap(value)
        return found.count == all.count ? found.reduce(0, +) / count : nil
      }
      accuracy.imageRecall = known(\.imageRecall)
      accuracy.textRecall = known(\.textRecall)
      for index in accuracy.parts.indices where all.allSatisfy({ $0.parts.count == accuracy.parts.count }) {
        accuracy.parts[index].value = average { $0.parts[index].value }
      }
      let spread = all.reduce(0) { $0 + ($1.mean - accuracy.mean) * ($1.mean - accuracy.mean) } / (count - 1)
      accuracy.standardError = (average { $0.standardError * $0.standardError } + spread / count).squareRoot()
      return accuracy
    }
    pooled.float32 = mean(\.float32)
    pooled.int8 = mean(\.int8)
    return pooled
  }
}

extension SearchFront {
  /// Which of ``finished`` the answer is, and which stand next to it on the front.
  var answerAndNeighbors: [Int] {
    guard let answer, let place = members.firstIndex(of: answer) else { return [] }
    let before = members[..<place].last { $0.index != answer.index }
    let after = members[(place + 1)...].first { $0.index != answer.index }
    var seen = Set<Int>()
    return ([answer.index] + [before, after].compactMap { $0?.index }).filter { seen.insert($0).inserted }
  }
}

internal import CLIPFiles
public import CLIPStudies

/// The answers' accuracy on data that the search never saw: measured once each, when the search is over, and kept in the
/// study.
public enum TestAccuracies {
  static func key(_ trial: Int) -> String { "test/\(trial)" }

  /// What was measured of a trial's model on the test data; nil where nothing was.
  public static func known(_ study: Study, trial: Int) throws -> CandidateMeasurement? {
    try study.note(key(trial)).flatMap { CandidateMeasurement($0) }
  }

  /// Measures every model of the front, and the whole model, that was not measured before.
  /// - Parameter observe: told how many of how many are done
  /// - Throws: `InputError` where the data cannot be read; `CancellationError` when stopped.
  public static func measure(
    _ front: SearchFront, _ study: Study, with trainer: CandidateTrainer, observe: (Int, Int) -> Void
  ) throws {
    // Sealed test data is not looked at.
    guard let test = trainer.data.test, !trainer.recipe.isSealed else { return }
    var indices = Array(Set(front.members.map(\.index)).union(front.dense.map { [$0] } ?? [])).sorted()
    indices = try indices.filter { try known(study, trial: front.finished[$0].trial.number) == nil }
    for (done, index) in indices.enumerated() {
      let one = front.finished[index]
      observe(done, indices.count)
      var measurement = one.record.measurement
      try trainer.measure(again: &measurement, on: test)
      try study.setNote(key(one.trial.number), .object(measurement.json))
    }
  }
}

internal import CLIPFiles
internal import CLIPEvaluation

extension SearchRecipe {
  /// What reports call the accuracy: `mean recall@1`, `acc1`, or a name of the user's.
  public var accuracyTitle: String { aim?.name ?? accuracyMetric?.name ?? AccuracyFigure.recall(1).title }

  /// What columns of files call it: `accuracy` for mean recall@1, else the metric's name.
  public var accuracyColumn: String { aim?.shortName ?? accuracyMetric?.name ?? "accuracy" }

  /// What a measurement depends on beside data and training, for fingerprints; empty for mean recall@1.
  var accuracyText: String { aim?.text ?? accuracyMetric?.name ?? "" }

  /// How much an accuracy lacks to the floor that it misses most, 0 to 1; 0 where it keeps to all.
  func lack(of accuracy: CandidateMeasurement.Accuracy) -> Double {
    guard let aim, aim.parts.count == accuracy.parts.count else { return 0 }
    return zip(aim.parts, accuracy.parts).reduce(0) { most, pair in
      max(most, pair.0.floor.map { $0 - pair.1.value } ?? 0)
    }
  }

  /// The floors, as limits are written.
  var floors: [String] {
    aim?.parts.compactMap { part in part.floor.map { "\(part.title) >= \(($0 * 1e6).rounded() / 1e4) %" } } ?? []
  }

  /// The program that a search would run for every candidate, as a reader may copy it; nil where there is none.
  public var command: String? { aim?.command?.summary }

  static func refusal(of command: MetricCommand) -> InputError {
    InputError(
      "metric \(command.name) runs a program of the recipe's for every candidate: \(command.summary)",
      advice: "if you trust it, add --allow-commands")
  }

  /// Refuses a search that would run a program which nobody allowed.
  /// - Throws: `InputError` with the program as it would be run.
  public func requireAllowed() throws {
    if let command = aim?.command, !allowsCommands { throw Self.refusal(of: command) }
  }
}

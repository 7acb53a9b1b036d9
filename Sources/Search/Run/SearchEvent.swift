/// What a search tells while it runs.
public enum SearchEvent: Sendable {
  /// A trial begins: its number, its model, where the proposal came from and how long proposing took, in seconds.
  case started(number: Int, name: String, origin: String, seconds: Double)
  /// Within a trial.
  case stage(CandidateTrainer.Stage)
  /// A trial ended; whether its model had been trained before.
  case finished(number: Int, name: String, record: TrialRecord, wasKnown: Bool)
  /// A look begins: its number among the looks, and as ``started``.
  case lookStarted(number: Int, name: String, origin: String, seconds: Double)
  /// A look ended; whether the shape had been looked at before.
  case looked(number: Int, name: String, look: CandidateLook, wasKnown: Bool)
  /// A trial failed.
  case failed(number: Int, name: String, reason: String)
  /// A look failed.
  case lookFailed(number: Int, name: String, reason: String)
  /// Something that a reader should know.
  case note(String)
  /// Other workers hold all trials that are left.
  case waiting
}

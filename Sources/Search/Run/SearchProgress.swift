public import Studies

/// How far a search is.
public struct SearchProgress: Equatable, Sendable {
  /// Trials that ended with a measurement.
  public let finished: Int
  /// Trials that failed.
  public let failed: Int
  /// Trials that are being tried.
  public let running: Int
  /// Trials in all.
  public let budget: Int
  /// The mean time of a trial that was trained, in seconds; nil before the first.
  public let secondsPerTrial: Double?

  /// Counts trials.
  public init(_ trials: [Trial], budget: Int) {
    finished = trials.count { $0.state == .finished }
    failed = trials.count { $0.state == .failed }
    running = trials.count { $0.state == .running }
    self.budget = budget
    let times = trials.compactMap { trial -> Double? in
      guard trial.state == .finished, let start = trial.started, let end = trial.finished else { return nil }
      return end - start
    }
    secondsPerTrial = times.isEmpty ? nil : times.reduce(0, +) / Double(times.count)
  }

  /// What is left of the budget.
  public var left: Int { max(0, budget - finished - failed) }

  /// About how long the rest takes with one worker, in seconds.
  public var secondsLeft: Double? { secondsPerTrial.map { $0 * Double(left) } }
}

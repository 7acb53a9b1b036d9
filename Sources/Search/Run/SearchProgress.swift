public import CLIPStudies

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
  /// Looks that ended with a measurement.
  public private(set) var looks = 0
  /// Time of all looks, in seconds.
  public private(set) var lookSeconds = 0.0

  /// When a trial began and ended, in seconds since 1970.
  package struct Times {
    let start: Double, end: Double

    package init(_ start: Double, _ end: Double) {
      self.start = start
      self.end = end
    }
  }

  /// Counts trials, and looks where there are any.
  public init(_ trials: [Trial], looks: [Trial] = [], budget: Int) {
    self.init(
      finished: trials.count { $0.state == .finished }, failed: trials.count { $0.state == .failed },
      running: trials.count { $0.state == .running }, budget: budget,
      times: trials.compactMap { trial in
        guard trial.state == .finished, let start = trial.started, let end = trial.finished else { return nil }
        return Times(start, end)
      })
    let ended = looks.filter { $0.state == .finished }
    self.looks = ended.count
    lookSeconds = ended.reduce(0) { $0 + max(0, ($1.finished ?? 0) - ($1.started ?? .infinity)) }
  }

  /// Progress of its parts.
  /// - Parameter times: of finished trials; where the clock was set back meanwhile they say nothing
  package init(finished: Int, failed: Int, running: Int, budget: Int, times: [Times]) {
    self.finished = finished
    self.failed = failed
    self.running = running
    // A damaged study may say anything.
    self.budget = max(0, budget)
    let spans = times.filter { $0.end >= $0.start }.map { $0.end - $0.start }
    secondsPerTrial = spans.isEmpty ? nil : spans.reduce(0, +) / Double(spans.count)
  }

  /// What is left of the budget.
  public var left: Int { max(0, budget - finished - failed) }

  /// About how long the rest takes with one worker, in seconds.
  public var secondsLeft: Double? {
    // As many looks a trial as there were so far.
    secondsPerTrial.map { ($0 + lookSeconds / Double(max(1, finished + failed))) * Double(left) }
  }
}

public import CLIPFiles

/// One point that a search tries, or looks at, as the study keeps it.
public struct Trial: Equatable, Sendable {
  /// What is done at a point. Each kind has its own numbers, and each point at most one of each.
  public enum Kind: String, CaseIterable, Sendable {
    /// Trained and measured: what counts.
    case training
    /// Looked at before any training, to learn where training pays.
    case look

    /// The table that holds it.
    var table: String {
      switch self {
      case .training: "trials"
      case .look: "looks"
      }
    }
    /// As messages call one of its rows.
    var word: String {
      switch self {
      case .training: "trial"
      case .look: "look"
      }
    }
  }

  /// How far a trial is.
  public enum State: String, CaseIterable, Sendable {
    /// Proposed; no worker has it.
    case waiting
    /// A worker has it.
    case running
    /// Measured.
    case finished
    /// Given up, with a reason.
    case failed
  }

  /// What is done at the point.
  public let kind: Kind
  /// From 1, in the order of the proposals; trainings and looks are counted apart.
  public let number: Int
  /// What is tried: a level for each axis.
  public let point: [Int]
  /// Where the proposal came from.
  public let origin: String
  /// How far it is.
  public let state: State
  /// The fingerprint of all that the measurement depends on; nil before the end.
  public let key: String?
  /// What was measured; nil before the end.
  public let measurement: JSONValue?
  /// Why it failed; nil where it did not.
  public let reason: String?
  /// When its last attempt began, in seconds since 1970.
  public let started: Double?
  /// When it ended, in seconds since 1970.
  public let finished: Double?
  /// The name of the worker that had it last.
  public let worker: String?
  /// How often a worker took it.
  public let attempts: Int

  package init(
    number: Int, point: [Int], origin: String, state: State, key: String? = nil, measurement: JSONValue? = nil,
    reason: String? = nil, started: Double? = nil, finished: Double? = nil, worker: String? = nil, attempts: Int = 1,
    kind: Kind = .training
  ) {
    self.kind = kind
    self.number = number
    self.point = point
    self.origin = origin
    self.state = state
    self.key = key
    self.measurement = measurement
    self.reason = reason
    self.started = started
    self.finished = finished
    self.worker = worker
    self.attempts = attempts
  }
}

/// A trial that a worker holds: nobody else gets it while the lease is renewed and the worker lives.
public struct Claim: Equatable, Sendable {
  /// The trial.
  public let trial: Trial
  let worker: String
  let lease: Double
}

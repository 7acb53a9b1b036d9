public import CLIPFiles
internal import GRDB

extension Study {
  /// The next trial for a worker: one that waits or whose worker is gone, or else a new proposal while the budget lasts.
  ///
  /// Taking a trial is one transaction, so that no two workers take the same. Thinking about a proposal is not: others
  /// claim, renew and finish meanwhile. Where another worker was first with a point, it is proposed again from what is
  /// known by then.
  /// - Parameters:
  ///   - worker: a name that no other process has
  ///   - lease: seconds after which a worker that gives no sign loses the trial
  ///   - propose: a new point and its origin, from all trials so far; nil where there is nothing left to try
  /// - Returns: nil where nothing is left to take.
  /// - Throws: `InputError` where the study cannot be written or a point was proposed that was known to be tried, and what
  ///   `propose` throws.
  public func claim(
    worker: String, lease: Double, propose: ([Trial]) throws -> (point: [Int], origin: String)?
  ) throws -> Claim? {
    try claim(worker: worker, lease: lease) { trials, _ in
      try propose(trials).map { Proposal(.training, points: [$0.point], origin: $0.origin) }
    }
  }

  /// What to do next: a point to train, or points to look at.
  public struct Proposal: Sendable {
    /// What is to be done.
    public let kind: Trial.Kind
    /// Where; of trainings one.
    public let points: [[Int]]
    /// Where the proposal comes from.
    public let origin: String

    /// A proposal of its parts.
    public init(_ kind: Trial.Kind, points: [[Int]], origin: String) {
      self.kind = kind
      self.points = points
      self.origin = origin
    }
  }

  /// The next trial or look for a worker, as ``claim(worker:lease:propose:)`` has it.
  ///
  /// Looks that were proposed together are written down together; the worker takes the first, others the next. A training
  /// that waits goes before a look that waits. Once the budget of trainings is spent, nothing is looked at any more.
  public func claim(
    worker: String, lease: Double, choose: (_ trials: [Trial], _ looks: [Trial]) throws -> Proposal?
  ) throws -> Claim? {
    try next(lease: lease, choose: choose) { try Self.take($0, $1, worker, lease, $2) }
  }

  /// Finds what is to be done next, or writes down a new proposal, and does with it what `found` says in one transaction.
  func next<Found>(
    lease: Double, choose: ([Trial], [Trial]) throws -> Proposal?,
    found: (Trial.Kind, Int, Database) throws -> Found?
  ) throws -> Found? {
    while true {
      let look = try file.write { database -> Look<Found> in
        for kind in Trial.Kind.allCases {
          try Self.reclaim(database, kind, lease: lease, isOwned: file.owner != nil)
        }
        let trials = try Trial.all(database), looks = try Trial.all(database, .look)
        let isFree = trials.count < (try Self.budget(database))
        if let waiting = (trials + (isFree ? looks : [])).first(where: { $0.state == .waiting }) {
          return .taken(try found(waiting.kind, waiting.number, database))
        }
        return isFree ? .free(trials, looks) : .taken(nil)
      }
      guard case .free(let trials, let looks) = look else {
        if case .taken(let value) = look { return value }
        return nil
      }
      guard let next = try choose(trials, looks), !next.points.isEmpty else { return nil }
      let known = next.kind == .training ? trials : looks, points = Set(next.points)
      if let same = known.first(where: { points.contains($0.point) }) {
        throw InputError(
          "\(next.origin) proposed the point of \(same.kind.word) \(same.number) again", file: path)
      }
      let value = try file.write { database -> Found? in
        guard try Trial.all(database).count < (try Self.budget(database)) else { return nil }
        let now = try Trial.all(database, next.kind), taken = Set(now.map(\.point))
        // Another worker had the same idea, or the last trial of the budget.
        let fresh = next.points.filter { !taken.contains($0) }
        guard let first = fresh.first else { return nil }
        let number = (now.last?.number ?? 0) + 1
        for (place, point) in (next.kind == .training ? [first] : fresh).enumerated() {
          try database.execute(
            sql: "INSERT INTO \(next.kind.table) (number, point, origin, state) VALUES (?, ?, ?, 'waiting')",
            arguments: [number + place, Trial.text(point), next.origin])
        }
        return try found(next.kind, number, database)
      }
      if let value { return value }
    }
  }

  /// What is found by whoever looks for work.
  private enum Look<Found> {
    /// A trial, or that there is none left.
    case taken(Found?)
    /// Room for a new one beside these trials and looks.
    case free([Trial], [Trial])
  }

  /// Gives a trial to a worker.
  private static func take(
    _ kind: Trial.Kind, _ number: Int, _ worker: String, _ lease: Double, _ database: Database
  ) throws -> Claim? {
    let own = ProcessIdentity.current, now = UTCDate.now
    try database.execute(
      sql: """
        UPDATE \(kind.table) SET state = 'running', started = ?, worker = ?, machine = ?, process = ?, process_start = ?,
          lease_end = ?, memory_kills = ?, attempts = attempts + 1 WHERE number = ?
        """,
      arguments: [
        now, worker, own.machine, own.process, own.start, now + lease, ProcessIdentity.memoryKills, number,
      ])
    return try Trial.all(database, kind).first { $0.number == number }.map {
      Claim(trial: $0, worker: worker, lease: lease)
    }
  }

  /// A sign of life: the lease begins anew.
  public func renew(_ claim: Claim) throws {
    try change(claim, "lease_end = ?", [UTCDate.now + claim.lease])
  }

  /// A trial's measurement. The first one stands: where a worker was thought dead, measured all the same and another began
  /// again, whoever ends first is right, for both measure the same.
  /// - Parameter key: the fingerprint of all that it depends on
  /// - Throws: `InputError` where the study cannot be written.
  public func finish(_ claim: Claim, measurement: JSONValue, key: String) throws {
    let text = measurement.text()
    do { _ = try JSONParser.parse(text) } catch let error as InputError {
      throw InputError(
        "the measurement of \(claim.trial.kind.word) \(claim.trial.number) cannot be kept: \(error.problem)",
        file: file.path)
    }
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE \(claim.trial.kind.table) SET state = 'finished', measurement = ?, key = ?, finished = ?, worker = ?, reason = NULL
            WHERE number = ? AND state <> 'finished'
          """,
        arguments: [text, key, UTCDate.now, claim.worker, claim.trial.number])
    }
  }

  /// A trial failed, unless another worker has it by now.
  public func fail(_ claim: Claim, reason: String) throws {
    try change(claim, "state = 'failed', reason = ?, finished = ?", [reason, UTCDate.now])
  }

  /// A trial that was not finished waits again, and the attempt does not count.
  public func release(_ claim: Claim) throws {
    try change(claim, "state = 'waiting', attempts = max(0, attempts - 1)", [])
  }

  /// Changes a trial that the worker still has; one that was given to another is left alone.
  private func change(_ claim: Claim, _ assignments: String, _ arguments: StatementArguments) throws {
    try file.write { database in
      try database.execute(
        sql:
          "UPDATE \(claim.trial.kind.table) SET \(assignments) WHERE number = ? AND worker = ? AND state = 'running'",
        arguments: arguments + [claim.trial.number, claim.worker])
    }
  }
}

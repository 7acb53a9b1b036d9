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
    while true {
      let look = try file.write { database -> Look in
        try Self.reclaim(database, lease: lease)
        let trials = try Trial.all(database)
        if let waiting = trials.first(where: { $0.state == .waiting }) {
          return .taken(try Self.take(waiting.number, worker, lease, database))
        }
        return trials.count < (try Self.budget(database)) ? .free(trials) : .taken(nil)
      }
      guard case .free(let trials) = look else {
        if case .taken(let claim) = look { return claim }
        return nil
      }
      guard let next = try propose(trials) else { return nil }
      if let same = trials.first(where: { $0.point == next.point }) {
        throw InputError("\(next.origin) proposed the point of trial \(same.number) again", file: path)
      }
      let claim = try file.write { database -> Claim? in
        let now = try Trial.all(database)
        // Another worker had the same idea, or the last trial of the budget.
        guard now.count < (try Self.budget(database)), !now.contains(where: { $0.point == next.point }) else {
          return nil
        }
        let number = (now.last?.number ?? 0) + 1
        try database.execute(
          sql: "INSERT INTO trials (number, point, origin, state) VALUES (?, ?, ?, 'waiting')",
          arguments: [number, Trial.text(next.point), next.origin])
        return try Self.take(number, worker, lease, database)
      }
      if let claim { return claim }
    }
  }

  /// What a worker finds that looks for work.
  private enum Look {
    /// A trial, or that there is none left.
    case taken(Claim?)
    /// Room for a new one beside these.
    case free([Trial])
  }

  /// Gives a trial to a worker.
  private static func take(_ number: Int, _ worker: String, _ lease: Double, _ database: Database) throws -> Claim? {
    let own = ProcessIdentity.current, now = UTCDate.now
    try database.execute(
      sql: """
        UPDATE trials SET state = 'running', started = ?, worker = ?, machine = ?, process = ?, process_start = ?,
          lease_end = ?, memory_kills = ?, attempts = attempts + 1 WHERE number = ?
        """,
      arguments: [
        now, worker, own.machine, own.process, own.start, now + lease, ProcessIdentity.memoryKills, number,
      ])
    return try Trial.all(database).first { $0.number == number }.map { Claim(trial: $0, worker: worker, lease: lease) }
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
        "the measurement of trial \(claim.trial.number) cannot be kept: \(error.problem)", file: file.path)
    }
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE trials SET state = 'finished', measurement = ?, key = ?, finished = ?, worker = ?, reason = NULL
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
        sql: "UPDATE trials SET \(assignments) WHERE number = ? AND worker = ? AND state = 'running'",
        arguments: arguments + [claim.trial.number, claim.worker])
    }
  }
}

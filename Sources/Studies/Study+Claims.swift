public import CLIPFiles
internal import GRDB

extension Study {
  /// The next trial for a worker: one that waits or whose worker is gone, or else a new proposal while the budget lasts.
  ///
  /// All of it is one transaction, so that two workers never propose or take the same.
  /// - Parameters:
  ///   - worker: a name that no other process has
  ///   - lease: seconds after which a worker that gives no sign loses the trial
  ///   - propose: a new point and its origin, from all trials so far; nil where there is nothing left to try
  /// - Returns: nil where nothing is left to take.
  /// - Throws: `InputError` where the study cannot be written or the proposed point was tried before, and what `propose`
  ///   throws.
  public func claim(
    worker: String, lease: Double, propose: ([Trial]) throws -> (point: [Int], origin: String)?
  ) throws -> Claim? {
    try file.write { database in
      try Self.reclaim(database, lease: lease)
      let trials = try Trial.all(database)
      var number = trials.first { $0.state == .waiting }?.number
      if number == nil, trials.count < (try Self.budget(database)), let next = try propose(trials) {
        let new = (trials.last?.number ?? 0) + 1
        if let same = trials.first(where: { $0.point == next.point }) {
          throw InputError("\(next.origin) proposed the point of trial \(same.number) again", file: path)
        }
        try database.execute(
          sql: "INSERT INTO trials (number, point, origin, state) VALUES (?, ?, ?, 'waiting')",
          arguments: [new, Trial.text(next.point), next.origin])
        number = new
      }
      guard let number else { return nil }
      let own = ProcessIdentity.current, now = UTCDate.now
      try database.execute(
        sql: """
          UPDATE trials SET state = 'running', started = ?, worker = ?, machine = ?, process = ?, process_start = ?,
            lease_end = ?, memory_kills = ?, attempts = attempts + 1 WHERE number = ?
          """,
        arguments: [
          now, worker, own.machine, own.process, own.start, now + lease, ProcessIdentity.memoryKills, number,
        ])
      return try Trial.all(database).first { $0.number == number }.map {
        Claim(trial: $0, worker: worker, lease: lease)
      }
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

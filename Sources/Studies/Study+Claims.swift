public import Files
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
  /// - Throws: `InputError` where the study cannot be written, and what `propose` throws.
  public func claim(
    worker: String, lease: Double, propose: ([Trial]) throws -> (point: [Int], origin: String)?
  ) throws -> Claim? {
    try file.write { database in
      try Self.reclaim(database)
      let trials = try Trial.all(database)
      var number = trials.first { $0.state == .waiting }?.number
      if number == nil, trials.count < (try Self.budget(database)), let next = try propose(trials) {
        let new = (trials.last?.number ?? 0) + 1
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
            lease_end = ?, attempts = attempts + 1 WHERE number = ?
          """,
        arguments: [now, worker, own.machine, own.process, own.start, now + lease, number])
      return try Trial.all(database).first { $0.number == number }.map {
        Claim(trial: $0, worker: worker, lease: lease)
      }
    }
  }

  /// Trials whose worker is gone, or whose lease has ended, wait again; or fail, when that happens too often.
  private static func reclaim(_ database: Database) throws {
    let now = UTCDate.now
    for row in try Row.fetchAll(database, sql: "SELECT * FROM trials WHERE state = 'running'") {
      let owner = ProcessIdentity(
        machine: String.fromDatabaseValue(row["machine"]) ?? "", process: Int.fromDatabaseValue(row["process"]) ?? 0,
        start: String.fromDatabaseValue(row["process_start"]) ?? "")
      let end = Double.fromDatabaseValue(row["lease_end"]) ?? 0
      guard owner.isGone || end < now, let number = Int.fromDatabaseValue(row["number"]) else { continue }
      let attempts = Int.fromDatabaseValue(row["attempts"]) ?? 0
      if attempts >= mostAttempts {
        try database.execute(
          sql: "UPDATE trials SET state = 'failed', reason = ?, finished = ? WHERE number = ?",
          arguments: [
            "its process ended \(attempts) times without a word; was memory short?", now, number,
          ])
      } else {
        try database.execute(sql: "UPDATE trials SET state = 'waiting' WHERE number = ?", arguments: [number])
      }
    }
  }

  /// A sign of life: the lease begins anew.
  public func renew(_ claim: Claim) throws {
    try change(claim, "lease_end = ?", [UTCDate.now + claim.lease])
  }

  /// A trial's measurement.
  /// - Parameter key: the fingerprint of all that it depends on
  /// - Throws: `InputError` where the study cannot be written, or the trial was taken by another worker meanwhile and ended.
  public func finish(_ claim: Claim, measurement: JSONValue, key: String) throws {
    try change(
      claim, "state = 'finished', measurement = ?, key = ?, finished = ?", [measurement.text(), key, UTCDate.now])
  }

  /// A trial failed.
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

  /// What to do where the last three trials that ended failed alike; nil where they did not.
  public func stopAdvice() throws -> String? {
    let ended = try trials().filter { $0.state == .failed || $0.state == .finished }
      .sorted { ($0.finished ?? 0, $0.number) < ($1.finished ?? 0, $1.number) }.suffix(3)
    let reasons = ended.compactMap(\.reason)
    guard ended.count == 3, reasons.count == 3, Set(reasons.map(Self.pattern)).count == 1, let reason = reasons.last
    else { return nil }
    return "three trials in a row failed alike: \(reason)"
  }

  /// A reason without what differs from trial to trial: paths and numbers.
  private static func pattern(_ reason: String) -> String {
    reason.split(separator: " ").map { $0.contains { $0 == "/" || $0.isNumber } ? "#" : String($0) }
      .joined(separator: " ")
  }

  /// Failed trials are tried again.
  public func retryFailed() throws {
    try file.write {
      try $0.execute(
        sql: "UPDATE trials SET state = 'waiting', reason = NULL, finished = NULL, attempts = 0 WHERE state = 'failed'")
    }
  }
}

extension Trial {
  static func text(_ point: [Int]) -> String { point.map(String.init).joined(separator: ",") }

  /// All trials, by number.
  static func all(_ database: Database) throws -> [Trial] {
    try Row.fetchAll(database, sql: "SELECT * FROM trials ORDER BY number").map { row in
      guard let number = Int.fromDatabaseValue(row["number"]), let points = String.fromDatabaseValue(row["point"]),
        let state = String.fromDatabaseValue(row["state"]).flatMap(State.init)
      else { throw InputError("the study is damaged: a trial without a number, a point or a state") }
      let point = points.split(separator: ",").compactMap { Int($0) }
      guard Self.text(point) == points else {
        throw InputError("the study is damaged: trial \(number) has no readable point")
      }
      return Trial(
        number: number, point: point, origin: String.fromDatabaseValue(row["origin"]) ?? "", state: state,
        key: String.fromDatabaseValue(row["key"]),
        measurement: try String.fromDatabaseValue(row["measurement"]).map { try JSONParser.parse($0) },
        reason: String.fromDatabaseValue(row["reason"]), started: Double.fromDatabaseValue(row["started"]),
        finished: Double.fromDatabaseValue(row["finished"]), worker: String.fromDatabaseValue(row["worker"]),
        attempts: Int.fromDatabaseValue(row["attempts"]) ?? 0)
    }
  }
}

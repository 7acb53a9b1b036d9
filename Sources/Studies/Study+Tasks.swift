public import CLIPFiles
internal import GRDB

/// Work that is given to executors as tasks, by the one process that has the study.
extension Study {
  /// What is to be done next: a trial or look that waits, or a new proposal while the budget lasts. It waits until it is given.
  /// - Parameter choose: what to do next, from all trials and looks so far, those that are given away among them
  /// - Returns: nil where nothing is left.
  /// - Throws: as ``claim(worker:lease:choose:)``.
  public func upcoming(choose: (_ trials: [Trial], _ looks: [Trial]) throws -> Proposal?) throws -> Trial? {
    try next(lease: 0, choose: choose) { kind, number, database in
      try Trial.all(database, kind).first { $0.number == number }
    }
  }

  /// Notes that a trial is given to an executor.
  /// - Parameter executor: its name
  public func give(_ trial: Trial, to executor: String) throws {
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE \(trial.kind.table) SET state = 'running', started = ?, worker = ?, machine = NULL, process = NULL,
            process_start = NULL, lease_end = NULL, memory_kills = ?, attempts = attempts + 1
            WHERE number = ? AND state = 'waiting'
          """, arguments: [UTCDate.now, executor, ProcessIdentity.memoryKills, trial.number])
    }
  }

  /// The trials and looks that are given to executors and have not come back.
  public func given() throws -> [Trial] {
    try file.read { database in
      try Trial.Kind.allCases.flatMap { kind -> [Trial] in
        guard try database.tableExists(kind.table) else { return [] }
        let numbers = try Int.fetchSet(
          database, sql: "SELECT number FROM \(kind.table) WHERE state = 'running' AND process IS NULL")
        return numbers.isEmpty ? [] : try Trial.all(database, kind).filter { numbers.contains($0.number) }
      }
    }
  }

  /// Whether a trial or look is given away.
  public func isGiven(_ kind: Trial.Kind, _ number: Int) throws -> Bool {
    try file.read { database in
      try Bool.fetchOne(
        database,
        sql: """
          SELECT EXISTS (SELECT 1 FROM \(kind.table) WHERE number = ? AND state = 'running' AND process IS NULL)
          """, arguments: [number]) ?? false
    }
  }

  /// What a task measured; the first measurement of a trial stands.
  /// - Parameters:
  ///   - key: the fingerprint of all that it depends on
  ///   - started: when the attempt began, in seconds since 1970; nil leaves what is known
  ///   - worker: who measured
  ///   - notes: written in the same transaction
  /// - Returns: whether it was the first
  /// - Throws: `InputError` where the study cannot be written.
  public func takeUp(
    _ kind: Trial.Kind, _ number: Int, measurement: JSONValue, key: String, started: Double? = nil, worker: String,
    notes: [(key: String, value: JSONValue)] = []
  ) throws -> Bool {
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE \(kind.table) SET state = 'finished', measurement = ?, key = ?, finished = ?, worker = ?,
            started = coalesce(?, started), reason = NULL WHERE number = ? AND state <> 'finished'
          """, arguments: [measurement.text(), key, UTCDate.now, worker, started, number])
      guard database.changesCount > 0 else { return false }
      for note in notes {
        try database.execute(
          sql: "INSERT OR REPLACE INTO notes VALUES (?, ?)", arguments: [note.key, note.value.text()])
      }
      return true
    }
  }

  /// A task found that its trial cannot be done.
  /// - Returns: whether the trial was still open
  public func takeUp(_ kind: Trial.Kind, _ number: Int, failure reason: String) throws -> Bool {
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE \(kind.table) SET state = 'failed', reason = ?, finished = ?
            WHERE number = ? AND state = 'running' AND process IS NULL
          """, arguments: [reason, UTCDate.now, number])
      return database.changesCount > 0
    }
  }

  /// A task was taken back, or saved what it had: its trial waits again, and the attempt does not count.
  public func takeBack(_ kind: Trial.Kind, _ number: Int) throws {
    try file.write { database in
      try database.execute(
        sql: """
          UPDATE \(kind.table) SET state = 'waiting', attempts = max(0, attempts - 1)
            WHERE number = ? AND state = 'running' AND process IS NULL
          """, arguments: [number])
    }
  }

  /// A task's process ended without a word: its trial waits again, or fails when that happened too often.
  /// - Parameter isOfMemory: whether memory was short; nil asks this machine
  /// - Returns: why it failed; nil where it is tried again
  public func lose(_ kind: Trial.Kind, _ number: Int, isOfMemory: Bool?) throws -> String? {
    try file.write { database in
      guard
        let row = try Row.fetchOne(
          database,
          sql: """
            SELECT attempts, memory_kills, memory_deaths FROM \(kind.table)
              WHERE number = ? AND state = 'running' AND process IS NULL
            """, arguments: [number])
      else { return nil }
      var isShort = isOfMemory ?? false
      if isOfMemory == nil, let now = ProcessIdentity.memoryKills,
        let before = Int.fromDatabaseValue(row["memory_kills"])
      {
        isShort = now > before
      }
      let deaths = min(Int.fromDatabaseValue(row["memory_deaths"]) ?? 0, 1000) + (isShort ? 1 : 0)
      return try Self.giveUp(
        database, kind, number, attempts: Int.fromDatabaseValue(row["attempts"]) ?? 0, memoryDeaths: deaths)
    }
  }
}

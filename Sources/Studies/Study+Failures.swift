internal import CLIPFiles
internal import GRDB

extension Study {
  /// A trial whose worker was killed so often while this machine had no memory left is too large for it.
  public static let mostMemoryDeaths = 2
  /// A trial whose workers vanished so often, for whatever reason, is given up.
  public static let mostAttempts = 10

  /// Trials whose worker is gone, or whose lease has ended, wait again; or fail, when that happens too often. What was given
  /// to an executor has no worker's process, and is looked after by whoever gave it.
  /// - Parameter isOwned: whether this process alone works on the study: then all other workers are gone
  static func reclaim(_ database: Database, _ kind: Trial.Kind, lease: Double, isOwned: Bool) throws {
    let now = UTCDate.now, kills = ProcessIdentity.memoryKills
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT number, machine, process, process_start, lease_end, attempts, memory_kills, memory_deaths FROM \(kind.table)
          WHERE state = 'running' AND process IS NOT NULL
        """)
    for row in rows {
      guard let number = Int.fromDatabaseValue(row["number"]) else { continue }
      let owner = owner(of: row)
      let end = Double.fromDatabaseValue(row["lease_end"]) ?? 0, isGone = owner.isGone || isOwned && owner != .current
      // A clock was set back: no lease ends later than one that begins now.
      if !isGone, end > now + lease {
        try database.execute(
          sql: "UPDATE \(kind.table) SET lease_end = ? WHERE number = ?", arguments: [now + lease, number])
      }
      guard isGone || !(end >= now) else { continue }
      var memoryDeaths = Int.fromDatabaseValue(row["memory_deaths"]) ?? 0
      if isGone, owner.isOfThisMachine, let kills, let before = Int.fromDatabaseValue(row["memory_kills"]),
        kills > before
      {
        memoryDeaths = min(memoryDeaths, 1000) + 1
      }
      let attempts = Int.fromDatabaseValue(row["attempts"]) ?? 0
      _ = try giveUp(database, kind, number, attempts: attempts, memoryDeaths: memoryDeaths)
    }
  }

  /// A trial whose process is gone waits again, or fails when that happened too often.
  /// - Returns: why it failed
  static func giveUp(
    _ database: Database, _ kind: Trial.Kind, _ number: Int, attempts: Int, memoryDeaths: Int
  ) throws -> String? {
    var reason: String?
    if memoryDeaths >= mostMemoryDeaths {
      reason = "out of memory: its process was killed \(memoryDeaths) times while the machine had none left"
    } else if attempts >= mostAttempts {
      reason = "its process ended \(attempts) times without a word"
    }
    try database.execute(
      sql: "UPDATE \(kind.table) SET state = ?, reason = ?, finished = ?, memory_deaths = ? WHERE number = ?",
      arguments: [
        reason == nil ? "waiting" : "failed", reason, reason == nil ? nil : UTCDate.now, memoryDeaths, number,
      ])
    return reason
  }

  /// The numbers of trials that count as running although their process is known to be gone: the next worker takes them up.
  public func abandonedTrials() throws -> Set<Int> {
    try file.read { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT number, machine, process, process_start FROM trials WHERE state = 'running'")
      return Set(rows.compactMap { Self.owner(of: $0).isGone ? Int.fromDatabaseValue($0["number"]) : nil })
    }
  }

  private static func owner(of row: Row) -> ProcessIdentity {
    ProcessIdentity(
      machine: String.fromDatabaseValue(row["machine"]) ?? "", process: Int.fromDatabaseValue(row["process"]) ?? 0,
      start: String.fromDatabaseValue(row["process_start"]) ?? "")
  }

  /// What to do where the last three trials or looks that ended failed alike; nil where they did not.
  public func stopAdvice() throws -> String? {
    let ended = try (trials() + looks()).filter { $0.state == .failed || $0.state == .finished }
      .sorted { ($0.finished ?? 0, $0.number) < ($1.finished ?? 0, $1.number) }.suffix(3)
    let reasons = ended.compactMap { $0.state == .failed ? $0.reason ?? "" : nil }
    guard reasons.count == 3, Set(reasons.map(Self.pattern)).count == 1, let reason = reasons.last else { return nil }
    return "three trials in a row failed alike: \(reason)\(Self.advice(reason).map { " (\($0))" } ?? "")"
  }

  /// A reason without what differs from trial to trial: paths and numbers.
  private static func pattern(_ reason: String) -> String {
    reason.split(separator: " ").map { $0.contains { $0 == "/" || $0.isNumber } ? "#" : String($0) }
      .joined(separator: " ")
  }

  private static func advice(_ reason: String) -> String? {
    let reason = reason.lowercased()
    if reason.contains("memory") { return "a smaller batch, or fewer workers, need less" }
    if reason.contains("diverge") || reason.contains("not finite") || reason.contains("nan") {
      return "a smaller learning rate, or more warm-up, may help"
    }
    if reason.contains("no space") || reason.contains("disk is full") { return "free some space" }
    return nil
  }

  /// Failed trials and looks are tried again.
  public func retryFailed() throws {
    try file.write { database in
      for kind in Trial.Kind.allCases {
        try database.execute(
          sql: """
            UPDATE \(kind.table) SET state = 'waiting', reason = NULL, finished = NULL, attempts = 0, memory_deaths = 0
              WHERE state = 'failed'
            """)
      }
    }
  }
}

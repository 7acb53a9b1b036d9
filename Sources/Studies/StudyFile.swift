internal import Files
internal import GRDB

/// The SQLite file under a study: opening, checking, and faults in the user's words.
struct StudyFile: Sendable {
  let path: String
  let pool: any DatabaseWriter

  /// `CCst`, so that no other program's file is taken for a study.
  static let applicationID: Int32 = 0x4343_7374
  static let version: Int32 = 1

  /// Opens a study, or makes one.
  /// - Throws: `InputError` for a file that is no study, damaged, of a newer version, or cannot be written.
  init(_ path: String, creates: Bool, isReadOnly: Bool = false) throws {
    self.path = path
    guard creates || Folder.containsFile(path) else {
      throw InputError("there is no study", file: path, advice: "begin one with carbonclip search RECIPE")
    }
    pool = try Self.translated(path) {
      var configuration = Configuration()
      configuration.busyMode = .timeout(120)
      configuration.prepareDatabase { database in
        // A power cut loses no finished trial.
        try database.execute(sql: "PRAGMA synchronous = FULL")
      }
      configuration.readonly = isReadOnly
      configuration.label = "study"
      return try DatabasePool(path: path, configuration: configuration)
    }
    let isNew = creates && !isReadOnly
    try write { database in
      let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
      let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
      if application == 0, version == 0, isNew,
        try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
      {
        try Self.build(database)
        return
      }
      guard application == Self.applicationID else {
        throw InputError("is no study", file: path, advice: "name another folder")
      }
      guard version == Self.version else {
        throw InputError(
          "is a study of version \(version); this program reads \(Self.version)", file: path,
          advice: "use the program that made it")
      }
    }
  }

  private static func build(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE trials (
          number INTEGER PRIMARY KEY,
          point TEXT NOT NULL UNIQUE,
          origin TEXT NOT NULL,
          state TEXT NOT NULL,
          key TEXT, measurement TEXT, reason TEXT,
          started REAL, finished REAL,
          worker TEXT, machine TEXT, process INTEGER, process_start TEXT,
          lease_end REAL,
          attempts INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX trials_by_key ON trials (key);
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        """)
  }

  /// A transaction that no other process writes in.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.translated(path) {
      var value: Value?
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          value = try body(database)
          return .commit
        }
      }
      guard let value else { throw InputError("could not be written", file: path) }
      return value
    }
  }

  /// A look at a moment's state.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.translated(path) { try pool.read(body) }
  }

  private static func translated<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError {
      throw InputError(explanation(error), file: path, advice: advice(error))
    }
  }

  private static func explanation(_ error: DatabaseError) -> String {
    switch error.resultCode {
    case .SQLITE_NOTADB: "is no study"
    case .SQLITE_CORRUPT: "is damaged"
    case .SQLITE_FULL: "cannot be written: the disk is full"
    case .SQLITE_READONLY: "cannot be written: it is read-only"
    case .SQLITE_CANTOPEN: "cannot be opened"
    case .SQLITE_BUSY, .SQLITE_LOCKED: "is in use by another process for more than two minutes"
    default: error.message.map { "cannot be used: \($0)" } ?? "cannot be used"
    }
  }

  private static func advice(_ error: DatabaseError) -> String? {
    switch error.resultCode {
    case .SQLITE_CORRUPT: "finished models are still among the candidates: a new study of the recipe finds them again"
    case .SQLITE_FULL: "free some space and go on with --resume; nothing that was finished is lost"
    case .SQLITE_READONLY, .SQLITE_CANTOPEN: "look at the folder's permissions"
    default: nil
    }
  }
}

internal import CLIPFiles
internal import GRDB

/// The SQLite file under a study: opening, checking, and faults in the user's words.
struct StudyFile: Sendable {
  /// What a study is opened for.
  enum Use { case reading, writing }

  let path: String
  let pool: any DatabaseWriter
  /// Who alone may write; nil where any process may, on a local disk.
  let owner: Ownership?

  /// `CCst`, so that no other program's file is taken for a study.
  static let applicationID: Int32 = 0x4343_7374
  static let version: Int32 = 3
  /// How long a writer waits for others, in seconds: one may think for a while about what to propose.
  private static let patience = 120.0

  /// Opens a study; makes one where there is none and it is to be written.
  /// - Parameters:
  ///   - owner: this process's right to it; needed for writing where several machines see the file
  ///   - isShared: whether they do; nil asks the system
  /// - Throws: `InputError` for a file that is no study, damaged, of a newer version, or cannot be used so.
  init(_ path: String, for use: Use, owner: Ownership? = nil, isShared: Bool? = nil) throws {
    self.path = path
    self.owner = owner
    let sharedName = FileSystem.sharedName(path), isShared = isShared ?? (sharedName != nil)
    let isThere = Folder.containsFile(path)
    guard use == .writing || isThere else {
      throw InputError("there is no study", file: path, advice: "begin one with carbonclip search RECIPE")
    }
    guard !Folder.exists(path) else { throw InputError("is a folder, not a study", file: path) }
    if use == .writing, isShared, owner == nil {
      throw InputError(
        "lies on \(sharedName ?? "a shared file system"), where a study belongs to one process: open it with an owner",
        file: path)
    }
    pool = try namingFile(path) {
      try Self.translated(path) {
        // Also before writing: opening would change another program's database into one with a journal of our kind.
        let reader = isThere ? try (isShared ? Self.sharedReader(path) : Self.reader(path)) : nil
        let isBegun = try reader?.read { try !Self.isEmpty($0) } ?? false
        if isBegun { try reader?.read { try Self.check($0) } }
        switch use {
        case .reading:
          guard let reader, isBegun else { throw InputError("is an empty study", advice: "remove it") }
          return reader
        case .writing: return try isShared ? Self.queue(path) : Self.pool(path)
        }
      }
    }
    if use == .writing { try namingFile(path) { try write(isFenced: false) { try Self.prepare($0) } } }
  }

  /// SQLite's write-ahead log needs memory that all processes share: file systems that several machines or other programs
  /// stand behind do not give it (https://www.sqlite.org/wal.html). There a study is written by one process, with a
  /// journal that is rolled back, and read by others between its transactions.
  private static func queue(_ path: String, isReadOnly: Bool = false) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.readonly = isReadOnly
    configuration.label = "study"
    configuration.prepareDatabase { database in
      guard !isReadOnly else { return }
      // A study that began on a local disk leaves its log without that memory where one process has it alone.
      try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
      try database.execute(sql: "PRAGMA locking_mode = NORMAL")
      _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
      // The journal's end is as durable as what it guards.
      try database.execute(sql: "PRAGMA synchronous = EXTRA")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// A reader that shares no memory with a writer; a study that was copied here with its log is read from a private copy.
  private static func sharedReader(_ path: String) throws -> any DatabaseWriter {
    let head = try TextFile.bytes(of: path, limit: 1 << 40).prefix(20)
    // Bytes 18 and 19 of the header are 2 where there is a log (https://www.sqlite.org/fileformat2.html).
    if head.count == 20, head[18] == 2 || head[19] == 2 { return try StudyCopy.inMemory(path) }
    do {
      let queue = try queue(path, isReadOnly: true)
      _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
      return queue
    } catch let error as DatabaseError where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode) {
      return try StudyCopy.inMemory(path)
    }
  }

  private static func pool(_ path: String, isReadOnly: Bool = false) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.readonly = isReadOnly
    configuration.label = "study"
    configuration.prepareDatabase { database in
      // A power cut loses no finished trial.
      if !isReadOnly { try database.execute(sql: "PRAGMA synchronous = FULL") }
    }
    var attempts = 0
    while true {
      do { return try DatabasePool(path: path, configuration: configuration) } catch let error as DatabaseError {
        // Two processes that make a study at the same moment: SQLite does not wait when the journal's kind changes.
        attempts += 1
        guard error.resultCode == .SQLITE_BUSY, attempts < 200 else { throw error }
        Pause.milliseconds(10)
      }
    }
  }

  /// A connection that needs no right to write. SQLite needs that right for its journal's index: on a medium without it, a
  /// private copy is read.
  private static func reader(_ path: String) throws -> any DatabaseWriter {
    do {
      let pool = try pool(path, isReadOnly: true)
      _ = try pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
      return pool
    } catch let error as DatabaseError where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode) {
      return try StudyCopy.inMemory(path)
    }
  }

  private static func prepare(_ database: Database) throws {
    if try isEmpty(database) { try StudySchema.build(database) }
    try check(database)
    try StudySchema.update(database, from: number(database, "user_version"))
  }

  private static func isEmpty(_ database: Database) throws -> Bool {
    try number(database, "application_id") == 0 && number(database, "user_version") == 0
      && Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
  }

  private static func check(_ database: Database) throws {
    guard try number(database, "application_id") == applicationID else {
      throw InputError("is no study", advice: "name another folder")
    }
    let found = try number(database, "user_version")
    guard (1...version).contains(found) else {
      throw InputError(
        "is a study of version \(found); this program reads 1 to \(version)", advice: "use the program that made it")
    }
  }

  private static func number(_ database: Database, _ name: String) throws -> Int32 {
    try Int32.fetchOne(database, sql: "PRAGMA \(name)") ?? 0
  }

  /// What the owner's token stands under, so that a transaction knows whether the study is still its process's.
  static let ownerKey = "owner"

  /// A transaction that no other process writes in.
  /// - Parameter isFenced: whether it is refused once another process owns the study
  func write<Value>(isFenced: Bool = true, _ body: (Database) throws -> Value) throws -> Value {
    try Self.translated(path) {
      var value: Value?
      try pool.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          if isFenced { try checkOwner(database) }
          value = try body(database)
          return .commit
        }
      }
      guard let value else { throw InputError("could not be written", file: path) }
      return value
    }
  }

  private func checkOwner(_ database: Database) throws {
    guard let owner else { return }
    let text = try String.fetchOne(
      database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [Self.ownerKey])
    guard text == JSONValue.string(owner.token).text() else {
      throw InputError(
        "belongs to another process by now, because this one gave no sign for too long", file: path,
        advice: "that one goes on with everything that was finished")
    }
  }

  /// A look at a moment's state.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.translated(path) { try pool.read(body) }
  }

  /// Runs `body`, with SQLite's errors in the user's words.
  static func translated<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError {
      throw InputError(explanation(error), file: path, advice: advice(error))
    } catch let error as StudyDamage {
      throw InputError("is damaged: \(error.problem)", file: path, advice: damageAdvice)
    }
  }

  private static let damageAdvice =
    "finished models are still among the candidates: a new study of the recipe finds them again"

  private static func explanation(_ error: DatabaseError) -> String {
    switch error.resultCode {
    case .SQLITE_NOTADB: "is no study"
    case .SQLITE_CORRUPT: "is damaged"
    case .SQLITE_FULL: "cannot be written: the disk is full"
    case .SQLITE_READONLY: "cannot be written: it is read-only"
    case .SQLITE_CANTOPEN: "cannot be opened"
    case .SQLITE_BUSY, .SQLITE_LOCKED: "is in use by another process for more than two minutes"
    case .SQLITE_IOERR: "cannot be read or written: \(error.message ?? "input/output error")"
    default: error.message.map { "cannot be used: \($0)" } ?? "cannot be used"
    }
  }

  private static func advice(_ error: DatabaseError) -> String? {
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_ERROR: damageAdvice
    case .SQLITE_FULL: "free some space and go on with --resume; nothing that was finished is lost"
    case .SQLITE_IOERR: "look at the disk and its free space, then go on with --resume"
    case .SQLITE_READONLY, .SQLITE_CANTOPEN: "look at the folder's permissions"
    default: nil
    }
  }
}

/// What a study's rows hold that no program wrote.
struct StudyDamage: Error {
  let problem: String
}

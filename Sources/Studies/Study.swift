public import CLIPFiles
internal import GRDB

/// The memory of a search: one SQLite file with what was asked, every trial and what was measured.
///
/// All changes are transactions: whatever a killed process had finished is there, and what it was doing is tried again.
/// Several processes can work on one study.
public final class Study: Sendable {
  let file: StudyFile
  /// What the study belongs to.
  public let identity: StudyIdentity

  /// Where it lies.
  public var path: String { file.path }

  private init(_ file: StudyFile, _ identity: StudyIdentity) {
    self.file = file
    self.identity = identity
  }

  /// Makes a study, or opens one of the same identity.
  /// - Parameters:
  ///   - path: of the SQLite file
  ///   - budget: trials in all, of a new study
  ///   - owner: this process's right to it; from then on nobody else's changes count. Without one, processes of one machine
  ///     may share a study on a local disk
  /// - Throws: `InputError` for a file that is no study, is damaged, or belongs to another recipe: the keys that differ; and
  ///   without an owner on a file system that several machines see.
  public static func open(
    _ path: String, identity: StudyIdentity, budget: Int, owner: Ownership? = nil
  ) throws -> Study {
    try open(path, identity: identity, budget: budget, owner: owner, isShared: nil)
  }

  /// The same, on a file system that is taken for shared, or for local.
  package static func open(
    _ path: String, identity: StudyIdentity, budget: Int, owner: Ownership?, isShared: Bool?
  ) throws -> Study {
    let file = try StudyFile(path, for: .writing, owner: owner, isShared: isShared)
    let known = try file.write(isFenced: false) { database -> StudyIdentity? in
      let known = try Self.identity(database, path: path)
      if let owner {
        try database.execute(
          sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)",
          arguments: [StudyFile.ownerKey, JSONValue.string(owner.token).text()])
      }
      if let known { return known }
      for (key, value) in [
        ("recipe", identity.recipe), ("code_version", .string(identity.codeVersion)),
        ("data_fingerprint", .string(identity.dataFingerprint)), ("environment", .object(identity.environment)),
        ("budget", .integer(budget)),
      ] {
        try database.execute(sql: "INSERT INTO meta VALUES (?, ?)", arguments: [key, value.text()])
      }
      return nil
    }
    guard let known else { return Study(file, identity) }
    let differences = known.differences(from: identity)
    guard differences.isEmpty else {
      throw InputError(
        "is the study of another recipe: \(differences.prefix(4).joined(separator: ", ")) differ"
          + (differences.count > 4 ? " and \(differences.count - 4) more" : ""),
        file: path, advice: "give this search another --name")
    }
    return Study(file, known)
  }

  /// Opens a study that is there, to look at it: works while others write, and where nothing may be written.
  /// - Throws: `InputError` for a file that is missing, no study or damaged.
  public static func read(_ path: String) throws -> Study { try read(path, isShared: nil) }

  /// The same, on a file system that is taken for shared, or for local.
  package static func read(_ path: String, isShared: Bool?) throws -> Study {
    let file = try StudyFile(path, for: .reading, isShared: isShared)
    guard let identity = try file.read({ try Self.identity($0, path: path) }) else {
      throw InputError("is an empty study", file: path, advice: "remove it")
    }
    return Study(file, identity)
  }

  private static func identity(_ database: Database, path: String) throws -> StudyIdentity? {
    let rows = try Row.fetchAll(database, sql: "SELECT key, value FROM meta")
    if rows.isEmpty { return nil }
    var values: [String: JSONValue] = [:]
    for row in rows {
      guard let key = String.fromDatabaseValue(row["key"]), let text = String.fromDatabaseValue(row["value"]) else {
        continue
      }
      values[key] = try? JSONParser.parse(text)
    }
    guard let recipe = values["recipe"], let version = values["code_version"]?.stringValue,
      let data = values["data_fingerprint"]?.stringValue
    else { throw InputError("is damaged: it does not say what it belongs to", file: path) }
    return StudyIdentity(
      recipe: recipe, codeVersion: version, dataFingerprint: data,
      environment: values["environment"]?.objectValue ?? JSONObject())
  }

  /// Trials in all.
  public func budget() throws -> Int {
    try file.read { try Self.budget($0) }
  }

  static func budget(_ database: Database) throws -> Int {
    let text = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'budget'") ?? "0"
    guard let budget = Int(text), (0...Trial.largestNumber).contains(budget) else {
      throw StudyDamage(problem: "its number of trials is \(text.quoted())")
    }
    return budget
  }

  /// Another number of trials.
  public func setBudget(_ budget: Int) throws {
    guard (0...Trial.largestNumber).contains(budget) else {
      throw InputError("cannot have \(budget) trials", file: path)
    }
    try file.write {
      try $0.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('budget', ?)", arguments: ["\(budget)"])
    }
  }

  /// All trials, by number.
  public func trials() throws -> [Trial] { try file.read { try Trial.all($0) } }

  /// All looks, by number; none where the search has none.
  public func looks() throws -> [Trial] { try file.read { try Trial.all($0, .look) } }

  /// What was measured under a key before; nil where nothing was.
  public func measurement(forKey key: String) throws -> JSONValue? {
    try file.read { database in
      try String.fetchOne(
        database, sql: "SELECT measurement FROM trials WHERE key = ? AND state = 'finished' ORDER BY number",
        arguments: [key]
      ).flatMap { try? JSONParser.parse($0) }
    }
  }

  /// A note under a key; nil where there is none.
  public func note(_ key: String) throws -> JSONValue? {
    try file.read { database in
      try String.fetchOne(database, sql: "SELECT value FROM notes WHERE key = ?", arguments: [key])
        .flatMap { try? JSONParser.parse($0) }
    }
  }

  /// The notes whose keys begin with a prefix, by key.
  public func notes(prefix: String) throws -> [(key: String, value: JSONValue)] {
    try file.read { database in
      try Row.fetchAll(database, sql: "SELECT key, value FROM notes ORDER BY key").compactMap { row in
        guard let key = String.fromDatabaseValue(row["key"]), key.hasPrefix(prefix),
          let text = String.fromDatabaseValue(row["value"]), let value = try? JSONParser.parse(text)
        else { return nil }
        return (key, value)
      }
    }
  }

  /// Writes a note, over an older one.
  public func setNote(_ key: String, _ value: JSONValue) throws {
    try file.write {
      try $0.execute(sql: "INSERT OR REPLACE INTO notes VALUES (?, ?)", arguments: [key, value.text()])
    }
  }
}

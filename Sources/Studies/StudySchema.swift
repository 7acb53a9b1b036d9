internal import GRDB

/// The tables of a study, and how older ones become today's.
enum StudySchema {
  static func build(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        \(table(.training))
        CREATE INDEX trials_by_key ON trials (key);
        \(table(.look))
        PRAGMA application_id = \(StudyFile.applicationID);
        PRAGMA user_version = \(StudyFile.version);
        """)
  }

  /// Trials and looks have the same columns.
  private static func table(_ kind: Trial.Kind) -> String {
    """
    CREATE TABLE \(kind.table) (
      number INTEGER PRIMARY KEY,
      point TEXT NOT NULL UNIQUE,
      origin TEXT NOT NULL,
      state TEXT NOT NULL,
      key TEXT, measurement TEXT, reason TEXT,
      started REAL, finished REAL,
      worker TEXT, machine TEXT, process INTEGER, process_start TEXT,
      lease_end REAL,
      attempts INTEGER NOT NULL DEFAULT 0,
      memory_kills INTEGER,
      memory_deaths INTEGER NOT NULL DEFAULT 0
    );
    """
  }

  /// Version 2 tells trials that ran out of memory from trials whose worker was killed; version 3 has looks.
  static func update(_ database: Database, from version: Int32) throws {
    if version < 2 {
      try database.execute(
        sql: """
          ALTER TABLE trials ADD COLUMN memory_kills INTEGER;
          ALTER TABLE trials ADD COLUMN memory_deaths INTEGER NOT NULL DEFAULT 0;
          """)
    }
    if version < 3 { try database.execute(sql: table(.look)) }
    if version < StudyFile.version { try database.execute(sql: "PRAGMA user_version = \(StudyFile.version);") }
  }
}

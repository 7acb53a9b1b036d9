internal import CLIPFiles
internal import GRDB

extension Trial {
  static func text(_ point: [Int]) -> String { point.map(String.init).joined(separator: ",") }

  /// Named one by one: a column that is missing is a fault of the file, not of this program.
  private static let columns =
    "number, point, origin, state, key, measurement, reason, started, finished, worker, attempts"

  /// All trials or looks, by number; none of a study of before there were any.
  /// - Throws: ``StudyDamage`` for rows that no program wrote.
  static func all(_ database: Database, _ kind: Kind = .training) throws -> [Trial] {
    if kind != .training, try !database.tableExists(kind.table) { return [] }
    return try Row.fetchAll(database, sql: "SELECT \(columns) FROM \(kind.table) ORDER BY number").map {
      try Trial($0, kind)
    }
  }

  private init(_ row: Row, _ kind: Kind) throws {
    let name = kind.word
    guard let number = Int.fromDatabaseValue(row["number"]), number > 0, number <= Self.largestNumber else {
      throw StudyDamage(problem: "a \(name) has no number")
    }
    guard let points = String.fromDatabaseValue(row["point"]) else {
      throw StudyDamage(problem: "\(name) \(number) has no point")
    }
    let point = points.split(separator: ",").compactMap { Int($0) }
    guard Self.text(point) == points else { throw StudyDamage(problem: "\(name) \(number) has no readable point") }
    guard let state = String.fromDatabaseValue(row["state"]).flatMap(State.init) else {
      throw StudyDamage(problem: "\(name) \(number) has no known state")
    }
    var measurement: JSONValue?
    if let text = String.fromDatabaseValue(row["measurement"]) {
      do { measurement = try JSONParser.parse(text) } catch let error as InputError {
        throw StudyDamage(problem: "the measurement of \(name) \(number) is \(error.problem)")
      }
    }
    self.init(
      number: number, point: point, origin: String.fromDatabaseValue(row["origin"]) ?? "", state: state,
      key: String.fromDatabaseValue(row["key"]), measurement: measurement,
      reason: String.fromDatabaseValue(row["reason"]), started: Double.fromDatabaseValue(row["started"]),
      finished: Double.fromDatabaseValue(row["finished"]), worker: String.fromDatabaseValue(row["worker"]),
      attempts: Int.fromDatabaseValue(row["attempts"]) ?? 0, kind: kind)
  }

  /// More trials than any search makes; a file that says more is damaged.
  static let largestNumber = 1_000_000_000
}

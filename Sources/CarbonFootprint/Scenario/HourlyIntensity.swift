internal import CLIPFiles
internal import CLIPUnits

/// The hours of the day in which a device is used, `18-24` or, over midnight, `22-4`.
public struct DailyWindow: Equatable, Sendable {
  /// The hour in which use begins, 0 to 23.
  public let start: Int
  /// For how many hours, 1 to 24.
  public let hours: Int

  /// Hours as a user writes them: `18-24`, `22-4` or `18:00-24:00`; both ends on the full hour.
  /// - Throws: `InputError` for anything else, and where both ends are the same.
  public init(_ text: String) throws {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end -> Int? in
      var digits = String(end).trimmed
      if digits.hasSuffix(":00") { digits.removeLast(3) }
      return digits.count <= 2 && digits.allSatisfy(\.isASCII) ? Int(digits) : nil
    }
    guard ends.count == 2, let first = ends[0], let last = ends[1], (0...23).contains(first), (0...24).contains(last),
      first != last
    else {
      throw InputError(
        "window: expected two hours of the day, 0 to 24, found \(text.quoted())", advice: "such as 18-24 or 22-4")
    }
    start = first
    hours = first < last ? last - first : last + 24 - first
  }

  /// The hours in which the device is used, each 0 to 23.
  public var hoursOfDay: [Int] { (0..<hours).map { (start + $0) % 24 } }
  /// `18-24`.
  public var text: String { "\(start)-\(start + hours <= 24 ? start + hours : start + hours - 24)" }
}

/// A grid's carbon intensity by the hour of the day: the means over all days of a file.
public struct HourlyIntensity: Equatable, Sendable {
  /// Mean of each hour of the day, 24 values in gCO2e/kWh.
  public let means: [Double]
  private let file: String

  /// Reads a CSV file with the column `gco2e_per_kwh` and either `hour` (0 to 23) or `datetime` (such as
  /// `2024-01-31 17:00`), a row for every hour, one day or many. The clock is the file's.
  /// - Throws: `InputError` naming file and line, and when an hour of the day is missing.
  public init(file path: String) throws {
    let table = try FigureTable(file: path, columns: ["gco2e_per_kwh"])
    file = path
    var sums = [Double](repeating: 0, count: 24), counts = [Int](repeating: 0, count: 24)
    try namingFile(path) {
      for row in table.rows {
        let hour = try Self.hour(of: row)
        sums[hour] += try row.number("gco2e_per_kwh", in: GridIntensity.range)
        counts[hour] += 1
      }
      if let missing = counts.firstIndex(of: 0) {
        throw InputError("has no row for hour \(missing) of the day", advice: "give all 24 hours, of one day or more")
      }
    }
    means = zip(sums, counts).map { $0 / Double($1) }
  }

  private static func hour(of row: FigureTable.Row) throws -> Int {
    guard row["datetime"].isEmpty else {
      // 2024-01-31T17:00..., with a space or T between.
      let text = row["datetime"]
      let time = text.dropFirst(11)
      let separator = text.dropFirst(10).first
      guard separator == " " || separator == "T", let hour = Int(time.prefix(2)), (0...23).contains(hour),
        time.count == 2 || time.dropFirst(2).first == ":"
      else {
        throw InputError(
          "expected a time such as 2024-01-31 17:00, found \(text.quoted())", at: row.place("datetime"))
      }
      return hour
    }
    guard !row["hour"].isEmpty else {
      throw InputError(
        "has neither hour nor datetime", at: "line \(row.line)",
        advice: "name a column hour (0 to 23) or datetime (2024-01-31 17:00)")
    }
    return try row.integer("hour", in: 0...23)
  }

  /// The mean intensity in the hours of a window; all day where there is none.
  public func grid(in window: DailyWindow?) -> GridIntensity {
    let hours = window?.hoursOfDay ?? Array(0..<24)
    let mean = hours.reduce(0) { $0 + means[$1] } / Double(hours.count)
    return GridIntensity(
      code: GridIntensity.customCode, name: "hours \(window?.text ?? "0-24") of \(Folder.name(of: file))",
      intensity: GramsPerKilowattHour(mean), source: "hourly figures given by the user")
  }
}

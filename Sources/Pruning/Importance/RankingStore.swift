import CLIPFiles
import CLIPSystem

enum CalibrationMissing {
  static let error = InputError(
    "this strategy looks at image-text pairs", advice: "name them with --calibration-data")
}

/// Scores that took long to find, kept as they are found: an interrupted ranking goes on where it stopped, and the same
/// ranking is never made twice.
///
/// A file of one JSON object a line, `{"key": ..., "scores": [...]}`. A line cut short by a crash is ignored and made anew.
/// Its name is made from the model's weights, the pairs and the strategy, so other ones never meet it.
public final class RankingStore: Sendable {
  /// The file; nil keeps scores in memory only.
  public let path: String?
  private let scores: Lock<[String: [Double]]>

  /// Scores in memory only.
  public init() {
    path = nil
    scores = Lock([:])
  }

  /// - Throws: ``InputError`` when the file cannot be read.
  public init(path: String) throws {
    self.path = path
    var found: [String: [Double]] = [:]
    if Folder.containsFile(path) {
      for line in try TextFile.lines(of: path) {
        guard let value = try? JSONParser.parse(line), let key = value["key"]?.stringValue,
          let list = value["scores"]?.arrayValue
        else { continue }
        let numbers = list.compactMap { $0.doubleValue }
        if numbers.count == list.count { found[key] = numbers }
      }
    }
    scores = Lock(found)
  }

  /// The scores of a name; nil where they are not of the wanted number.
  public func find(_ key: String, count: Int) -> [Double]? {
    scores.withLock { $0[key] }.flatMap { $0.count == count ? $0 : nil }
  }

  /// Keeps the scores of a name.
  /// - Throws: ``InputError`` when they cannot be written.
  public func keep(_ key: String, _ values: [Double]) throws {
    let all = scores.withLock { scores in
      scores[key] = values
      return scores
    }
    guard let path else { return }
    try Folder.make(Folder.parent(of: path))
    let lines = all.keys.sorted().map { key in
      JSONValue.object(["key": .string(key), "scores": .array((all[key] ?? []).map { .number($0) })]).text()
    }
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: path)
  }

  /// The scores of a name, found before or computed and kept now.
  func scores(_ key: String, count: Int, _ compute: () throws -> [Double]) throws -> [Double] {
    if let known = find(key, count: count) { return known }
    let values = try compute()
    try keep(key, values)
    return values
  }
}

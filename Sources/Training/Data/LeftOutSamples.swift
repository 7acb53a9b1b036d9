import CLIPFiles
import CLIPRanks

/// The samples of a run that could not be used: how many, how often they were drawn, and why the first of them.
public struct LeftOutSamples: Sendable, Equatable {
  /// No more samples are told apart; beyond them only draws are counted.
  static let mostSamples = 10_000
  /// How many reasons are kept.
  static let mostReasons = 10

  /// How often such a sample was drawn: once an epoch for each.
  public private(set) var draws = 0
  private var numbers: Set<Int> = []
  /// Where the first ones came from and what is wrong with them, one line each.
  public private(set) var reasons: [String] = []

  /// None yet.
  public init() {}

  /// How many different samples they are; at most 10,000 are told apart.
  public var samples: Int { numbers.count }

  /// A drawn sample that cannot be used.
  struct Fault: Equatable {
    let sample: Int
    /// Where it came from and what is wrong with it, one line.
    let reason: String

    /// The faults of each rank.
    static func gather(_ own: [Fault], from ranks: any RankGroup) throws -> [[Fault]] {
      // Hardly ever are there any: then one number is all that is told.
      let counts = try ranks.gather(own.count)
      guard counts.contains(where: { $0 > 0 }) else { return counts.map { _ in [] } }
      let texts = try ranks.gather(own.map { "\($0.sample) \($0.reason.singleLine)" }.joined(separator: "\n"))
      return texts.map { text in
        text.split(separator: "\n").compactMap { line in
          let words = line.split(separator: " ", maxSplits: 1)
          return Int(words[0]).map { Fault(sample: $0, reason: words.count > 1 ? String(words[1]) : "") }
        }
      }
    }
  }

  /// Counts a draw of a sample that cannot be used.
  mutating func add(_ fault: Fault) {
    draws += 1
    guard numbers.count < Self.mostSamples, numbers.insert(fault.sample).inserted else { return }
    if reasons.count < Self.mostReasons { reasons.append(fault.reason) }
  }

  /// `4 samples could not be used and were left out (48 draws); the first: d.tar: 000003: ...`, or nil without any.
  public var summary: String? {
    guard let first = reasons.first ?? (draws > 0 ? "its reason was not recorded" : nil) else { return nil }
    // Resume points of earlier versions counted draws alone.
    let isWhole = numbers.count < Self.mostSamples && !numbers.isEmpty
    let count = isWhole ? "\(samples)" : numbers.isEmpty ? "some" : "\(Self.mostSamples) or more"
    return "\(count) sample\(isWhole && samples == 1 ? "" : "s") could not be used and "
      + "\(isWhole && samples == 1 ? "was" : "were") left out (\(draws) draw\(draws == 1 ? "" : "s")); the first: \(first)"
  }

  /// For a log's end, a page and a card.
  var facts: JSONObject {
    ["samples": .integer(samples), "draws": .integer(draws), "first": .array(reasons.map { .string($0) })]
  }

  /// All of it, for a resume point.
  var json: JSONObject {
    var object = facts
    object["numbers"] = .array(numbers.sorted().map { .integer($0) })
    return object
  }

  /// - Throws: ``InputError`` when a count is negative.
  init(_ json: JSONObject) throws {
    guard let draws = json["draws"]?.intValue, draws >= 0 else {
      throw InputError("the resume point's count of samples left out is missing")
    }
    self.draws = draws
    numbers = Set((json["numbers"]?.arrayValue ?? []).compactMap(\.intValue).prefix(Self.mostSamples))
    reasons = (json["first"]?.arrayValue ?? []).compactMap(\.stringValue).prefix(Self.mostReasons).map(\.singleLine)
  }

  /// What versions before 0.2 kept: the draws alone.
  init(draws: Int) { self.draws = draws }
}

/// What a claim is judged by: the margin within which a rival counts, the aim, and how much is drawn.
public struct ClaimRule: Equatable, Sendable {
  /// A rival may be so much less accurate than the member, 0 to 1.
  public var margin = 0.03
  /// What more than half of the members have to save at the least, 0 to 1.
  public var most = 0.3
  /// What every member has to save more than, 0 to 1.
  public var all = 0.17
  /// The share of draws in which the aim must be reached.
  public var certainty = 0.95
  /// How many draws.
  public var draws = 10_000
  /// What they depend on.
  public var seed: UInt64 = 0
  /// From this share of draws on a model decides: it is some member's rival so often.
  public static let deciding = 0.05
  /// Numbers of draws that are accepted.
  public static let drawRange = 100...100_000

  /// The rule of the plan.
  public init() {}

  /// Of so many members more than half: three of five.
  public static func majority(of members: Int) -> Int { members / 2 + 1 }

  /// Whether savings, one a member, are what more than half of the members should save.
  func reachesMost(_ savings: some Collection<Double>) -> Bool {
    savings.reduce(0) { $0 + ($1 >= most - Self.rounding ? 1 : 0) } >= Self.majority(of: savings.count)
  }

  /// Whether savings, one a member, are what every member should save.
  func reachesAll(_ savings: some Collection<Double>) -> Bool { savings.allSatisfy { $0 > all } }

  /// What sums of floats may be off by.
  static let rounding = 1e-9
}

/// What is drawn: the choice of pictures, that of seeds, and what is uncertain in the carbon.
public enum ClaimSource: String, CaseIterable, Sendable {
  /// All three at once.
  case all
  /// Pictures alone; seeds and carbon as they are.
  case pictures
  /// Seeds alone.
  case seeds
  /// Carbon alone.
  case carbon

  /// What tables call it.
  package var title: String { self == .all ? "all" : "\(rawValue) alone" }
}

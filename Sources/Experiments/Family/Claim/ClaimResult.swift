/// What models emit in one use, as stated and in every draw.
public struct ClaimCarbon: Sendable {
  /// The use's name.
  public let use: String
  /// Of each model, in kg.
  public let stated: [Double]
  /// Of each model in every draw, in kg: `[models][draws]`; empty where nothing is uncertain.
  public let draws: [[Double]]

  /// Carbon of its parts.
  public init(use: String, stated: [Double], draws: [[Double]] = []) {
    self.use = use
    self.stated = stated
    self.draws = draws
  }
}

/// A figure as it is, and what 90 of 100 draws leave it.
public struct DrawnFigure: Equatable, Sendable {
  /// Nothing drawn.
  public let stated: Double
  /// From 5 to 95 % of the draws, by what is drawn.
  public let ranges: [ClaimSource: ClosedRange<Double>]

  /// From 5 to 95 % of the draws of everything.
  public var range: ClosedRange<Double> { ranges[.all] ?? stated...stated }

  /// A figure with its draws, which may be in any order.
  init(_ stated: Double, _ draws: [ClaimSource: [Double]]) {
    self.stated = stated
    ranges = draws.mapValues { Self.middle(of: $0) }
  }

  /// What nine of ten draws lie in: from the nearest rank of 5 % to that of 95 %.
  static func middle(of draws: [Double]) -> ClosedRange<Double> {
    let sorted = draws.sorted()
    func rank(_ share: Double) -> Int {
      min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))
    }
    guard !sorted.isEmpty else { return 0...0 }
    return sorted[rank(0.05)]...sorted[rank(0.95)]
  }
}

/// What a family saves against its rivals in one boundary, on one grid.
public struct ClaimResult: Sendable {
  /// What a member saves.
  public struct Saving: Sendable {
    /// At the rival's accuracy, read off the family's front.
    public let saved: DrawnFigure
    /// The member's own carbon against the rival's.
    public let strictly: DrawnFigure
    /// As ``saved``, where a rival counts by the cheapest one within the margin of it: the margin granted twice.
    public let byCheaper: DrawnFigure
  }

  /// A member in one use.
  public struct Row: Sendable {
    /// Its place among the models, and its rival's as the figures stand.
    public let member: Int, rival: Int
    /// Whether no rival is accurate enough, so that the base model stands in for one.
    public let isAgainstBase: Bool
    /// What it saves.
    public let saving: Saving
    /// How much more accurate it is than the rival, 0 to 1: pictures paired, seeds of both drawn.
    public let difference: DrawnFigure
    /// Whether 90 % of the draws of the difference lie within the margin.
    public let isEqual: Bool
    /// The share of draws in which each model is its rival, by place; those that never are lack.
    public let rivals: [Int: Double]
  }

  /// All members in one use.
  public struct Use: Sendable {
    /// The use's name.
    public let name: String
    /// One a member.
    public let rows: [Row]
    /// What the family saves against every other model at that one's accuracy, by place; nothing where no member is so
    /// accurate.
    public let against: [Int: DrawnFigure]
  }

  /// The share of draws in which a statement holds.
  public struct Shares: Equatable, Sendable {
    /// More than half of the members save what they should.
    public let most: Double
    /// Every member does.
    public let all: Double
    /// Both at once.
    public let both: Double
    /// Both at once, where a rival counts by the cheapest one within the margin of it.
    public let byCheaper: Double
  }

  /// One a use.
  public let uses: [Use]
  /// One a member: in the use where it saves less, draw by draw.
  public let least: [Saving]
  /// By what is drawn.
  public let shares: [ClaimSource: Shares]
  /// Whether the figures as they stand reach the aim.
  public let isReached: Bool

  /// The share of draws in which each model is some member's rival in some use: the largest of them, by place.
  public var deciding: [Int: Double] {
    uses.flatMap(\.rows).reduce(into: [:]) { found, row in
      for (model, share) in row.rivals { found[model] = max(found[model] ?? 0, share) }
    }
  }
}

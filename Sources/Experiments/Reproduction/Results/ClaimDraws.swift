internal import CLIPCarbonFootprint
internal import CLIPUnits

/// What is known of a claim when the inputs are known only roughly: one draw of an input holds for both models.
public struct ClaimDraws: Equatable, Sendable {
  /// What is claimed.
  public let claim: PublishedTables.Claim
  /// The set-up's key.
  public let setup: String
  /// What is assumed.
  public let title: String
  /// Whether each model is on its best accelerator; otherwise both are on the printed ones.
  public let isOnOwnBest: Bool
  /// By how much the model is below the other, as stated.
  public let less: Double
  /// The same, exceeded in 95 and in 5 of 100 draws.
  public let low, high: Double
  /// The share of draws in which the model emits less than the other.
  public let probability: Double

  /// How many draws a study has.
  public static let draws = 10_000
  /// The seed of the draws.
  public static let seed: UInt64 = 0

  /// - Throws: `InputError` where the study is refused.
  init(
    _ claim: PublishedTables.Claim, _ setup: Setup, isOnOwnBest: Bool, _ model: LifetimeCarbon,
    _ against: LifetimeCarbon
  ) throws {
    self.claim = claim
    self.setup = setup.key
    self.isOnOwnBest = isOnOwnBest
    title = isOnOwnBest ? "\(setup.title), each on its own best" : setup.title
    let study = try UncertaintyStudy([model, against], draws: Self.draws, seed: Self.seed)
    less = CarbonDifference.less(model.total.value, than: against.total.value)
    let drawn = zip(study.totals(of: 0), study.totals(of: 1)).map { CarbonDifference.less($0, than: $1) }.sorted()
    low = drawn[Self.draws / 20 - 1]
    high = drawn[Self.draws * 19 / 20 - 1]
    probability = study.probability(that: 0, isGreenerThan: 1)
  }

  static func all(
    _ claims: [PublishedTables.Claim], _ family: [FamilyFigures], _ optima: [Optimum], _ setups: Setups
  ) throws -> [ClaimDraws] {
    func printed(_ member: FamilyMember, _ setup: Setup) -> LifetimeCarbon? {
      family.first { $0.member == member }?[setup].carbon
    }
    func own(_ member: FamilyMember, _ setup: Setup) -> LifetimeCarbon? {
      optima.of(member.configuration, in: setup)?.leastCarbon?.carbon
    }
    return try claims.flatMap { claim in
      try [setups.referencePublished, setups.physicalPublished, setups.physicalEdge].flatMap { setup in
        try [(false, printed), (true, own)].compactMap { isOnOwnBest, carbon -> ClaimDraws? in
          guard let model = carbon(claim.model, setup), let against = carbon(claim.against, setup) else { return nil }
          return try ClaimDraws(claim, setup, isOnOwnBest: isOnOwnBest, model, against)
        }
      }
    }
  }
}

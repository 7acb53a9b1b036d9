public import CLIPCompute
internal import CLIPFiles

/// Draws what is uncertain of a claim: pictures the same ones for every model, seeds of each training, and carbon. Fronts,
/// rivals and savings are found anew in each draw.
public struct ClaimStudy: Sendable {
  /// The compared models.
  public let models: [ClaimModel]
  /// What is judged by.
  public let rule: ClaimRule
  private let accuracies: AccuracyDraws
  private let judge: ClaimJudge
  private let pool: ThreadPool

  /// Draws pictures and seeds.
  /// - Throws: `InputError` for models that were not measured on the same pictures, for none that is a member or a rival.
  public init(_ models: [ClaimModel], _ rule: ClaimRule = ClaimRule(), on pool: ThreadPool) throws {
    self.models = models
    self.rule = rule
    self.pool = pool
    judge = ClaimJudge(models, margin: rule.margin)
    guard !judge.members.isEmpty, !judge.whole.isEmpty else {
      throw InputError("a claim needs members and the base model, measured alike", advice: "train the family first")
    }
    guard ClaimRule.drawRange.contains(rule.draws) else {
      throw InputError("draws: expected 100 to 100000, found \(rule.draws)")
    }
    accuracies = try AccuracyDraws(models, draws: rule.draws, seed: rule.seed, on: pool)
  }

  /// From 5 to 95 % of the draws of a model's accuracy, pictures and seeds drawn.
  /// - Parameter model: its place among the models
  public func accuracyRange(of model: Int) -> ClosedRange<Double> {
    DrawnFigure.middle(of: (0..<rule.draws).map { accuracies.both[$0 * models.count + model] })
  }

  /// How much more accurate one model is than another, pictures paired.
  public func difference(of one: Int, from other: Int) -> DrawnFigure {
    func drawn(_ values: [Double]) -> [Double] {
      (0..<rule.draws).map { values[$0 * models.count + one] - values[$0 * models.count + other] }
    }
    return DrawnFigure(
      accuracies.stated[one] - accuracies.stated[other],
      [.all: drawn(accuracies.both), .pictures: drawn(accuracies.pictures), .seeds: drawn(accuracies.seeds)])
  }

  /// Whether two models are called equal: 90 % of the draws of their difference lie within the margin.
  func isEqual(_ difference: DrawnFigure) -> Bool {
    difference.range.lowerBound >= -rule.margin && difference.range.upperBound <= rule.margin
  }

  /// The models of kind 1 that no other of them beats in accuracy and carbon, as the figures stand.
  public func rivalFront(_ carbon: ClaimCarbon) -> Set<Int> {
    let accuracy = accuracies.stated, kilograms = carbon.stated
    return Set(
      judge.rivals.filter { one in
        !judge.rivals.contains { other in
          accuracy[other] >= accuracy[one] && kilograms[other] <= kilograms[one]
            && (accuracy[other] > accuracy[one] || kilograms[other] < kilograms[one])
        }
      })
  }

  /// The members that no other member beats.
  public func familyFront(_ carbon: ClaimCarbon) -> [Int] {
    var front: [Int] = []
    judge.fillFront(&front, accuracies.stated, carbon.stated)
    return front
  }

  /// What the family saves in some uses, all in one boundary and on one grid.
  /// - Parameter uses: what the models emit in each
  /// - Throws: `InputError` for uses that have not one figure a model and draw.
  public func result(of uses: [ClaimCarbon]) throws -> ClaimResult {
    for use in uses {
      guard use.stated.count == models.count, use.draws.allSatisfy({ $0.count == rule.draws }),
        use.draws.isEmpty || use.draws.count == models.count, use.stated.allSatisfy({ $0 > 0 && $0.isFinite })
      else { throw InputError("\(use.use): expected the carbon of \(models.count) models, in \(rule.draws) draws") }
    }
    func drawn(_ source: ClaimSource?) -> DrawnClaim {
      let accuracy: [Double] =
        switch source {
        case .all: accuracies.both
        case .pictures: accuracies.pictures
        case .seeds: accuracies.seeds
        case .carbon, nil: accuracies.stated
        }
      let isDrawn = source == .all || source == .carbon
      return DrawnClaim(
        judge, accuracy: accuracy, models: models.count, others: others,
        carbon: uses.map { use in
          isDrawn && !use.draws.isEmpty ? { use.draws[$0][$1] } : { model, _ in use.stated[model] }
        }, draws: source == nil ? 1 : rule.draws, on: pool)
    }
    let found = Found(
      stated: drawn(nil), drawn: ClaimSource.allCases.reduce(into: [:]) { $0[$1] = drawn($1) })
    return ClaimResult(
      uses: uses.indices.map { use($0, uses[$0].use, found) },
      least: judge.members.indices.map { member in found.saving { $0.least($1, member: member) } },
      shares: found.drawn.mapValues { $0.shares(rule) }, isReached: found.stated.shares(rule).both == 1)
  }

  /// The models that are no members.
  private var others: [Int] { models.indices.filter { models[$0].kind != .member } }

  private func use(_ use: Int, _ name: String, _ found: Found) -> ClaimResult.Use {
    let rows = judge.members.enumerated().map { place, member in
      let rival = found.stated.rival(use: use, member: place), difference = difference(of: member, from: rival)
      return ClaimResult.Row(
        member: member, rival: rival,
        isAgainstBase: accuracies.stated[rival] < accuracies.stated[member] - rule.margin - ClaimRule.rounding,
        saving: found.saving { $0.values($1, use: use, member: place) }, difference: difference,
        isEqual: isEqual(difference), rivals: found.drawn[.all]?.rivalShares(use: use, member: place) ?? [:])
    }
    let others = others
    let against = others.indices.reduce(into: [Int: DrawnFigure]()) { figures, place in
      func saved(_ drawn: DrawnClaim) -> [Double] { drawn.against(place, use: use, of: others.count) }
      figures[others[place]] = DrawnFigure(
        saved(found.stated)[0], found.drawn.filter { $0.key == .all }.mapValues(saved))
    }
    return ClaimResult.Use(name: name, rows: rows, against: against)
  }

  /// What was found without draws, and by what is drawn.
  private struct Found {
    let stated: DrawnClaim
    let drawn: [ClaimSource: DrawnClaim]

    func saving(_ values: (DrawnClaim, DrawnClaim.Measure) -> [Double]) -> ClaimResult.Saving {
      func figure(_ measure: DrawnClaim.Measure) -> DrawnFigure {
        DrawnFigure(values(stated, measure)[0], drawn.mapValues { values($0, measure) })
      }
      return ClaimResult.Saving(
        saved: figure(.saved), strictly: figure(.strictly), byCheaper: figure(.byCheaper))
    }
  }
}

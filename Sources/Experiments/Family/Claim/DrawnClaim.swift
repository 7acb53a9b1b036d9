internal import CLIPCompute

/// What members save in each of many draws, in each use.
struct DrawnClaim {
  /// What is found of a member in a draw.
  enum Measure: Int, CaseIterable { case saved, strictly, byCheaper }

  /// How many draws.
  let count: Int
  private let members: Int, uses: Int
  /// `[measures, uses, members, draws]`.
  private let figures: [Double]
  /// `[uses, members, draws]`: places among the models.
  private let rivals: [Int]
  /// `[uses, others, draws]`.
  private let savedAgainst: [Double]

  /// Draws that one thread does at a time.
  private static let rows = 200

  /// - Parameters:
  ///   - accuracy: `[draws, models]`, or `[models]` where it is the same in every draw
  ///   - models: how many
  ///   - others: the models against which the family's saving is found besides, by place
  ///   - carbon: of each use: a model's carbon in a draw
  init(
    _ judge: ClaimJudge, accuracy: [Double], models: Int, others: [Int],
    carbon: [(_ model: Int, _ draw: Int) -> Double],
    draws count: Int, on pool: ThreadPool
  ) {
    let members = judge.members.count, uses = carbon.count, isFixed = accuracy.count == models
    var figures = [Double](repeating: 0, count: Measure.allCases.count * uses * members * count)
    var rivals = [Int](repeating: 0, count: uses * members * count)
    var savedAgainst = [Double](repeating: 0, count: uses * others.count * count)
    figures.withUnsafeMutableBufferPointer { figures in
      rivals.withUnsafeMutableBufferPointer { rivals in
        savedAgainst.withUnsafeMutableBufferPointer { savedAgainst in
          pool.forEach((count + Self.rows - 1) / Self.rows) { chunk in
            var front: [Int] = [], own = [Double](repeating: 0, count: models), kilograms = own
            for draw in chunk * Self.rows..<min(count, (chunk + 1) * Self.rows) {
              for model in 0..<models { own[model] = accuracy[isFixed ? model : draw * models + model] }
              for use in 0..<uses {
                for model in 0..<models { kilograms[model] = carbon[use](model, draw) }
                judge.fillFront(&front, own, kilograms)
                for (place, member) in judge.members.enumerated() {
                  guard let found = judge.outcome(of: member, on: front, own, kilograms) else { continue }
                  let row = use * members + place
                  rivals[row * count + draw] = found.rival
                  for measure in Measure.allCases {
                    figures[(measure.rawValue * uses * members + row) * count + draw] = found[measure]
                  }
                }
                for (place, other) in others.enumerated() {
                  savedAgainst[(use * others.count + place) * count + draw] =
                    judge.saved(against: other, on: front, own, kilograms)
                }
              }
            }
          }
        }
      }
    }
    (self.count, self.members, self.uses) = (count, members, uses)
    (self.figures, self.rivals, self.savedAgainst) = (figures, rivals, savedAgainst)
  }

  /// A member's figure in every draw of a use.
  func values(_ measure: Measure, use: Int, member: Int) -> [Double] {
    let first = ((measure.rawValue * uses + use) * members + member) * count
    return Array(figures[first..<first + count])
  }

  /// A member's figure in every draw, in the use where it is less.
  func least(_ measure: Measure, member: Int) -> [Double] {
    var least = values(measure, use: 0, member: member)
    for use in 1..<max(1, uses) {
      for (draw, value) in values(measure, use: use, member: member).enumerated() where value < least[draw] {
        least[draw] = value
      }
    }
    return least
  }

  /// A member's rival in the first draw.
  func rival(use: Int, member: Int) -> Int { rivals[(use * members + member) * count] }

  /// How often each model is a member's rival, as a share of the draws.
  func rivalShares(use: Int, member: Int) -> [Int: Double] {
    let first = (use * members + member) * count
    let found = rivals[first..<first + count].reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    return found.mapValues { Double($0) / Double(count) }
  }

  /// What the family saves against one of the others in every draw of a use.
  func against(_ other: Int, use: Int, of others: Int) -> [Double] {
    let first = (use * others + other) * count
    return Array(savedAgainst[first..<first + count])
  }

  /// The share of draws in which statements about all members hold, each member in the use where it saves less.
  func shares(_ rule: ClaimRule) -> ClaimResult.Shares {
    func savings(_ measure: Measure) -> [[Double]] { (0..<members).map { least(measure, member: $0) } }
    let saved = savings(.saved), cheaper = savings(.byCheaper)
    var most = 0, all = 0, both = 0, byCheaper = 0
    for draw in 0..<count {
      let own = saved.map { $0[draw] }, strict = cheaper.map { $0[draw] }
      let reachesMost = rule.reachesMost(own), reachesAll = rule.reachesAll(own)
      if reachesMost { most += 1 }
      if reachesAll { all += 1 }
      if reachesMost, reachesAll { both += 1 }
      if rule.reachesMost(strict), rule.reachesAll(strict) { byCheaper += 1 }
    }
    func share(_ number: Int) -> Double { Double(number) / Double(count) }
    return ClaimResult.Shares(most: share(most), all: share(all), both: share(both), byCheaper: share(byCheaper))
  }
}

extension ClaimJudge.Outcome {
  fileprivate subscript(measure: DrawnClaim.Measure) -> Double {
    switch measure {
    case .saved: saved
    case .strictly: strictly
    case .byCheaper: byCheaper
    }
  }
}

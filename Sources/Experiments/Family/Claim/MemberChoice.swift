internal import CLIPAssessment
internal import CLIPCarbonFootprint
public import CLIPCompute
package import CLIPFiles
internal import CLIPModelShapes
internal import CLIPRecipes
public import CLIPSearch
internal import CLIPSystem
internal import CLIPUnits

/// Chooses a family's members by carbon alone: evenly along the front, in the logarithm of carbon.
///
/// The front is that of validation accuracy against the geometric mean of a model's carbon in several uses, bare dies, each
/// on its own accelerator of least carbon. The ends are the models of least carbon that lose no more than stated against the
/// base model; between them members stand at equal steps of the logarithm of carbon, each the nearest model that is left.
public enum MemberChoice {
  /// A model that may become a member.
  package struct Candidate: Equatable {
    /// The trial that it comes from.
    package let trial: Int
    package let sizes: JSONObject
    /// On validation data.
    package let accuracy: Double
    /// The geometric mean over the uses of what is made small: of carbon in kg.
    package let carbon: Double
    /// Whether it may be a member: the base model's own shape is on the front, but not in the family.
    package let isEligible: Bool

    package init(trial: Int, sizes: JSONObject, accuracy: Double, carbon: Double, isEligible: Bool = true) {
      self.trial = trial
      self.sizes = sizes
      self.accuracy = accuracy
      self.carbon = carbon
      self.isEligible = isEligible
    }
  }

  /// The chosen members of several studies of one search space, ascending in carbon.
  /// - Parameters:
  ///   - fronts: of studies that share the base model
  ///   - prices: what was priced before; nil begins anew
  ///   - observe: told how many trials are priced, and of how many
  /// - Throws: `InputError` where the front has too few models between its ends; `CancellationError` when stopped.
  public static func choose(
    _ names: [String], from fronts: [SearchFront], by rule: ChoiceRecipe, of recipe: FamilyRecipe, on pool: ThreadPool,
    prices: PriceList? = nil, observe: (Int, Int) -> Void = { _, _ in }
  ) throws -> [FamilyModel] {
    guard let base = base(of: fronts) else {
      throw InputError("the search did not try the base model", file: recipe.search.name, advice: "search on")
    }
    let candidates = try candidates(
      .carbon, from: fronts, atLeast: base - rule.mostLoss.smallest, by: rule, of: recipe,
      prices ?? PriceList(on: pool), observe)
    return try zip(names, chosen(names.count, of: candidates, base: base, rule.mostLoss, recipe.name)).map {
      FamilyModel($0, .member, $1.sizes, trial: $1.trial)
    }
  }

  /// The most accurate measurement of the base model, 0 to 1; nil where no study tried it.
  static func base(of fronts: [SearchFront]) -> Double? {
    fronts.compactMap { front in
      front.dense.map { front.finished[$0].record.measurement.accuracy(front.recipe.precision).mean }
    }.max()
  }

  /// The different models of some studies that are accurate enough, each with the geometric mean over the uses of what it has
  /// at the least of a metric, bare dies.
  static func candidates(
    _ metric: Metric, from fronts: [SearchFront], atLeast least: Double, by rule: ChoiceRecipe,
    of recipe: FamilyRecipe, _ prices: PriceList, _ observe: (Int, Int) -> Void
  ) throws -> [Candidate] {
    var candidates: [Candidate] = [], known: Set<String> = []
    let claim = try recipe.claim ?? ClaimRecipe(RecipeNode(.map([]), origin: ClaimRecipe.key))
    let accounts = try rule.uses.map { try claim.account($0, .die, of: recipe.search) }
    let all = fronts.reduce(0) { $0 + $1.finished.count }
    var done = 0
    for front in fronts {
      for one in front.finished {
        defer {
          done += 1
          observe(done, all)
        }
        let sizes = front.recipe.space.json(one.point)
        // What loses more is no member and beats none of those that may become one.
        let accuracy = one.record.measurement.accuracy(front.recipe.precision).mean
        guard accuracy >= least - ClaimRule.rounding else { continue }
        // Studies on one pool hold the same training twice.
        guard known.insert(JSONValue.object(sizes).text()).inserted else { continue }
        let shape = try front.recipe.space.shape(one.point), arithmetic = front.recipe.arithmetic(at: one.point)
        if let loadable = recipe.loadable, !shape.isLoadable(by: loadable) { continue }
        let values = try accounts.compactMap { account in
          // What a model has by itself is the same on every chip; but there must be one.
          try prices.least(
            metric.isOfModel ? .carbon : metric, of: shape, in: account.priced(in: arithmetic.description))?.value(
              of: metric)
        }
        guard values.count == accounts.count else { continue }
        candidates.append(
          Candidate(
            trial: one.trial.number, sizes: sizes, accuracy: accuracy, carbon: geometricMean(values),
            isEligible: shape != front.recipe.dense))
      }
    }
    return candidates
  }

  /// Those of some candidates that become members, ascending in carbon.
  package static func chosen(
    _ count: Int, of candidates: [Candidate], base: Double, _ mostLoss: (smallest: Double, largest: Double),
    _ name: String
  ) throws -> [Candidate] {
    let front = Self.front(of: candidates)
    func least(losing loss: Double) throws -> Candidate {
      guard let found = front.first(where: { $0.accuracy >= base - loss - ClaimRule.rounding }) else {
        throw InputError(
          "no model of the front loses at most \(Figures.short(loss * 100, places: 3)) points against the base model",
          file: name, advice: "search on, or say another most-loss")
      }
      return found
    }
    let first = try least(losing: mostLoss.smallest), last = try least(losing: mostLoss.largest)
    let left = front.filter { $0.carbon >= first.carbon && $0.carbon <= last.carbon }
    guard left.count >= count else {
      throw InputError(
        "the front has \(left.count) models between those ends, fewer than the family's \(count)", file: name,
        advice: "search on, or name fewer members")
    }
    return spread(count, over: left)
  }

  /// The eligible ones that no other beats, ascending in carbon.
  static func front(of candidates: [Candidate]) -> [Candidate] {
    candidates.filter { one in
      !candidates.contains { other in
        other.accuracy >= one.accuracy && other.carbon <= one.carbon
          && (other.accuracy > one.accuracy || other.carbon < one.carbon)
      }
    }.filter(\.isEligible).sorted { $0.carbon < $1.carbon }
  }

  /// At most so many of a front, at equal steps of the logarithm of carbon between its ends.
  static func spread(_ count: Int, over front: [Candidate]) -> [Candidate] {
    guard let first = front.first, let last = front.last else { return [] }
    var left = front, chosen: [Candidate] = []
    // The ends first, so that no step between takes one of them.
    let steps = count == 1 ? [1.0] : [0, 1] + (1..<count - 1).map { Double($0) / Double(count - 1) }
    for step in steps {
      let aim = log(first.carbon) + step * (log(last.carbon) - log(first.carbon))
      guard let place = left.indices.min(by: { abs(log(left[$0].carbon) - aim) < abs(log(left[$1].carbon) - aim) })
      else { continue }
      chosen.append(left.remove(at: place))
    }
    return chosen.sorted { $0.carbon < $1.carbon }
  }

  static func geometricMean(_ values: [Double]) -> Double {
    exp(values.reduce(0) { $0 + log($1) } / Double(max(1, values.count)))
  }
}

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
    /// The geometric mean over the uses, in kg.
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
  /// - Parameter fronts: of studies that share the base model
  /// - Throws: `InputError` where the front has too few models between its ends.
  public static func choose(
    _ names: [String], from fronts: [SearchFront], by rule: ChoiceRecipe, of recipe: FamilyRecipe, on pool: ThreadPool
  ) throws -> [FamilyModel] {
    let bases = fronts.compactMap { front in
      front.dense.map { front.finished[$0].record.measurement.accuracy(front.recipe.precision).mean }
    }
    guard let base = bases.max() else {
      throw InputError("the search did not try the base model", file: recipe.search.name, advice: "search on")
    }
    var candidates: [Candidate] = [], known: Set<String> = []
    let claim = try recipe.claim ?? ClaimRecipe(RecipeNode(.map([]), origin: ClaimRecipe.key))
    let accounts = try rule.uses.map { try claim.account($0, .die, of: recipe.search) }
    for front in fronts {
      for one in front.finished {
        let sizes = front.recipe.space.json(one.point)
        // What loses more is no member and beats none of those that may become one.
        let accuracy = one.record.measurement.accuracy(front.recipe.precision).mean
        guard accuracy >= base - rule.mostLoss.smallest - ClaimRule.rounding else { continue }
        // Studies on one pool hold the same training twice.
        guard known.insert(JSONValue.object(sizes).text()).inserted else { continue }
        let shape = try front.recipe.space.shape(one.point), arithmetic = front.recipe.arithmetic(at: one.point)
        if let loadable = recipe.loadable, !shape.isLoadable(by: loadable) { continue }
        let carbon = try accounts.compactMap { account in
          let own = try account.priced(in: arithmetic.description)
          return try own.assessor.least(.carbon, of: shape, across: own.space, limits: own.limits, on: pool)?.value(
            of: .carbon)
        }
        guard carbon.count == accounts.count else { continue }
        candidates.append(
          Candidate(
            trial: one.trial.number, sizes: sizes, accuracy: accuracy, carbon: geometricMean(carbon),
            isEligible: shape != front.recipe.dense))
      }
    }
    return try zip(names, chosen(names.count, of: candidates, base: base, rule.mostLoss, recipe.name)).map {
      FamilyModel($0, .member, $1.sizes, trial: $1.trial)
    }
  }

  /// Those of some candidates that become members, ascending in carbon.
  package static func chosen(
    _ count: Int, of candidates: [Candidate], base: Double, _ mostLoss: (smallest: Double, largest: Double),
    _ name: String
  ) throws -> [Candidate] {
    let front = candidates.filter { one in
      !candidates.contains { other in
        other.accuracy >= one.accuracy && other.carbon <= one.carbon
          && (other.accuracy > one.accuracy || other.carbon < one.carbon)
      }
    }.filter(\.isEligible).sorted { $0.carbon < $1.carbon }
    func least(losing loss: Double) throws -> Candidate {
      guard let found = front.first(where: { $0.accuracy >= base - loss - ClaimRule.rounding }) else {
        throw InputError(
          "no model of the front loses at most \(Figures.short(loss * 100, places: 3)) points against the base model",
          file: name, advice: "search on, or say another most-loss")
      }
      return found
    }
    let first = try least(losing: mostLoss.smallest), last = try least(losing: mostLoss.largest)
    var left = front.filter { $0.carbon >= first.carbon && $0.carbon <= last.carbon }
    guard left.count >= count else {
      throw InputError(
        "the front has \(left.count) models between those ends, fewer than the family's \(count)", file: name,
        advice: "search on, or name fewer members")
    }
    var chosen: [Candidate] = []
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

internal import CLIPAssessment
internal import CLIPFiles
public import CLIPSearch

/// The models that another search's users would have: chosen from its front as the family's members are from theirs, with what
/// that search made small in the place of carbon.
public enum SearchedFamily {
  /// The chosen models, ascending in what was made small.
  ///
  /// Where the search found no model that loses so little as the largest member may, its most accurate one stands in for it, and
  /// where there are fewer models between the ends than the family has members there are fewer.
  /// - Parameters:
  ///   - front: of the search; its recipe's first metric is what it made small
  ///   - fronts: of the family's own searches, for the base model's accuracy
  ///   - observe: told how many trials are priced, and of how many
  /// - Throws: `InputError` where no study tried the base model; `CancellationError` when stopped.
  public static func choose(
    _ search: SearchedRecipe, from front: SearchFront, beside fronts: [SearchFront], by rule: ChoiceRecipe,
    of recipe: FamilyRecipe, prices: PriceList, observe: (Int, Int) -> Void = { _, _ in }
  ) throws -> [FamilyModel] {
    guard let metric = front.recipe.metrics.first, let base = MemberChoice.base(of: fronts + [front]) else {
      throw InputError("the search did not try the base model", file: search.study, advice: "search on")
    }
    guard front.recipe.dense == recipe.search.dense else {
      throw InputError("is a search over another base model than the family's", file: search.study)
    }
    let found = MemberChoice.front(
      of: try MemberChoice.candidates(
        metric, from: [front], atLeast: base - rule.mostLoss.smallest, by: rule, of: recipe, prices, observe))
    let last = found.first { $0.accuracy >= base - rule.mostLoss.largest - ClaimRule.rounding } ?? found.last
    let between = found.filter { $0.carbon <= last?.carbon ?? 0 }
    return zip(search.names(recipe.members), MemberChoice.spread(recipe.members.count, over: between)).map {
      FamilyModel(
        $0, .searched, $1.sizes, trial: $1.trial, foundBy: FamilyModel.Finder(rule: search.rule, metric: metric))
    }
  }
}

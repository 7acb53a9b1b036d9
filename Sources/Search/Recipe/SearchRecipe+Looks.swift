internal import CLIPFiles
internal import CLIPOptimization
internal import CLIPRecipes

/// The key `looks`: whether shapes are looked at, before any of them is trained.
extension SearchRecipe {
  static let looksKey = "looks"

  /// `true`, `false`, or `{first: 24, per-trial: 8}`; nil, as in recipes of before there were looks, is `false`.
  /// - Parameters:
  ///   - isPossible: whether the optimizer can make use of looks, and there are shapes to choose from
  ///   - initial: trainings before the optimizer learns; nil for its own number
  static func looks(
    _ node: RecipeNode?, isPossible: Bool, initial: Int?
  ) throws -> LookingStrategy.Plan? {
    var plan = LookingStrategy.Plan()
    if let initial { plan.firstTrainings = initial }
    guard let node else { return nil }
    switch node.value {
    case .bool(false): return nil
    case .bool(true): break
    case .map:
      var reader = try RecipeReader(node, as: .search)
      plan.firstLooks = try reader.integer("first", in: 4...10_000) ?? plan.firstLooks
      plan.looksPerTraining = try reader.integer("per-trial", in: 0...1000) ?? plan.looksPerTraining
      try reader.finish()
    default:
      throw node.error("looks must be true, false, or such as {first: 24, per-trial: 8}, found \(node.short)")
    }
    guard isPossible else {
      throw node.error(
        "looks need optimizer grey-box and shapes to choose from", advice: "leave looks out, or change the optimizer")
    }
    return plan
  }

  /// A recipe as a study records it: `false` is left out, as in studies of before there were looks.
  static func recordingLooks(_ recipe: JSONObject) -> JSONObject {
    var recipe = recipe
    if case .bool(false)? = recipe[looksKey] { recipe[looksKey] = nil }
    return recipe
  }

  /// A recipe that says nothing of looks has those of the study that it goes on with.
  static func meaningLooks(
    _ members: [(key: String, node: RecipeNode)], _ study: JSONValue
  ) -> [(key: String, node: RecipeNode)] {
    guard !members.contains(where: { $0.key == looksKey }) else { return members }
    let text = study[looksKey]?.text() ?? "false"
    guard let node = try? Recipe.parse("\(looksKey): \(text)", origin: "the study's looks")[looksKey] else {
      return members
    }
    return members + [(looksKey, node)]
  }
}

public import CLIPCompute
internal import CLIPFiles
internal import CLIPRecipes
internal import CLIPTraining

/// What candidates are trained in: `precision` of the section `finetune`. A study goes on with what it began with, on
/// whichever machine.
extension SearchRecipe {
  private static let section = "finetune", key = "precision"

  /// What candidates are trained in: what the recipe says, else what this processor multiplies best; before account edition 5
  /// floats.
  public var trainingPrecision: ProductArithmetic {
    training.precision ?? (AccountEdition.recordsPrecision(edition) ? .trainingStandard : .float32)
  }

  /// How candidates are fine-tuned, with nothing left to the processor.
  var settledTraining: TrainingSettings {
    var settings = training
    settings.precision = trainingPrecision
    return settings
  }

  /// What a person is told where the recipe does not say it; nil where it does.
  package var precisionNote: String? {
    guard training.precision == nil, mode != .allHardware, AccountEdition.recordsPrecision(edition) else { return nil }
    return "candidates: \(Trainer.note(on: trainingPrecision, asking: "finetune: {precision: fp32}"))"
  }

  /// A recipe as a study records it: with what its candidates are trained in.
  static func recordingPrecision(_ recipe: JSONObject) -> JSONObject {
    var recipe = recipe, finetune = recipe[section]?.objectValue ?? JSONObject()
    guard finetune[key] == nil else { return recipe }
    finetune[key] = .string(ProductArithmetic.trainingStandard.rawValue)
    recipe[section] = .object(finetune)
    return recipe
  }

  /// A recipe that says nothing of it means what the study recorded. A study of before it was recorded trained in floats: a
  /// recipe that says so says the same.
  static func meaningPrecision(
    _ members: [(key: String, node: RecipeNode)], _ study: JSONValue, _ edition: Int
  ) -> [(key: String, node: RecipeNode)] {
    let place = members.firstIndex { $0.key == section }, node = place.map { members[$0].node }
    let recorded = study[section]?[key]?.stringValue, stated = node?[key]?.textValue
    var settings: [(key: String, node: RecipeNode)] = []
    switch node?.value {
    case .map(let found): settings = found
    case nil, .null: break
    default: return members
    }
    if let recorded, stated == nil {
      settings.append((key, RecipeNode(.string(recorded), origin: "the study's precision")))
    } else if recorded == nil, let stated, ProductArithmetic(named: stated) == .float32,
      !AccountEdition.recordsPrecision(edition)
    {
      settings.removeAll { $0.key == key }
    } else {
      return members
    }
    var members = members, changed = RecipeNode(.map(settings), origin: node?.origin ?? "the study's precision")
    changed.places = node?.places
    if let place { members[place] = (section, changed) } else { members.append((section, changed)) }
    if let place, settings.isEmpty, study[section] == nil { members.remove(at: place) }
    return members
  }
}

internal import CLIPCarbonFootprint
internal import CLIPFiles
public import CLIPRecipes
internal import CLIPTraining

extension RecipeKind {
  /// What a search is asked.
  public static let search = RecipeKind(
    example: "mode: carbon", keys: "docs/search.md",
    paths: RecipeKind.scenarioPaths.union([
      "pretrained", "train-data", "val-data", "test-data", "image-root", "costs", "data",
    ]),
    names: RecipeKind.scenarioNames.union(["hardware", "design", "scenario", "figures"]))
}

/// Where a setting belongs: to the search, or to its fine-tuning.
extension SearchRecipe {
  /// What the search says of every candidate's fine-tuning, so that `finetune` cannot.
  private static let own: [(key: String, advice: String)] = [
    ("pretrained", "pretrained stands at the recipe's top level: what is cut, and the teacher"),
    ("model", "the model that is cut stands at the recipe's top level: pretrained"),
    ("tokenizer", "leave it out: candidates read as the model that is cut does"),
    ("force-quick-gelu", "leave it out: candidates compute as the model that is cut does"),
    ("force-image-size", "leave it out: candidates see as the model that is cut does"),
    ("distill-model", "the teacher is the model that is cut: pretrained at the recipe's top level"),
    ("distill-pretrained", "the teacher is the model that is cut: pretrained at the recipe's top level"),
    ("train-data", "train-data stands at the recipe's top level"),
    ("val-data", "val-data stands at the recipe's top level"),
    ("seed", "seed stands at the recipe's top level"),
    ("save-every-minutes", "leave it out: a search keeps what it needs to go on"),
    ("val-frequency", "leave it out: a candidate is measured once, when it is trained"),
  ]

  /// A setting that the search would overrule is refused, not ignored.
  static func checkOwner(of finetune: RecipeNode) throws {
    for (key, advice) in own {
      if let node = finetune[key] { throw node.error("finetune: \(key) belongs to the search", advice: advice) }
    }
  }

  /// What to do with a key that a search does not have, where fine-tuning has it.
  static func place(of key: String) -> String? {
    guard TrainingRequest.all.contains(where: { $0.key == key }) else { return nil }
    return "write it under finetune: finetune: {\(key): ...}"
  }
}

extension AccuracyPrecision {
  /// A precision as recipes and commands write it: `fp32` or `float32`, `int8`.
  init?(_ text: String?, in reader: RecipeReader) throws {
    guard let text else { return nil }
    guard let known = Self(rawValue: text == "fp32" ? Self.float32.rawValue : text) else {
      throw reader.error("precision", "must be float32 (or fp32) or int8, found \(text.quoted())")
    }
    self = known
  }
}

public import CLIPRecipes

extension RecipeKind {
  /// Where and how a chip is made and used.
  public static let scenario = RecipeKind(example: "lifetime: 3 years", keys: "data/scenarios/README.md")

  /// The keys of a scenario whose texts are paths, for recipes that hold one inline.
  public static let scenarioPaths: Set<String> = ["grid-hours", "uncertainty", "file"]
  /// The keys of a scenario whose texts are names or paths.
  public static let scenarioNames: Set<String> = ["base", "device"]
}

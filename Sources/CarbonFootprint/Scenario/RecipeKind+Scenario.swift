public import CLIPRecipes

extension RecipeKind {
  /// Where and how a chip is made and used.
  public static let scenario = RecipeKind(example: "lifetime: 3 years", keys: "data/scenarios/README.md")
}

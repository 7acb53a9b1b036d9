public import CLIPRecipes

extension RecipeKind {
  /// One accelerator.
  public static let accelerator = RecipeKind(example: "clusters: 1", keys: "data/accelerators/README.md")
  /// A space of accelerators.
  public static let acceleratorSpace = RecipeKind(example: "clusters: [1, 2, 4]", keys: "data/accelerators/README.md")
}

/// What a recipe is for, as far as messages about it must know.
public struct RecipeKind: Sendable {
  /// A line that such a recipe may hold.
  public let example: String
  /// What lists its keys: a page of the documentation, or a command.
  public let keys: String

  /// - Parameters:
  ///   - example: such as `lr: 5e-4`
  ///   - keys: such as `docs/search.md`
  public init(example: String, keys: String) {
    self.example = example
    self.keys = keys
  }

  /// Settings of a training run: the flags of `train` and `finetune`.
  public static let training = RecipeKind(example: "lr: 5e-4", keys: "carbonclip train --help")
}

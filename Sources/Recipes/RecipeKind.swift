/// What a recipe is for, as far as messages about it must know.
public struct RecipeKind: Sendable {
  /// A line that such a recipe may hold.
  public let example: String
  /// What lists its keys: a page of the documentation, or a command.
  public let keys: String
  /// The keys, at any depth, whose texts name files or folders that are read.
  public let paths: Set<String>
  /// Those of them whose texts may be names of something else, so that only what looks like a path is looked for.
  public let names: Set<String>

  /// - Parameters:
  ///   - example: such as `lr: 5e-4`
  ///   - keys: such as `docs/search.md`
  ///   - paths: the keys whose texts name files or folders that are read, such as `train-data`
  ///   - names: the keys whose texts are names or paths, such as `model`
  public init(example: String, keys: String, paths: Set<String> = [], names: Set<String> = []) {
    self.example = example
    self.keys = keys
    self.paths = paths
    self.names = names
  }

  /// Settings of a training run: the flags of `train` and `finetune`.
  public static let training = RecipeKind(
    example: "lr: 5e-4", keys: "carbonclip train --help",
    paths: ["pretrained", "tokenizer", "train-data", "val-data", "image-root", "distill-pretrained"],
    names: ["model", "distill-model"])
}

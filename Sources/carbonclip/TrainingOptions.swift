import ArgumentParser
import CLIPFiles
import CLIPRecipes

/// The flags of `train` and `finetune`: one for each setting, open_clip's names, each also a key of a recipe; and what is
/// no setting.
struct TrainingOptions: ParsableArguments {
  @Argument(help: "A recipe (YAML) with any of the settings below, without the dashes; flags override it.")
  var recipe: String?

  @OptionGroup var settings: SettingFlags

  @Option(help: "A loss with its weight, such as feature=4; may be repeated. docs/training.md lists them.")
  var loss: [String] = []
  @Option(
    name: .customLong("aug-cfg"),
    help:
      "Augmentation, as KEY=VALUE: augment=false, scale=0.4,1, color-jitter=0.4,0.4,0.4,0.1, gray-scale-prob=0.2 ...")
  var augmentation: [String] = []

  @Option(help: "Folder of runs.") var logs = "logs"
  @Option(help: "The run's folder inside it; by default made of model and time.") var name: String?
  @Option(help: "latest, or a resume point's path.") var resume: String?
  @Flag(help: "Go on even with changed settings.") var force = false
  @Option(help: "Threads to work on; by default one a processor. Results do not depend on it.") var threads: Int?

  func validate() throws {
    try ThreadOptions.check(threads)
  }

  /// The recipe with the flags put over it.
  func node() throws -> RecipeNode {
    let flags = RecipeNode(.map(try given()), origin: "command line")
    guard let recipe else { return flags }
    return try Recipe.read(recipe).overridden(by: flags)
  }

  private func given() throws -> [(key: String, node: RecipeNode)] {
    var nodes = settings.given.map { ($0.key, RecipeNode($0.value, origin: "command line")) }
    if !loss.isEmpty {
      nodes.append(("losses", RecipeNode(.map(try loss.map { try Self.pair($0, "--loss") }), origin: "command line")))
    }
    for (key, node) in try augmentation.map({ try Self.pair($0, "--aug-cfg") }) {
      nodes.append((key == "augment" ? key : "aug-\(key)", node))
    }
    return nodes
  }

  /// `KEY=VALUE`; a value with commas is a list.
  private static func pair(_ text: String, _ flag: String) throws -> (key: String, node: RecipeNode) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw InputError("\(flag) needs NAME=VALUE, found \(text.quoted())")
    }
    let values = parts[1].split(separator: ",", omittingEmptySubsequences: false).map {
      RecipeNode(word: String($0), origin: flag)
    }
    return (
      Recipe.normalized(String(parts[0])), values.count == 1 ? values[0] : RecipeNode(.list(values), origin: flag)
    )
  }
}

import ArgumentParser
import CLIPFiles
import CLIPRecipes
import CLIPTraining

/// The flags of `train` and `finetune`: one for each setting, open_clip's names, each also a key of a recipe; and what is
/// no setting.
struct TrainingOptions: ParsableArguments {
  @Argument(
    help: "A recipe (YAML) with any of the settings below, without the dashes; flags override it.",
    completion: .file(extensions: ["yaml"]))
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
    return try withoutOtherOptimizer(Recipe.read(Recipe.file(named: recipe)), flags).overridden(by: flags)
  }

  /// The recipe without what it says of its optimizer where `--opt` names another one: a run's record has all that AdamW had,
  /// and Lion has no `eps`, and other betas.
  private func withoutOtherOptimizer(_ recipe: RecipeNode, _ flags: RecipeNode) -> RecipeNode {
    guard let chosen = flags["opt"]?.textValue, case .map(let members) = recipe.value,
      chosen != recipe["opt"]?.textValue ?? OptimizerCatalog.names[0]
    else { return recipe }
    let parts = ["beta1", "beta2", "eps", "wd-exclude"].filter { recipe[$0] != nil }
    guard !parts.isEmpty else { return recipe }
    Console().note(
      "note: --opt \(chosen): the recipe's \(parts.joined(separator: ", ")) are its optimizer's, and left out")
    var rest = RecipeNode(.map(members.filter { !parts.contains($0.key) }), origin: recipe.origin)
    rest.places = recipe.places
    return rest
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

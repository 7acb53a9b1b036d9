import ArgumentParser
import CLIPCarbonFootprint
import CLIPRecipes

/// Where and how a chip is made and used: a scenario by name, any key of it changed by a flag.
struct ScenarioOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Where and how the chip is made and used: a name (carbonclip list scenarios), or a YAML file.",
    completion: NameCompletion.scenarios)
  var scenario: String?

  @Option(parsing: .unconditional, help: "Grid of use: a place (carbonclip list grids), or such as \"224 g/kWh\".")
  var grid: String?

  @Option(parsing: .unconditional, help: "How long the device serves, such as \"3 years\".")
  var lifetime: String?

  @Option(parsing: .unconditional, help: "Inferences while it is on, such as \"1 per second\".")
  var rate: String?

  @Option(parsing: .unconditional, help: "How long it is on, such as \"6 hours a day\" or \"25 %\".")
  var duty: String?

  @Option(parsing: .unconditional, help: "Inferences of its whole life, in place of lifetime, rate and duty.")
  var inferences: String?

  @Option(
    parsing: .unconditional,
    help: "Time that waiting is counted for, from the beginning of an inference, such as \"1 s\".")
  var deadline: String?

  @Option(
    parsing: .unconditional,
    help: "Texts that each image meets; 0: prompts are encoded once and their features are kept (1).")
  var textsPerImage: String?

  @Option(parsing: .unconditional, help: "Prompts whose features are kept, with --texts-per-image 0 (1).")
  var prompts: String?

  @Option(parsing: .unconditional, help: "Tokens of a text, start and end included, or all: the model's context (all).")
  var textTokens: String?

  @Option(
    parsing: .unconditional,
    help: """
      all-tokens: every token through the last block, as papers count; pooled-token: the one that is read, as this \
      program computes.
      """)
  var lastBlock: String?

  @Option(
    parsing: .unconditional,
    help: "Images that are waited for and computed together, sharing every fetch of weights (1).")
  var imagesPerFetch: String?

  @Option(parsing: .unconditional, help: "Share of the frames that a cheap trigger lets through, such as \"5 %\".")
  var activity: String?

  @Option(
    parsing: .unconditional,
    help:
      "kept: the chip serves this model alone, so weights that fit stay on it; fetched: they come from DRAM each time.")
  var weights: String?

  @Option(parsing: .unconditional, help: "Power usage effectiveness of a data center, 1 to 10.")
  var pue: String?

  @Option(parsing: .unconditional, help: "Process node, such as \"22 nm\".")
  var node: String?

  @Option(parsing: .unconditional, help: "Grid of the fab.")
  var fabGrid: String?

  @Option(parsing: .unconditional, help: "Part of the dies that works, such as \"87.5 %\".")
  var fabYield: String?

  @Option(parsing: .unconditional, help: "Part of the process gases that is destroyed, \"95 %\" to \"99 %\".")
  var abatement: String?

  @Option(
    parsing: .unconditional,
    help: """
      DRAM: a device such as hyperram-8mb (carbonclip list memories), priced by its data sheet, or a kind of \
      data/carbon/dram.csv, priced by the gigabyte, or none; several devices, with commas, in a sweep.
      """,
    completion: NameCompletion.dram)
  var dram: String?

  @Option(parsing: .unconditional, help: "Its capacity, such as \"1 GB\" or \"next size up\".")
  var dramCapacity: String?

  @Option(parsing: .unconditional, help: "Temperature of the memories that designs name, such as \"60 C\" (45 C).")
  var temperature: String?

  @Option(
    parsing: .unconditional,
    help: "What is counted: die (bare dies), packaged (chips in their packages), device (all of it) (packaged).",
    completion: .list(Boundary.allCases.map(\.rawValue)))
  var boundary: String?

  @Option(
    parsing: .unconditional,
    help: "The device that the chip works in: a name (carbonclip list devices), or a YAML file.",
    completion: NameCompletion.devices)
  var device: String?

  @Option(parsing: .unconditional, help: "What searching and training the model has emitted, such as \"3 g\".")
  var modelCarbon: String?

  @Option(parsing: .unconditional, help: "How many devices share --model-carbon (1).")
  var devices: String?

  /// The scenario.
  /// - Parameters:
  ///   - standard: what a recipe says, for flags that are not given
  ///   - recipeChanges: what it changes of that scenario; flags come after it
  func resolve(standard: RecipeNode? = nil, changing recipeChanges: [ScenarioChange] = []) throws -> Scenario {
    var changes = recipeChanges
    func change(_ flag: String, _ key: String, _ value: String?) {
      guard let value else { return }
      changes.append(ScenarioChange(key, RecipeNode(word: value, origin: "--\(flag)")))
    }
    change("grid", "grid", grid)
    change("lifetime", "lifetime", lifetime)
    change("rate", "rate", rate)
    change("duty", "duty", duty)
    change("inferences", "inferences", inferences)
    change("deadline", "deadline", deadline)
    change("texts-per-image", "texts-per-image", textsPerImage)
    change("prompts", "prompts", prompts)
    change("text-tokens", "text-tokens", textTokens)
    change("last-block", "last-block", lastBlock)
    change("images-per-fetch", "images-per-fetch", imagesPerFetch)
    change("activity", "activity", activity)
    change("boundary", "boundary", boundary)
    change("device", "device", device)
    change("model-carbon", "model-carbon", modelCarbon)
    change("devices", "devices", devices)
    change("weights", "weights", weights)
    change("temperature", "temperature", temperature)
    change("pue", "pue", pue)
    change("node", "fab.node", node)
    change("fab-grid", "fab.grid", fabGrid)
    change("fab-yield", "fab.yield", fabYield)
    change("abatement", "fab.abatement", abatement)
    if dram == "none" { change("dram", "dram", dram) } else { change("dram", "dram.type", dram) }
    change("dram-capacity", "dram.capacity", dramCapacity)
    return try scenario.map { try Scenario.named($0, changing: changes) }
      ?? Scenario.stated(standard, changing: changes)
  }
}

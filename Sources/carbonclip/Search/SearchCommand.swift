import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPOptimization
import CLIPRecipes
import CLIPSearch
import CLIPStudies

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Search for models and accelerators together: accuracy measured, carbon counted.",
    discussion: """
      Each trial cuts the base model to a shape, fine-tunes it with the base model as its teacher, measures its accuracy \
      on validation data, and prices it on every accelerator. Everything lies in LOGS/NAME: study.sqlite, a report, \
      tables, the answer's checkpoint. Ctrl-C loses nothing; --resume goes on.

      Example: carbonclip search recipes/quickstart.yaml
      """)

  @Argument(
    help: "A recipe (YAML), or the name of one that comes along; see docs/search.md.",
    completion: .file(extensions: ["yaml"]))
  var recipe: String

  @Option(help: "Name of the study; by default the recipe's.") var name: String?
  @Option(help: "Folder of studies.") var logs = "logs"
  @Option(help: "Folder of trained candidates, which studies share: no model is trained twice.")
  var candidates = "logs/candidates"

  @Flag(help: "Go on with a study that was begun.") var resume = false
  @Flag(help: "Print how far the study is; may be asked while it runs.") var status = false
  @Option(help: "Go on with a study, with so many trials more.") var addTrials: Int?
  @Flag(help: "Try trials that failed again.") var retryFailed = false
  @Flag(help: "Run the program that the recipe's metric names, for every candidate; it is printed first.")
  var allowCommands = false
  @Flag(help: "Check everything, time a probe, print the first proposals; train nothing.") var dryRun = false

  @OptionGroup var places: TaskOptions

  @Option(help: "Threads of each process; by default all processors, shared among the workers.") var threads: Int?

  @Option(help: "Trials, over the recipe's.") var trials: Int?
  @Option(help: "What proposes, over the recipe's.") var optimizer: StandardStrategy?
  @Option(help: "What is made small beside the accuracy, over the recipe's; see list metrics.") var objective: String?
  @Option(help: "Seed, over the recipe's.") var seed: UInt64?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    if let addTrials, !(1...100_000).contains(addTrials) {
      throw ValidationError("--add-trials must be from 1 to 100000, found \(addTrials)")
    }
    try ThreadOptions.check(threads)
    if [status, dryRun, addTrials != nil || resume].count(where: { $0 }) > 1 {
      throw ValidationError("--status, --dry-run and --resume or --add-trials exclude each other")
    }
  }

  func run() throws {
    var recipe = try SearchRecipe(overridden(), name: SearchRecipe.plainName(recipe))
    let place = try StudyPlace(logs: logs, name: name ?? recipe.name)
    if let begun = try? Study.read(place.study) {
      recipe = try SearchRecipe(AccountEdition.meant(recipe.node, for: begun.identity.recipe), name: recipe.name)
    }
    if status {
      let status = try SearchStatus(place, recipe)
      Output.result(status.json, text: status.text)
      return
    }
    let console = Console()
    // Whoever goes on with a study, or works on it, is asked anew: no recipe allows its own program.
    recipe.allowsCommands = allowCommands
    try recipe.requireAllowed()
    if let command = recipe.command {
      console.note("note: runs for every candidate, without a shell: \(command)")
    }
    let session = try SearchSession(recipe, place, candidates: candidates, console)
    for note in session.data.notes + [recipe.precisionNote].compactMap(\.self) { console.note("note: \(note)") }
    StopSignal.listen()
    if dryRun {
      try DryRun(session, threads: threads).run()
      return
    }
    try session.open(resumes: resume || addTrials != nil)
    defer { session.close() }
    if retryFailed { try session.study?.retryFailed() }
    if let addTrials { try session.add(addTrials) }
    // Tasks that were given before come back as tasks.
    guard try places.isSpread || session.study?.given().isEmpty == false else {
      return try session.work(threads: threads)
    }
    try session.work(with: places, threads: threads, allowsCommands: allowCommands)
  }

  /// The recipe with what flags change.
  private func overridden() throws -> RecipeNode {
    var changes: [(key: String, node: RecipeNode)] = []
    if let trials { changes.append(("trials", RecipeNode(word: "\(trials)", origin: "--trials"))) }
    if let optimizer {
      changes.append(("optimizer", RecipeNode(word: optimizer.name, origin: "--optimizer")))
      // Only one of them makes use of looks.
      if optimizer != .greyBox { changes.append(("looks", RecipeNode(.bool(false), origin: "--optimizer"))) }
    }
    if let objective {
      let place = "--objective", words = ["accuracy", objective].map { RecipeNode(word: $0, origin: place) }
      changes.append(("objectives", RecipeNode(.list(words), origin: place)))
    }
    if let seed { changes.append(("seed", RecipeNode(word: "\(seed)", origin: "--seed"))) }
    let node = try Recipe.read(Recipe.file(named: recipe), as: .search)
    return changes.isEmpty ? node : node.overridden(by: RecipeNode(.map(changes), origin: node.origin))
  }
}

import ArgumentParser
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPRecipes
import CLIPReports
import CLIPSearch
import CLIPStudies
import CLIPUnits

struct FamilyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "family",
    abstract: "Train a search's front on, beside hand-shaped models, and write the members as checkpoints.",
    discussion: """
      Members are chosen along the front of a search; baselines are shapes of the recipe. All are cut, trained and measured \
      alike, with several seeds. What was measured stays in the recipe's record, so that tables, figure and cards are made \
      again in seconds; only what the record lacks is trained. Ctrl-C loses nothing; the same command goes on.

      Example: carbonclip family recipes/family.yaml --page docs/carbonclip.md
      """)

  @Argument(help: "A recipe (YAML); see docs/carbonclip.md.", completion: .file(extensions: ["yaml"]))
  var recipe: String

  @Option(help: "Folder of trained candidates, which searches share.")
  var candidates = "logs/candidates"

  @Option(
    help:
      "A Markdown page whose results, between <!-- result: NAME --> and <!-- end -->, are replaced; may stand several times."
  )
  var page: [String] = []

  @Option(help: "Where to write the figure (SVG); by default into the output folder.")
  var figure: String?

  @Option(name: .shortAndLong, help: "Folder for the tables and the figure.", completion: .directory)
  var output = "logs/family"

  @Flag(help: "Train nothing: tables, figure and prices of what the record holds.")
  var recorded = false

  @Flag(help: "Train nothing: join the guesses of all trainings with the labels of the sealed test sets, once.")
  var open = false

  @Option(help: "With --open: a model whose missing trainings are given up; may stand several times.")
  var giveUp: [String] = []

  @OptionGroup var places: TaskOptions

  @Option(help: "Threads of each process; by default all processors, shared among the workers.") var threads: Int?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try ThreadOptions.check(threads)
    guard giveUp.isEmpty || open else { throw ValidationError("--give-up belongs to --open") }
  }

  func run() throws {
    let file = try Recipe.file(named: recipe), recipe = try FamilyRecipe(file: file)
    // What takes long asks for the signal; the older tables are made in seconds.
    if recipe.claim != nil || !recorded && !open { StopSignal.listen() }
    do { try make(recipe, file: file) } catch is CancellationError {
      Console().note("stopped; all that was finished is kept. The same command goes on.")
      Output.document(["outcome": "stopped", "record": .string(recipe.record)])
      throw CancellationError()
    }
  }

  private func make(_ recipe: FamilyRecipe, file: String) throws {
    // Where workers train, their processors price before and after.
    let pool = threads.map { ThreadPool(threads: places.ownThreads(each: $0)) } ?? ThreadPool()
    let known = try Folder.containsFile(recipe.record) ? FamilyRecord(file: recipe.record) : FamilyRecord()
    let console = Console()
    // A mistyped page is noticed now, not after hours of pricing and training.
    if let figure { _ = try OutputPath.resolved(figure) }
    let names = recipe.claim == nil ? FamilyTables.names : ClaimTables.names
    for path in page { _ = try MarkedPage(file: path, names: names) }
    let prices = try PriceList(file: recipe.prices, on: pool) { StopSignal.isRaised }
    // Whatever ends this, what was priced is known to the next.
    defer { try? prices.save() }
    let studies = FamilyStudies(recipe, known, prices, StageProgress(console))
    var record = try studies.models()
    console.clearLine()
    if open {
      try openTests(recipe, &record, on: pool)
    } else if !recorded {
      try recipe.checkData()
      if let note = try recipe.precisionNote(after: record) { console.note("note: \(note)") }
      record = try train(recipe, file: file, record, on: pool)
    }
    guard record.models.contains(where: { !$0.runs.isEmpty }) else {
      throw InputError("holds no measurement", file: recipe.record, advice: "train the family without --recorded")
    }
    if recipe.claim != nil {
      return try ClaimReport(
        recipe, record, candidates: candidates, output: output, figure: figurePath, pages: page
      ).write(on: pool, prices)
    }
    if recipe.hasReadings {
      let readings = FamilyReadings(recipe, record)
      return Output.result(readings.json, text: readings.text)
    }
    let comparisons = try recipe.accounts.map {
      try FamilyComparison(
        FamilyPrices(record, of: recipe.search, in: $0, on: pool), recipe.search.precision)
    }
    let tables = FamilyTables(recipe: recipe, record: record, comparisons: comparisons)
    try write(tables, comparisons, studies.first())
    let checkpoints = try FamilyCheckpoints(
      recipe, comparisons, candidates: candidates, version: Version.current
    ).write()
    let files = [output + "/tables.md", figurePath] + page
    Output.result(
      [
        "headline": .string(tables.headline), "members": .array(checkpoints.map(Self.member)),
        "record": .string(recipe.record), "files": WrittenFiles(files).json,
        "footprint": record.footprint.map { .object($0.json) } ?? .null,
      ],
      text: tables.headline + "\n\n" + tables.claim(fast: false) + "\n\n"
        + (files + checkpoints).joined(separator: "\n"))
  }

  /// Opens the sealed test sets of a record that lacks nothing, and writes down that it did.
  private func openTests(_ recipe: FamilyRecipe, _ record: inout FamilyRecord, on pool: ThreadPool) throws {
    guard recipe.isSealed else {
      throw InputError("has no sealed test sets to open", file: self.recipe, advice: "sealed: true would make them so")
    }
    try recipe.checkData()
    let owner = try Ownership.take("\(output)/owner", of: recipe.record)
    defer { owner.release() }
    for name in giveUp where !record.models.contains(where: { $0.name == name }) {
      throw InputError(
        "--give-up: the family has no model \(name.quoted())",
        advice: Suggestion.advice(for: name, among: record.models.map(\.name)))
    }
    let run = FamilyRun(recipe, record: record, folder: candidates, on: pool, version: Version.current)
    let lacking = try run.lacking()
    record = run.record
    if let first = lacking.first(where: { !giveUp.contains($0.model) }) {
      throw InputError(
        "\(lacking.count) trainings are lacking, \(first.name) among them; test sets are opened once",
        file: recipe.record,
        advice: "train them, or give models up by name: --give-up \(first.model)")
    }
    let givenUp = giveUp.filter { name in lacking.contains { $0.model == name } }
    try record.open(
      with: PictureLabels(of: .test, in: recipe), givenUp: givenUp, on: UTCDate.text(UTCDate.now))
    try record.write(to: recipe.record)
  }

  /// A member's folder with the figures that were written into it.
  static func member(_ folder: String) -> JSONValue {
    func figures(_ name: String) -> JSONValue {
      (try? JSONParser.parse(file: "\(folder)/\(name)", limit: 1 << 24)) ?? .null
    }
    return ["folder": .string(folder), "metrics": figures("metrics.json"), "carbon": figures("carbon.json")]
  }

  private func train(
    _ recipe: FamilyRecipe, file: String, _ record: FamilyRecord, on pool: ThreadPool
  ) throws -> FamilyRecord {
    let console = Console()
    let run = FamilyRun(
      recipe, record: record, folder: candidates, on: pool, version: Version.current,
      observe: {
        console.status(
          "\($0.finished) of \($0.runs) trainings · \($0.name) \(Figures.count($0.done)) / \(Figures.count($0.total))",
          isLast: false)
      }, shouldStop: { StopSignal.isRaised })
    let owner = try Ownership.take("\(output)/owner", of: recipe.record)
    defer { owner.release() }
    if let note = owner.note { console.note("note: \(recipe.record): taken over from \(note)") }
    let folder = TaskFolder("\(output)/tasks"), logs = "\(output)/workers"
    // Tasks that were given before come back as tasks.
    if places.isSpread || Folder.exists(folder.path) {
      console.note("\(places.places); what each prints is in \(logs)")
      // A recipe of the same name elsewhere is another family.
      let word = String(MurmurHash.hash("\(Folder.real(output) ?? output) \(recipe.record)"), radix: 36).suffix(8)
      let prefix = "clip-\(word)-"
      let executor = places.executor(folder, logs: logs, prefix: prefix, threads: threads)
      try run.run(through: executor, folder, family: file, owner: owner)
    } else {
      try run.run()
    }
    // What the searches cost may be newer than the last training.
    if !run.record.charges.isEmpty { try run.record.write(to: recipe.record) }
    if recipe.claim != nil { try run.restoreWeights { console.note("note: \($0)") } }
    console.clearLine()
    return run.record
  }

  private var figurePath: String { figure ?? "\(output)/family.svg" }

  private func write(_ tables: FamilyTables, _ comparisons: [FamilyComparison], _ opened: OpenedStudy?) throws {
    try Folder.make(output)
    let text = tables.sections.map { "<!-- result: \($0.name) -->\n\n\($0.text)\n\n<!-- end -->" }
    try AtomicFile.write(text.joined(separator: "\n\n") + "\n", to: "\(output)/tables.md")
    guard let first = comparisons.first else { return }
    let trials = opened?.front.finished.compactMap { one -> FamilyFigure.Trial? in
      one.record.extremes.first { $0.metric == .carbon }?.value(of: .carbon).map {
        FamilyFigure.Trial(
          number: one.trial.number, accuracy: one.record.measurement.accuracy(first.precision).mean, carbon: $0)
      }
    }
    try AtomicFile.write(try FamilyFigure(comparison: first, trials: trials ?? []).svg(), to: figurePath)
    for path in page {
      try MarkedPage(file: path, names: FamilyTables.names).update(with: tables.sections)
    }
  }
}

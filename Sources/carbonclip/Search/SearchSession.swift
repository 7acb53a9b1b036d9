import CLIPCompute
import CLIPFiles
import CLIPModelShapes
import CLIPRecipes
import CLIPReports
import CLIPSearch
import CLIPStudies
import CLIPSystem
import CLIPUnits

/// One call of `search`: opens the study, works on it, and ends with the report.
final class SearchSession {
  let recipe: SearchRecipe
  let place: StudyPlace
  let candidates: String
  let console: Console
  /// Opened once, for all that needs it.
  let data: SearchData
  private(set) var study: Study?
  /// This process's right to the study.
  private var owner: Ownership?
  /// Whether a signal ends pricing; not any more while the last page is written.
  private let hearsSignals = Lock(true)

  /// - Throws: `InputError` naming the key and what is wrong with its data.
  init(_ recipe: SearchRecipe, _ place: StudyPlace, candidates: String, _ console: Console) throws {
    var recipe = recipe
    recipe.assessor.shouldStop = { [hearsSignals] in StopSignal.isRaised && hearsSignals.withLock { $0 } }
    self.recipe = recipe
    data = try SearchData(opening: recipe)
    self.place = place
    self.candidates = candidates
    self.console = console
  }

  /// Opens the study; one that was begun must be gone on with by name, so that nobody adds to another's by mistake.
  func open(resumes: Bool) throws {
    if !resumes, Folder.containsFile(place.study) {
      let progress = SearchProgress(try Study.read(place.study).trials(), budget: try Study.read(place.study).budget())
      throw InputError(
        "was begun before: \(SearchStatus.line(progress))", file: place.study,
        advice: "go on with --resume, or give this search another --name")
    }
    try Folder.make(place.folder)
    let owner = try Ownership.take(place.owner, of: place.study)
    self.owner = owner
    if let note = owner.note { console.note("note: \(place.study): taken over from \(note)") }
    for folder in [place.folder, candidates] { Leftovers.sweep(folder, depth: 3) }
    // Told first: it says what of the data is different.
    if let begun = try? Study.read(place.study) { try data.check(begun) }
    let identity = StudyIdentity(
      recipe: RecipeKind.search.recorded(AccountEdition.recorded(recipe.node.json), in: place.folder),
      codeVersion: Version.current,
      dataFingerprint: try recipe.fingerprint(data),
      environment: ["processors": .integer(ThreadPool.availableProcessors)])
    let study = try Study.open(place.study, identity: identity, budget: recipe.trials, owner: owner)
    try data.settle(study)
    if study.identity.isOfEarlierVersion {
      console.note(
        "note: \(place.study): of an earlier version: whether the base model is the one that it began with cannot be told"
      )
    }
    self.study = study
    if !Folder.containsFile(place.recipe), case .object(let object) = identity.recipe {
      try AtomicFile.write(Recipe.text(object), to: place.recipe)
    }
  }

  /// Lets others have the study.
  func close() { owner?.release() }

  func add(_ trials: Int) throws {
    guard let study else { return }
    try study.setBudget(min(try study.budget(), try study.trials().count) + trials)
  }

  /// Works in this process until all is done.
  func work(threads: Int?) throws {
    guard let study else { return }
    let pool = threads.map { ThreadPool(threads: $0) } ?? ThreadPool()
    let display = SearchDisplay(recipe, study, console, isQuiet: false)
    let page = LivePage(recipe, study, place, on: pool, console)
    let run = try SearchRun(
      recipe, study, data: data, candidates: candidates, worker: StudyPlace.workerName, on: pool,
      version: Version.current,
      observe: {
        display.show($0)
        page.follow($0)
      }, shouldStop: { StopSignal.isRaised })
    page.outlook = run.outlook
    for assumption in run.trainer.assumptions { console.note("note: \(assumption)") }
    display.begin()
    try follow(page) { try run.run() }
    try conclude(run.outlook, run.trainer, pool) { try run.saveFootprint() }
  }

  /// Works through processes of this machine or jobs of Slurm, as their coordinator.
  func work(with places: TaskOptions, threads: Int?, allowsCommands: Bool) throws {
    guard let study else { return }
    let pool = ThreadPool(), page = LivePage(recipe, study, place, on: pool, console)
    let display = SearchDisplay(recipe, study, console, isQuiet: false, isAlone: false)
    let folder = TaskFolder(place.tasks)
    let executor = places.executor(
      folder, logs: place.workers, prefix: try jobPrefix(study), threads: threads, allowsCommands: allowsCommands)
    try Folder.make(candidates)
    let run = try SearchCoordinator(
      recipe, study, folder, executor, candidates: candidates, worker: StudyPlace.workerName, on: pool,
      version: Version.current,
      observe: {
        display.show($0)
        page.follow($0)
      }, shouldStop: { StopSignal.isRaised })
    page.outlook = run.outlook
    display.begin()
    console.note("\(places.places); what each prints is in \(place.workers)")
    try follow(page) { try run.run() }
    let trainer = try CandidateTrainer(recipe, data: data, folder: candidates, on: pool, version: Version.current)
    let meter = try SearchAccount(recipe, study, worker: "\(StudyPlace.workerName)-end", threads: pool.threads)
    try conclude(run.outlook, trainer, pool) { try meter.save() }
  }

  /// What jobs' names begin with: a word of this study alone.
  private func jobPrefix(_ study: Study) throws -> String {
    let key = "slurm/prefix"
    if let known = try study.note(key)?.stringValue { return known }
    let prefix = "clip-\(String(UInt32.random(in: .min ... .max), radix: 36))-"
    try study.setNote(key, .string(prefix))
    return prefix
  }

  /// Works, and says how it ended where it did not end well.
  private func follow(_ page: LivePage, _ work: () throws -> SearchRun.Outcome) throws {
    let outcome: SearchRun.Outcome
    do { outcome = try work() } catch {
      hearsSignals.withLock { $0 = false }
      page.stop()
      throw error
    }
    hearsSignals.withLock { $0 = false }
    if outcome != .finished { page.stop() }
    switch outcome {
    case .gaveUp(let advice):
      throw InputError(advice, advice: "see to the cause, then go on with --resume --retry-failed")
    case .stopped:
      noteStop()
      throw CancellationError()
    case .finished: break
    }
  }

  /// The search is over: the front's models on the test data, the report, the answer's checkpoint.
  /// - Parameter account: writes down what this process has cost so far
  private func conclude(
    _ outlook: HardwareOutlook, _ trainer: CandidateTrainer, _ pool: ThreadPool, account: () throws -> Void
  ) throws {
    guard let study else { return }
    console.clearLine()
    let front: SearchFront
    do {
      front = try SeedAccuracies.measure(recipe, study, outlook, seeds: recipe.seeds, with: trainer) { trial, seed in
        console.status("trial \(trial) with seed \(seed)", isLast: false)
      }
      try TestAccuracies.measure(front, study, with: trainer) { done, total in
        console.status("test data: model \(done + 1) of \(total)", isLast: false)
      }
    } catch let error as CancellationError {
      noteStop()
      throw error
    }
    console.clearLine()
    try account()
    let summary = try SearchSummary(recipe, study, outlook, on: pool)
    let files = try SearchFiles(summary, place).write()
    var text = SearchTable(summary).text(width: Output.width)
    var document = SearchDocument(place, summary, files: files)
    if let answer = front.answer, !front.isAtChance {
      let folder = "\(place.folder)/carbonclip"
      let export = TrialExport(recipe, study, front, candidates: candidates, version: Version.current)
      if let note = try export.write(answer, outlook, to: folder) { console.note("note: \(note)") }
      let number = front.finished[answer.index].trial.number
      text += "\n\nThe answer, trial \(number), is a checkpoint:\n\(folder)"
      document.answer = (number, folder)
    }
    Output.result(document.json, text: text + "\n\n" + files.joined(separator: "\n"))
  }

  private func noteStop() {
    console.clearLine()
    console.note("stopped; all that was finished is kept. Go on with:")
    var words = Array(CommandLine.arguments.dropFirst()).filter { $0 != "--resume" }
    if let index = words.firstIndex(of: "--add-trials") { words.removeSubrange(index..<min(index + 2, words.count)) }
    let command = "carbonclip \(words.map(Self.quoted).joined(separator: " ")) --resume"
    console.note("  \(command)")
    Output.document(["outcome": "stopped", "folder": .string(place.folder), "go_on_with": .string(command)])
  }

  private static func quoted(_ word: String) -> String {
    word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:".contains($0) }
      ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}

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
    for folder in [place.folder, candidates] { Leftovers.sweep(folder, depth: 3) }
    // Told first: it says what of the data is different.
    if let begun = try? Study.read(place.study) { try data.check(begun) }
    let identity = StudyIdentity(
      recipe: RecipeKind.search.recorded(AccountEdition.recorded(recipe.node.json), in: place.folder),
      codeVersion: Version.current,
      dataFingerprint: try recipe.fingerprint(data),
      environment: ["processors": .integer(ThreadPool.availableProcessors)])
    let study = try Study.open(place.study, identity: identity, budget: recipe.trials)
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

  func add(_ trials: Int) throws {
    guard let study else { return }
    try study.setBudget(min(try study.budget(), try study.trials().count) + trials)
  }

  /// Works in this process until all is done.
  func work(as worker: String, threads: Int?, isQuiet: Bool) throws {
    guard let study else { return }
    let pool = threads.map { ThreadPool(threads: $0) } ?? ThreadPool()
    let display = SearchDisplay(recipe, study, console, isQuiet: isQuiet)
    let page = isQuiet ? nil : LivePage(recipe, study, place, on: pool, console)
    let run = try SearchRun(
      recipe, study, data: data, candidates: candidates, worker: worker, on: pool, version: Version.current,
      observe: {
        display.show($0)
        page?.follow($0)
      }, shouldStop: { StopSignal.isRaised })
    page?.outlook = run.outlook
    if !isQuiet {
      for assumption in run.trainer.assumptions { console.note("note: \(assumption)") }
      display.begin()
    }
    let outcome: SearchRun.Outcome
    do { outcome = try run.run() } catch {
      hearsSignals.withLock { $0 = false }
      page?.stop()
      throw error
    }
    hearsSignals.withLock { $0 = false }
    if outcome != .finished { page?.stop() }
    switch outcome {
    case .gaveUp(let advice):
      throw InputError(advice, advice: "see to the cause, then go on with --resume --retry-failed")
    case .stopped:
      if !isQuiet { noteStop() }
      throw CancellationError()
    case .finished:
      if !isQuiet { try conclude(run.outlook, run.trainer, pool) { try run.saveFootprint() } }
    }
  }

  /// Works with other processes and follows what they do.
  func work(with workers: Int, slurm: [String]?, threads: Int?) throws {
    guard let study else { return }
    let each = threads ?? max(1, ThreadPool.availableProcessors / workers)
    let words = Self.workerArguments(threads: slurm == nil ? each : threads)
    let command = WorkerCommand(program: Self.program) { words + ["--worker", $0] }
    let executor: any TrialExecutor =
      if let slurm {
        SlurmArray(
          command, count: workers, name: "carbonclip-\(place.name)", folder: "\(place.folder)/workers", lines: slurm)
      } else {
        WorkerProcesses(command, count: workers, name: StudyPlace.workerName, logs: "\(place.folder)/workers")
      }
    let pool = ThreadPool(), page = LivePage(recipe, study, place, on: pool, console)
    try executor.start()
    // Workers tell what is wrong with it, if anything is.
    page.outlook = try? HardwareOutlook(recipe, on: pool)
    console.note("\(workers) workers; what each prints is in \(place.folder)/workers")
    var isStopping = false
    while try executor.poll() > 0 {
      if StopSignal.isRaised, !isStopping {
        executor.stop()
        isStopping = true
      }
      let progress = SearchProgress(try study.trials(), looks: try study.looks(), budget: try study.budget())
      console.status(SearchStatus.line(progress), isLast: false)
      page.follow(ended: progress.finished + progress.failed)
      Pause.milliseconds(500)
    }
    console.clearLine()
    hearsSignals.withLock { $0 = false }
    let progress = SearchProgress(try study.trials(), looks: try study.looks(), budget: try study.budget())
    if isStopping || progress.left > 0 {
      page.stop()
      noteStop()
      if isStopping { throw CancellationError() }
      guard try !study.trials().contains(where: { $0.state == .waiting || $0.state == .running }) else {
        throw InputError("was not finished: its workers were ended", file: place.study, advice: "go on with --resume")
      }
      return
    }
    let trainer = try CandidateTrainer(recipe, data: data, folder: candidates, on: pool, version: Version.current)
    let meter = try SearchAccount(recipe, study, worker: "\(StudyPlace.workerName)-end", threads: pool.threads)
    try conclude(page.outlook ?? HardwareOutlook(recipe, on: pool), trainer, pool) { try meter.save() }
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

  /// This call's arguments for a worker: without what only the first process does.
  private static func workerArguments(threads: Int?) -> [String] {
    var words: [String] = [], skips = false
    for word in CommandLine.arguments.dropFirst() {
      if skips {
        skips = false
        continue
      }
      let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
      if ["--workers", "--slurm-line", "--add-trials", "--threads"].contains(name) {
        skips = !word.contains("=")
        continue
      }
      if ["--slurm", "--resume", "--retry-failed", "--json"].contains(word) { continue }
      words.append(word)
    }
    if let threads { words += ["--threads", "\(threads)"] }
    return words
  }

  private static var program: String { ProgramFile.path ?? CommandLine.arguments.first ?? "carbonclip" }
}

internal import CLIPCarbonFootprint
public import CLIPCompute
internal import CLIPFiles
public import CLIPStudies

/// Works on a study through others: proposes points, writes each as a task into a folder beside the study, lets an executor
/// run the tasks, and takes up what came of them. It alone has the study.
///
/// It may be killed and started again anywhere that sees the folder: what finished meanwhile is taken up, what still runs is
/// waited for, and what was lost is given out again. Nothing that was taken up is done again.
public final class SearchCoordinator {
  private let recipe: SearchRecipe
  private let study: Study
  private let folder: TaskFolder
  private let executor: any TaskExecutor
  private let candidates: String
  private let version: String
  private let observe: (SearchEvent) -> Void
  private let shouldStop: () -> Bool
  /// Prices models for proposals and answers.
  public let outlook: HardwareOutlook
  private let proposer: Proposer
  private let meter: SearchMeter
  private let begin = ContinuousClock.now
  /// Tasks that were given and have not come back.
  private var open: [TaskName: Trial] = [:]
  private var advice: String?
  private var fault: InputError?
  private var looked = ContinuousClock.now - .seconds(10)
  /// Whether nothing could be given when that was last asked, and nothing has come back since.
  private var isDry = false

  /// Whether machines share the file system: then it is asked less often.
  private let isShared: Bool
  /// Between two looks at what has ended, in milliseconds.
  private var pause: UInt32 { isShared ? 500 : 10 }
  /// Between two looks at who is still there, in seconds.
  private var interval: Double { isShared ? 5 : 0.25 }

  /// - Parameters:
  ///   - folder: of the tasks, where the executor's processes see it under the same path
  ///   - candidates: the folder of trained models, which they see, too
  ///   - worker: a name that no other process on the study has, for its own account
  ///   - version: the program's, which is the processes', too
  ///   - observe: told of what was given and of what came back
  ///   - shouldStop: asked often; then all are asked to save what they have
  /// - Throws: `InputError` where the base model or the spaces allow no search.
  public init(
    _ recipe: SearchRecipe, _ study: Study, _ folder: TaskFolder, _ executor: any TaskExecutor, candidates: String,
    worker: String, on pool: ThreadPool, version: String, observe: @escaping (SearchEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws {
    self.recipe = recipe
    self.study = study
    self.folder = folder
    self.executor = executor
    self.candidates = candidates
    self.version = version
    self.observe = observe
    self.shouldStop = shouldStop
    outlook = try HardwareOutlook(recipe, on: pool)
    proposer = try Proposer(recipe, outlook)
    meter = try SearchMeter(recipe, study, worker: worker, threads: pool.threads)
    isShared = FileSystem.sharedName(study.path) != nil
  }

  /// Works until nothing is left to do.
  /// - Throws: `InputError` where the study cannot be written, or the executor cannot go on.
  public func run() throws -> SearchRun.Outcome {
    defer { executor.end() }
    try adopt()
    var isStopping = false, isOver = false
    while true {
      let before = open.count
      try collect()
      if !isStopping, shouldStop() || advice != nil || fault != nil {
        isStopping = true
        executor.stop(Array(open.keys))
      }
      if !isStopping, !isOver { isOver = try !give() }
      try look()
      if open.isEmpty, isStopping || isOver { break }
      try meter.keep()
      if open.count == before { Pause.milliseconds(pause) }
    }
    try meter.save()
    folder.tidy()
    if let fault { throw fault }
    if let advice { return .gaveUp(advice) }
    return isStopping ? .stopped : .finished
  }

  /// What an earlier coordinator gave.
  private func adopt() throws {
    for trial in try study.given() {
      if let task = try folder.newest(SearchTask.word(trial.kind), trial.number) {
        open[task] = trial
      } else {
        try study.takeBack(trial.kind, trial.number)
      }
    }
  }

  /// Takes up what has ended, whoever gave it.
  private func collect() throws {
    for task in try folder.ended() {
      // Whose task it is, others may have words of their own.
      guard let kind = SearchTask.kind(task.kind), let outcome = folder.outcome(task) else { continue }
      let trial = open.first { $0.key.kind == task.kind && $0.key.number == task.number }
      try takeUp(task, kind, outcome)
      isDry = false
      executor.ended(task)
      // An earlier attempt may be the first to end.
      if let trial, try !study.isGiven(kind, task.number) {
        open[trial.key] = nil
        executor.ended(trial.key)
      }
    }
  }

  private func takeUp(_ task: TaskName, _ kind: Trial.Kind, _ outcome: TaskOutcome) throws {
    let name = try name(kind, task.number)
    switch outcome {
    case .finished(let value):
      guard let json = value["measurement"]?.objectValue, let key = value["key"]?.stringValue,
        let result = PointResult(kind, json, key: key, metrics: recipe.metrics.count)
      else {
        try folder.forget(task)
        try study.takeBack(kind, task.number)
        return
      }
      let notes = value["footprint"].map { [(key: "\(SearchMeter.prefix)\(task)", value: $0)] } ?? []
      let isFirst = try study.takeUp(
        kind, task.number, measurement: .object(json), key: key, started: value["started"]?.doubleValue,
        worker: "\(executor.name) \(task)", notes: notes)
      // What is in the study needs no file.
      try folder.remove(task.kind, task.number)
      if isFirst { observe(result.event(task.number, name)) }
    case .failed(let reason):
      let isNews = try study.takeUp(kind, task.number, failure: reason)
      try folder.remove(task.kind, task.number)
      guard isNews else { return }
      observe(
        kind == .look
          ? .lookFailed(number: task.number, name: name, reason: reason)
          : .failed(number: task.number, name: name, reason: reason))
      if let found = try study.stopAdvice() { advice = found }
    case .released(let reason):
      try folder.forget(task)
      guard open[task] != nil else { return }
      try study.takeBack(kind, task.number)
      // The disk's fault, and no fault of the candidate's.
      if !reason.isEmpty { fault = InputError(reason, advice: "then go on with --resume") }
    }
  }

  private func name(_ kind: Trial.Kind, _ number: Int) throws -> String {
    let known = open.first { $0.key.number == number && $0.value.kind == kind }?.value
    let trial = try known ?? (kind == .look ? study.looks() : study.trials()).first { $0.number == number }
    return trial.map { proposer.lattice.name($0.point) } ?? "?"
  }

  /// Gives what is next as long as there is room.
  /// - Returns: false where nothing is left to give
  private func give() throws -> Bool {
    while !isDry, executor.room(beside: Array(open.keys)) > 0 {
      if let seconds = recipe.seconds, (ContinuousClock.now - begin).seconds >= seconds { return false }
      if shouldStop() { return true }
      let asked = ContinuousClock.now
      let next: Trial?
      do { next = try study.upcoming { try proposer.next(after: $0, looks: $1) } } catch is CancellationError {
        return true
      }
      guard let trial = next else {
        // What still runs may be lost, and looks may lead to trainings.
        isDry = true
        return !open.isEmpty
      }
      let seconds = (ContinuousClock.now - asked).seconds
      let content = SearchTask(trial, recipe, study, candidates: candidates, version: version)
      let task = try folder.write(SearchTask.word(trial.kind), trial.number, content.json)
      try study.give(trial, to: executor.name)
      open[task] = trial
      let name = proposer.lattice.name(trial.point)
      observe(
        trial.kind == .look
          ? .lookStarted(number: trial.number, name: name, origin: trial.origin, seconds: seconds)
          : .started(number: trial.number, name: name, origin: trial.origin, seconds: seconds))
      try executor.start(task)
    }
    return true
  }

  /// Looks for tasks that nobody works at any more.
  private func look() throws {
    guard (ContinuousClock.now - looked).seconds >= interval else { return }
    looked = .now
    for (task, loss) in try executor.lost(among: Array(open.keys)) {
      // The outcome came between two looks.
      guard let trial = open[task], folder.outcome(task) == nil else { continue }
      open[task] = nil
      isDry = false
      switch loss {
      case .untouched: try study.takeBack(trial.kind, trial.number)
      case .vanished(let isOfMemory):
        guard let reason = try study.lose(trial.kind, trial.number, isOfMemory: isOfMemory) else { continue }
        let name = proposer.lattice.name(trial.point)
        observe(
          trial.kind == .look
            ? .lookFailed(number: trial.number, name: name, reason: reason)
            : .failed(number: trial.number, name: name, reason: reason))
        try folder.remove(task.kind, task.number)
        if let found = try study.stopAdvice() { advice = found }
      }
    }
  }
}

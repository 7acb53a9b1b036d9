import ArgumentParser
import CLIPCompute
import CLIPFamily
import CLIPFiles
import CLIPRanks
import CLIPSearch
import CLIPStudies
import CLIPSystem

struct TrialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trial",
    abstract: "Do tasks of a search or a family: what their workers and their jobs on a cluster run.",
    discussion: """
      A task is a file that search writes beside its study. It says which model is to be trained and measured; what comes of \
      it is left beside it, whole or not at all, and search takes it up. A task that another process has taken is left alone. \
      Ctrl-C saves what there is, and search gives the task out again. Under srun or mpirun all ranks train together.

      Example: carbonclip trial logs/quickstart/tasks/trial-5.1.task
      """)

  @Argument(
    help: "Tasks' files; - reads more of them from standard input, a line each.",
    completion: .file(extensions: ["task"]))
  var tasks: [String]

  @Flag(help: "Run the program that the recipe's metric names.") var allowCommands = false
  @Option(help: "Threads; by default all processors, shared among the ranks of a host.") var threads: Int?

  @OptionGroup var quietness: QuietOption

  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws { try ThreadOptions.check(threads) }

  func run() throws {
    StopSignal.listen()
    guard let ranks = try RankedRun.join() else { return try work(nil) }
    guard !tasks.contains("-") else { throw InputError("-: several ranks read no tasks from standard input") }
    try ranks.run { try work(ranks.group) }
  }

  private func work(_ ranks: (any RankGroup)?) throws {
    let threads = try threads ?? ranks.map { try $0.threads(available: ThreadPool.availableProcessors) }
    var worker = TaskWorker(on: ThreadPool(threads: threads), ranks, allowsCommands: allowCommands)
    for name in tasks where name != "-" { try worker.work(name) }
    if tasks.contains("-") {
      while let name = TaskFeed.next() { try worker.work(name) }
      if StopSignal.isRaised { throw CancellationError() }
    }
    Output.document([
      "tasks": .array(worker.done.map { ["task": .string($0.task), "outcome": .string($0.outcome)] })
    ])
  }
}

/// Takes tasks and leaves their outcomes.
struct TaskWorker {
  private(set) var done: [(task: String, outcome: String)] = []
  private let console: Console
  private let ranks: (any RankGroup)?
  private let search: SearchTaskRunner
  private let family: FamilyTaskRunner

  init(on pool: ThreadPool, _ ranks: (any RankGroup)?, allowsCommands: Bool) {
    let console = Console()
    self.console = console
    self.ranks = ranks
    let observe = { (stage: CandidateTrainer.Stage) in
      console.status("\(stage.name) \(stage.done)/\(stage.total)", isLast: false)
    }
    search = SearchTaskRunner(
      on: pool, ranks: ranks, version: Version.current, allowsCommands: allowsCommands, observe: observe,
      shouldStop: { StopSignal.isRaised })
    family = FamilyTaskRunner(
      on: pool, ranks: ranks, version: Version.current, observe: observe, shouldStop: { StopSignal.isRaised })
  }

  /// Does a task: what cannot be done is told by its outcome.
  /// - Throws: `InputError` where the file is no task, or no outcome can be left; `CancellationError` when stopped.
  mutating func work(_ file: String) throws {
    if StopSignal.isRaised { throw CancellationError() }
    let isFirst = ranks.map { $0.rank == 0 } ?? true, started = UTCDate.now
    let taken = isFirst ? try TakenTask.take(file) : nil
    // What rank 0 took, all do.
    let isTaken = try ranks?.broadcast(taken == nil ? "" : "taken") ?? (taken == nil ? "" : "taken")
    let name = try TaskFolder.name(of: file).description
    guard !isTaken.isEmpty else {
      finish(name, "taken by another process")
      return
    }
    let content = try taken?.content ?? JSONParser.parse(file: file)
    if let model = content["model"]?.stringValue { console.note("\(name): \(model)") }
    do {
      let value = try outcome(content, file: file, started: started)
      if let value, let taken { try taken.leave(.finished(value)) }
      finish(name, "finished")
    } catch let error as CancellationError {
      try taken?.leave(.released(""))
      finish(name, "stopped; what it had is saved")
      throw error
    } catch let error as InputError where error.isOfDisk {
      try? taken?.leave(.released("\(error)"))
      throw error
    } catch let error as InputError {
      try taken?.leave(.failed("\(error)"))
      finish(name, "failed: \(error)")
      // The other ranks may not have failed.
      if ranks != nil { throw error }
    }
  }

  private func outcome(_ content: JSONValue, file: String, started: Double) throws -> JSONObject? {
    if let task = FamilyTask(content) { return try family.run(task) }
    guard let task = SearchTask(content) else {
      throw InputError("is no task of a search", file: file, advice: "search writes them")
    }
    return try search.run(task, started: started)
  }

  private mutating func finish(_ name: String, _ outcome: String) {
    console.clearLine()
    // At once, not at the end: a worker does many.
    if !Output.isJSON { Output.print("\(name): \(outcome)") }
    done.append((name, outcome))
  }
}

/// Tasks' files as they are told on standard input.
enum TaskFeed {
  /// The next line; nil at the input's end, or once a signal came.
  static func next() -> String? {
    var line: [UInt8] = []
    while !StopSignal.isRaised {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let found = poll(&input, 1, 200)
      if found == 0 || found < 0 && errno == EINTR { continue }
      guard found > 0 else { return nil }
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }
}

internal import CLIPFiles
internal import CLIPSystem

/// Tasks done by processes of this machine. Each process does one after another, so that what is alike in them is prepared
/// once; it is told the next on its standard input, and ends where that does.
///
/// A process that is killed is followed by another. One that outlives whoever started it finishes its task, and the next
/// coordinator takes the outcome up.
public final class LocalTasks: TaskExecutor {
  /// `local`.
  public let name = "local"
  private let folder: TaskFolder
  private let command: TaskCommand
  private let logs: String
  private var slots: [Slot]
  private var deaths = 0
  private var fault: String?
  private var isStopping = false

  /// A place for a process.
  private struct Slot {
    let number: Int
    var process: ChildProcess?
    /// The end of a pipe that it reads.
    var feed: Int32 = -1
    var task: TaskName?
    /// Ended for good: it was asked to, or cannot work.
    var isClosed = false
  }

  /// So many deaths by signals without a task that was done are too many for bad luck.
  static let mostDeaths = 10

  /// - Parameters:
  ///   - folder: of the tasks
  ///   - command: a program that does the task of a file, and with `-` those whose files it reads from its standard input
  ///   - places: processes at a time
  ///   - logs: the folder for what they print
  public init(_ folder: TaskFolder, _ command: TaskCommand, places: Int, logs: String) {
    self.folder = folder
    self.command = command
    self.logs = logs
    slots = (1...max(1, places)).map { Slot(number: $0) }
  }

  deinit { for slot in slots where slot.feed >= 0 { close(slot.feed) } }

  /// Places without a task, less what an earlier coordinator's processes still do.
  public func room(beside open: [TaskName]) -> Int {
    if isStopping { return 0 }
    let usable = slots.filter { !$0.isClosed }
    let busy = Set(usable.compactMap(\.task)).union(open)
    return max(0, min(usable.count - busy.count, usable.count { $0.task == nil }))
  }

  /// Tells a process of a task; starts one where there is none.
  /// - Throws: `InputError` where the program cannot be started.
  public func start(_ task: TaskName) throws {
    guard let place = slots.firstIndex(where: { $0.task == nil && !$0.isClosed }) else { return }
    slots[place].task = task
    if slots[place].process == nil { try begin(place) }
    // One that has just been killed is found by its end.
    tell(slots[place].feed, folder.file(task) + "\n")
  }

  private func begin(_ place: Int) throws {
    try Folder.make(logs)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw InputError("cannot make a pipe: \(lastSystemError())") }
    // No other process holds the end that is written to, so that its reader sees this one's end.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    do {
      slots[place].process = try ChildProcess(
        command.program, command.arguments + ["-"], input: ends[0], output: log(slots[place].number))
    } catch {
      close(ends[1])
      throw error
    }
    slots[place].feed = ends[1]
  }

  private func log(_ number: Int) -> String { "\(logs)/worker-\(number).log" }

  /// Writes without being ended by a reader that has gone.
  private func tell(_ descriptor: Int32, _ text: String) {
    var signals = sigset_t(), before = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    let bytes = Array(text.utf8)
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written < 0, errno == EPIPE {
      var signal: Int32 = 0
      sigwait(&signals, &signal)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// Its process is free for another.
  public func ended(_ task: TaskName) {
    for place in slots.indices where slots[place].task == task {
      slots[place].task = nil
      deaths = 0
    }
  }

  /// Tasks whose processes have ended, and those of an earlier coordinator's that nobody works at.
  public func lost(among open: [TaskName]) throws -> [TaskName: TaskLoss] {
    var lost: [TaskName: TaskLoss] = [:]
    for place in slots.indices {
      guard let status = slots[place].process?.status() else { continue }
      close(slots[place].feed)
      (slots[place].process, slots[place].feed) = (nil, -1)
      let task = slots[place].task
      slots[place].task = nil
      if let task, open.contains(task), folder.outcome(task) == nil {
        let isUntouched = try folder.hand(task) == .open && folder.withdraw(task)
        lost[task] = isUntouched ? .untouched : .vanished(isOfMemory: nil)
      }
      switch status {
      case .ended(0): break
      // It was asked to end, by someone else, and has saved what it had.
      case .ended(128 + Int(SIGINT)), .ended(128 + Int(SIGTERM)), .ended(128 + Int(SIGHUP)):
        slots[place].isClosed = true
      case .signal:
        deaths += 1
        guard deaths <= Self.mostDeaths || isStopping else {
          stopAll()
          throw InputError(
            "workers were killed \(deaths) times", file: logs, advice: "fewer --workers need less memory")
        }
      case .ended(let status):
        slots[place].isClosed = true
        let lines = (try? TextFile.lines(of: log(slots[place].number))) ?? []
        fault = lines.last { !$0.isEmpty } ?? "exit status \(status)"
      }
    }
    let own = Set(slots.compactMap(\.task))
    for task in open where lost[task] == nil && !own.contains(task) {
      let hand = folder.hand(task)
      if case .held = hand { continue }
      guard folder.outcome(task) == nil, try folder.withdraw(task) else { continue }
      lost[task] = hand == .open ? .untouched : .vanished(isOfMemory: nil)
    }
    if !isStopping, slots.allSatisfy(\.isClosed) {
      guard let fault else { throw InputError("its workers were ended", file: logs, advice: "go on with --resume") }
      throw InputError(fault.hasPrefix("error: ") ? String(fault.dropFirst(7)) : fault)
    }
    return lost
  }

  /// Asks all processes to save and end, those of an earlier coordinator among them.
  public func stop(_ open: [TaskName]) {
    isStopping = true
    let own = Set(slots.compactMap(\.task))
    for task in open where !own.contains(task) {
      if case .held(let holder) = folder.hand(task) { holder.askToEnd() }
    }
    for place in slots.indices {
      slots[place].process?.stop()
      if slots[place].feed >= 0 { close(slots[place].feed) }
      slots[place].feed = -1
    }
  }

  /// Lets all processes end, and waits for them.
  public func end() { stopAll(asks: false) }

  private func stopAll(asks: Bool = true) {
    isStopping = true
    for place in slots.indices {
      if slots[place].feed >= 0 { close(slots[place].feed) }
      slots[place].feed = -1
      guard let process = slots[place].process else { continue }
      // One without a task ends by itself.
      if asks || slots[place].task != nil { process.stop() }
      process.end(within: 10, asks: false)
      slots[place].process = nil
    }
  }
}

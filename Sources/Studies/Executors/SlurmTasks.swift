internal import CLIPFiles
internal import CLIPSystem

/// Tasks as jobs of Slurm, one each, wherever it has room. All nodes see the tasks' folder and the candidates' under one path.
///
/// A job is known by its name, so that a coordinator that was killed between submitting a job and noting that finds it again.
/// No job is started twice by Slurm: a task that a node lost is given out again as another.
public final class SlurmTasks: TaskExecutor {
  /// How jobs are made.
  public struct Settings: Sendable {
    /// Jobs at a time.
    public var places = 1
    /// What jobs' names begin with: no other search of this user's has it.
    public var prefix = "clip-"
    /// For sbatch, such as `--time=8:00:00`.
    public var lines: [String] = []
    /// Processes that do a task together; they are started by `srun`.
    public var ranks = 1
    /// The folder of sbatch, squeue and scancel; nil looks for them in PATH.
    public var tools: String?
    /// Slurm is asked no more often, in seconds: its controller serves a whole cluster.
    public var interval = 5.0
    /// How long a file may take to be seen from here after its job has ended, in seconds; nil takes 2, and 60 on file systems
    /// that machines share.
    public var delay: Double?

    /// One job at a time.
    public init() {}
  }

  /// `slurm`.
  public let name = "slurm"
  private let folder: TaskFolder
  private let command: TaskCommand
  private let logs: String
  private let settings: Settings
  private let tools: String
  private let delay: Double
  /// Numbers of jobs that sbatch or squeue told.
  private var jobs: [TaskName: String] = [:]
  /// When a job was first found to have ended, with Slurm's word for how.
  private var over: [TaskName: (at: ContinuousClock.Instant, state: String)] = [:]
  private var asked: ContinuousClock.Instant?
  private var silences = 0
  private var failures = 0
  private var isStopping = false

  /// Slurm may be silent for so long, in seconds.
  static let patience = 600.0
  /// So many jobs in a row that end before they begin are no accident.
  static let mostFailures = 3

  /// - Parameters:
  ///   - folder: of the tasks
  ///   - command: a program that does the task of a file
  ///   - logs: the folder for what jobs print
  public init(_ folder: TaskFolder, _ command: TaskCommand, logs: String, _ settings: Settings) {
    self.folder = folder
    self.command = command
    self.logs = logs
    self.settings = settings
    tools = settings.tools.map { "\($0)/" } ?? ""
    delay = settings.delay ?? (FileSystem.sharedName(folder.path) == nil ? 2 : 60)
  }

  /// So many jobs as are allowed at a time, less those that are there.
  public func room(beside open: [TaskName]) -> Int { isStopping ? 0 : max(0, settings.places - open.count) }

  /// The script of a task.
  /// - Throws: `InputError` for lines or names that would not stay what they are.
  package func script(_ task: TaskName, directory: String) throws -> String {
    for line in settings.lines {
      guard line.hasPrefix("-"), line.singleLine == line else {
        throw InputError("--slurm-line: \(line.quoted()) is no option of sbatch", advice: "such as --time=8:00:00")
      }
    }
    let words = [command.program] + command.arguments + [folder.file(task)]
    for word in words + [logs, directory] where word.singleLine != word {
      throw InputError("\(word.quoted()) has a line break, which a batch script cannot say")
    }
    // sbatch reads its lines by rules of its own, without a way to say these.
    guard !logs.contains(where: { $0 == "\"" || $0 == "\\" }) else {
      throw InputError("\(logs.quoted()): Slurm cannot write to a folder with a quote or a backslash in its name")
    }
    let hasRanks = settings.ranks > 1
    // A signal to the batch script itself, which becomes the program; with ranks to all of them.
    var options = [
      "--job-name=\(jobName(task))", #"--output="\#(log(task).replacing("%", with: "%%"))""#, "--open-mode=append",
      "--no-requeue", "--signal=\(hasRanks ? "" : "B:")TERM@60",
    ]
    if hasRanks { options.append("--ntasks=\(settings.ranks)") }
    let call = (hasRanks ? "srun --ntasks=\(settings.ranks) " : "") + words.map(Self.quoted).joined(separator: " ")
    return
      (["#!/bin/sh"] + (options + settings.lines).map { "#SBATCH \($0)" }
      + ["cd \(Self.quoted(directory)) || exit 1", "exec \(call)", ""]).joined(separator: "\n")
  }

  private func jobName(_ task: TaskName) -> String { "\(settings.prefix)\(task)" }
  private func log(_ task: TaskName) -> String { "\(logs)/\(task).log" }

  private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: "'\\''"))'" }

  /// Writes the script and submits it. A controller that does not answer is asked later whether it has the job.
  /// - Throws: `InputError` where the script cannot be written, or sbatch refuses it.
  public func start(_ task: TaskName) throws {
    try Folder.make(logs)
    let path = folder.script(task)
    try AtomicFile.write(try script(task, directory: WorkingDirectory.path), to: path)
    let answer: String
    do { answer = try ChildProcess.output(of: "\(tools)sbatch", ["--parsable", path]) } catch var error as InputError {
      if Self.isSilence(error) { return }
      if error.advice == nil { error.advice = "is Slurm installed, and is its controller up? try sinfo" }
      throw error
    }
    // JOB or JOB;CLUSTER
    let number = answer.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first.map(String.init) ?? ""
    guard !number.isEmpty, number.allSatisfy(\.isNumber) else {
      throw InputError("sbatch answered \(answer.quoted()), not a job's number")
    }
    jobs[task] = number
  }

  /// Whether the controller was away, and not the job at fault.
  private static func isSilence(_ error: InputError) -> Bool {
    [
      "contact slurm controller", "timed out", "Connection refused", "Communication", "temporarily", "Transport",
      "Zero Bytes",
    ].contains { error.problem.contains($0) }
  }

  /// Its place is free for another.
  public func ended(_ task: TaskName) {
    jobs[task] = nil
    over[task] = nil
    failures = 0
  }

  /// Tasks whose jobs have ended, with no outcome even some time later, and whose processes give no sign.
  public func lost(among open: [TaskName]) throws -> [TaskName: TaskLoss] {
    var lost: [TaskName: TaskLoss] = [:]
    // Of this machine's processes the system knows at once; a file's writing comes before its process's end.
    for task in open {
      if case .gone(.some) = folder.hand(task), folder.outcome(task) == nil, try folder.withdraw(task) {
        lost[task] = .vanished(isOfMemory: over[task].map { $0.state == "OUT_OF_MEMORY" })
      }
    }
    let rest = open.filter { lost[$0] == nil }
    try ask(rest)
    for task in rest {
      guard let end = over[task], (ContinuousClock.now - end.at) >= .seconds(delay), folder.outcome(task) == nil else {
        continue
      }
      let isTaken = folder.hand(task) != .open
      guard try folder.withdraw(task) else { continue }
      if isTaken {
        lost[task] = .vanished(isOfMemory: end.state == "OUT_OF_MEMORY")
      } else {
        lost[task] = .untouched
        // What was never submitted, or was cancelled, says nothing about the program.
        if jobs[task] != nil, end.state != "CANCELLED" { try fail(task, end.state) }
      }
    }
    for task in lost.keys { (jobs[task], over[task]) = (nil, nil) }
    return lost
  }

  private func fail(_ task: TaskName, _ state: String) throws {
    failures += 1
    guard failures >= Self.mostFailures else { return }
    let last = ((try? TextFile.lines(of: log(task))) ?? []).last { !$0.isEmpty }
    throw InputError(
      "\(failures) jobs in a row ended before they began, the last as \(state.isEmpty ? "unknown" : state): "
        + (last ?? "it printed nothing"),
      file: log(task), advice: "the nodes must see this program and these folders under the same paths")
  }

  /// Slurm's words for jobs that have ended (squeue(1), JOB STATE CODES).
  private static let ends: Set<String> = [
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",
    "TIMEOUT",
  ]

  private func ask(_ tasks: [TaskName]) throws {
    guard !tasks.isEmpty else { return }
    if let asked, ContinuousClock.now - asked < .seconds(settings.interval) { return }
    asked = .now
    let names = tasks.map(jobName).joined(separator: ",")
    let text: String
    do {
      text = try ChildProcess.output(
        of: "\(tools)squeue", ["--noheader", "--states=all", "--format=%j %T %A", "--name=\(names)"])
      silences = 0
    } catch let error as InputError {
      silences += 1
      guard Double(silences) * settings.interval < Self.patience else {
        throw InputError(
          error.problem, advice: "jobs may still run: ask squeue --me; go on with --resume when Slurm is back")
      }
      return
    }
    var states: [String: (state: String, job: String)] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 3 else { continue }
      // Of two jobs of one name the one that lives counts.
      if let known = states[words[0]], !Self.ends.contains(known.state) { continue }
      states[words[0]] = (words[1], words[2])
    }
    for task in tasks {
      let found = states[jobName(task)]
      if let found { jobs[task] = found.job }
      if let found, !Self.ends.contains(found.state) {
        over[task] = nil
      } else if over[task] == nil {
        over[task] = (.now, found?.state ?? "")
      }
    }
  }

  /// Cancels the jobs that wait for a place, and asks those that run to save what they have and end.
  public func stop(_ open: [TaskName]) {
    isStopping = true
    asked = nil
    try? ask(open)
    let numbers = open.compactMap { jobs[$0] }
    guard !numbers.isEmpty else { return }
    _ = try? ChildProcess.output(of: "\(tools)scancel", ["--state=PENDING"] + numbers)
    _ = try? ChildProcess.output(of: "\(tools)scancel", ["--signal=TERM", "--full"] + numbers)
    asked = nil
  }

  /// Jobs end by themselves.
  public func end() {}
}

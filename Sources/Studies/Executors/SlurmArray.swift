internal import CLIPFiles

/// Workers as an array of Slurm jobs: one is submitted for each worker, wherever Slurm has room. The study must lie on a
/// file system that all nodes share.
public final class SlurmArray: TrialExecutor {
  private let command: WorkerCommand
  private let count: Int
  private let name: String
  private let folder: String
  private let lines: [String]
  private let tools: String
  private var job: String?
  /// Asked last, and what was answered: Slurm's controller serves a whole cluster and is not asked twice a second.
  private var asked: ContinuousClock.Instant?
  private var left = 0
  private var silences = 0

  /// How often Slurm is asked, and how often in a row it may fail to answer.
  static let interval = Duration.seconds(5), mostSilences = 24

  /// - Parameters:
  ///   - name: of the job, and what workers' names begin with
  ///   - folder: for the script and what workers print
  ///   - lines: for sbatch, such as `--time=8:00:00`
  ///   - tools: the folder of sbatch, squeue and scancel; by default they are looked for in PATH
  public init(
    _ command: WorkerCommand, count: Int, name: String, folder: String, lines: [String], tools: String? = nil
  ) {
    self.command = command
    self.count = count
    self.name = name
    self.folder = folder
    self.lines = lines
    self.tools = tools.map { "\($0)/" } ?? ""
  }

  /// The script that is submitted.
  /// - Throws: `InputError` for lines or names that would not stay what they are.
  package func script(directory: String) throws -> String {
    for line in lines {
      guard line.hasPrefix("-"), line.singleLine == line else {
        throw InputError("--slurm-line: \(line.quoted()) is no option of sbatch", advice: "such as --time=8:00:00")
      }
    }
    let words = [command.program] + command.arguments(Self.place)
    for word in words + [folder, directory, name] where word.singleLine != word {
      throw InputError("\(word.quoted()) has a line break, which a batch script cannot say")
    }
    // sbatch reads its lines by rules of its own, without a way to say these.
    guard !folder.contains(where: { $0 == "\"" || $0 == "\\" }) else {
      throw InputError("\(folder.quoted()): Slurm cannot write to a folder with a quote or a backslash in its name")
    }
    // Array, task and restart make each worker's name its own, also beside an earlier array's.
    let worker =
      Self.quoted(name) + #"-"$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID-${SLURM_RESTART_COUNT:-0}""#
    let call = words.map { $0 == Self.place ? worker : Self.quoted($0) }
    // A signal to the batch script itself: it becomes the worker.
    let options = [
      "--job-name=\(plainName)", "--array=1-\(count)",
      #"--output="\#(folder.replacing("%", with: "%%"))/slurm-%A-%a.log""#,
      "--open-mode=append", "--requeue", "--signal=B:TERM@60",
    ]
    return
      (["#!/bin/sh"] + (options + lines).map { "#SBATCH \($0)" }
      + ["cd \(Self.quoted(directory)) || exit 1", "exec \(call.joined(separator: " "))", ""])
      .joined(separator: "\n")
  }

  private static let place = "@WORKER@"

  private var plainName: String {
    let name = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    return name.isEmpty ? "carbonclip" : name
  }

  private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: "'\\''"))'" }

  /// Writes the script and submits it.
  /// - Throws: `InputError` where the script cannot be written, or sbatch refuses it.
  public func start() throws {
    try Folder.make(folder)
    let path = "\(folder)/slurm.sh"
    try AtomicFile.write(try script(directory: WorkingDirectory.path), to: path)
    let answer: String
    do { answer = try ChildProcess.output(of: "\(tools)sbatch", ["--parsable", path]) } catch var error as InputError {
      if error.advice == nil { error.advice = "is Slurm installed, and is its controller up? try sinfo" }
      throw error
    }
    // JOB or JOB;CLUSTER
    let number = answer.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first.map(String.init) ?? ""
    guard !number.isEmpty, number.allSatisfy(\.isNumber) else {
      throw InputError("sbatch answered \(answer.quoted()), not a job's number")
    }
    job = number
    left = count
  }

  /// How many of the jobs Slurm still lists: asked every five seconds at most, else what it said last.
  /// - Throws: `InputError` when Slurm does not answer 24 times in a row.
  public func poll() throws -> Int {
    guard let job else { return 0 }
    if let asked, ContinuousClock.now - asked < Self.interval { return left }
    asked = .now
    do {
      let text = try ChildProcess.output(
        of: "\(tools)squeue", ["--noheader", "--array", "--format=%i", "--jobs=\(job)"])
      left = text.split(separator: "\n").count { !$0.allSatisfy(\.isWhitespace) }
      silences = 0
    } catch let error as InputError {
      // A job that Slurm has forgotten has ended; a controller that is away for a moment says nothing about the job.
      if error.problem.contains("Invalid job id") {
        left = 0
      } else {
        silences += 1
        guard silences < Self.mostSilences else {
          throw InputError(error.problem, advice: "job \(job) may still run; ask squeue, end it with scancel \(job)")
        }
      }
    }
    return left
  }

  /// Cancels the jobs that wait for a place, and asks those that run to save what they have and end.
  public func stop() {
    guard let job else { return }
    // Those that wait for a place, then the signal that lets workers save.
    _ = try? ChildProcess.output(of: "\(tools)scancel", ["--state=PENDING", job])
    _ = try? ChildProcess.output(of: "\(tools)scancel", ["--signal=TERM", "--full", job])
    asked = nil
  }
}

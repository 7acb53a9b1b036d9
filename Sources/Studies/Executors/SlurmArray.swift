internal import Files

/// Workers as an array of Slurm jobs: one is submitted for each worker, wherever Slurm has room. The study must lie on a
/// file system that all nodes share.
public final class SlurmArray: TrialExecutor {
  private let command: WorkerCommand
  private let count: Int
  private let name: String
  private let folder: String
  private let lines: [String]
  private var job: String?

  /// - Parameters:
  ///   - name: of the job, and what workers' names begin with
  ///   - folder: for the script and what workers print
  ///   - lines: for sbatch, such as `--time=8:00:00`
  public init(_ command: WorkerCommand, count: Int, name: String, folder: String, lines: [String]) {
    self.command = command
    self.count = count
    self.name = name
    self.folder = folder
    self.lines = lines
  }

  /// The script that is submitted.
  package func script(directory: String) throws -> String {
    for line in lines {
      guard line.hasPrefix("-"), !line.contains("\n") else {
        throw InputError("--slurm-line: \(line.quoted()) is no option of sbatch", advice: "such as --time=8:00:00")
      }
    }
    // The array's number makes each worker's name its own.
    let words = [command.program] + command.arguments("@WORKER@")
    let call = words.map { $0 == "@WORKER@" ? "\"\(name)-$SLURM_ARRAY_TASK_ID\"" : Self.quoted($0) }
    return """
      #!/bin/sh
      #SBATCH --job-name=\(name.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
      #SBATCH --array=1-\(count)
      #SBATCH --output=\(folder)/slurm-%a.log
      #SBATCH --open-mode=append
      #SBATCH --requeue
      #SBATCH --signal=TERM@60
      \(lines.map { "#SBATCH \($0)" }.joined(separator: "\n"))
      cd \(Self.quoted(directory)) || exit 1
      exec \(call.joined(separator: " "))

      """.replacing("\n\n", with: "\n") + "\n"
  }

  private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: "'\\''"))'" }

  public func start() throws {
    try Folder.make(folder)
    let path = "\(folder)/slurm.sh"
    try AtomicFile.write(try script(directory: WorkingDirectory.path), to: path)
    let answer: String
    do { answer = try ChildProcess.output(of: "sbatch", ["--parsable", path]) } catch var error as InputError {
      if error.advice == nil { error.advice = "is Slurm installed, and is its controller up? try sinfo" }
      throw error
    }
    // JOB or JOB;CLUSTER
    let number = answer.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first.map(String.init) ?? ""
    guard !number.isEmpty, number.allSatisfy(\.isNumber) else {
      throw InputError("sbatch answered \(answer.quoted()), not a job's number")
    }
    job = number
  }

  public func poll() throws -> Int {
    guard let job else { return 0 }
    // A job that Slurm has forgotten has ended.
    guard let text = try? ChildProcess.output(of: "squeue", ["--noheader", "--array", "--format=%i", "--jobs=\(job)"])
    else { return 0 }
    return text.split(separator: "\n").count { !$0.isEmpty }
  }

  public func stop() {
    guard let job else { return }
    // The signal that lets workers save, then the rest.
    _ = try? ChildProcess.output(of: "scancel", ["--signal=TERM", "--full", job])
    _ = try? ChildProcess.output(of: "scancel", ["--state=PENDING", job])
  }
}

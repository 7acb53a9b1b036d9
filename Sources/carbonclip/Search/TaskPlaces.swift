import ArgumentParser
import CLIPCompute
import CLIPFiles
import CLIPStudies

/// Who runs tasks.
enum ExecutorChoice: String, CaseIterable, ExpressibleByArgument {
  case local, slurm
}

/// Where trainings are done, for commands that have many of them.
struct TaskOptions: ParsableArguments {
  @Option(help: "Trainings at a time: processes of this machine, or jobs.") var workers = 1
  @Option(help: "Who runs them: processes of this machine, or jobs of Slurm; see docs/cluster.md.")
  var executor: ExecutorChoice = .local
  @Flag(help: "The same as --executor slurm.") var slurm = false
  @Option(help: "A line for sbatch, such as --time=8:00:00; may be repeated.") var slurmLine: [String] = []
  @Option(help: "With Slurm: ranks that do a training together, started by srun.") var ranksPerTrial = 1

  func validate() throws {
    guard (1...256).contains(workers) else {
      throw ValidationError("--workers must be from 1 to 256, found \(workers)")
    }
    guard (1...4096).contains(ranksPerTrial) else {
      throw ValidationError("--ranks-per-trial must be from 1 to 4096, found \(ranksPerTrial)")
    }
    if !usesSlurm, ranksPerTrial > 1 || !slurmLine.isEmpty {
      throw ValidationError("--ranks-per-trial and --slurm-line need --executor slurm")
    }
  }

  private var usesSlurm: Bool { slurm || executor == .slurm }

  /// Whether anything is done by other processes.
  var isSpread: Bool { workers > 1 || usesSlurm }

  /// Threads for what is done before and after, here: those of all processes of this machine.
  func ownThreads(each threads: Int) -> Int {
    usesSlurm ? threads : max(threads, min(threads * workers, ThreadPool.availableProcessors))
  }

  /// In words.
  var places: String { usesSlurm ? "up to \(workers) jobs of Slurm" : "\(workers) processes" }

  /// - Parameters:
  ///   - logs: the folder for what processes print
  ///   - prefix: of jobs' names
  ///   - threads: of each process; nil leaves a job what it was given, and shares this machine's processors
  func executor(
    _ folder: TaskFolder, logs: String, prefix: String, threads: Int?, allowsCommands: Bool = false
  ) -> any TaskExecutor {
    var words = ["trial"]
    if let threads = usesSlurm ? threads : threads ?? max(1, ThreadPool.availableProcessors / workers) {
      words += ["--threads", "\(threads)"]
    }
    if allowsCommands { words.append("--allow-commands") }
    let command = TaskCommand(program: Self.program, arguments: words)
    guard usesSlurm else { return LocalTasks(folder, command, places: workers, logs: logs) }
    var settings = SlurmTasks.Settings()
    settings.places = workers
    settings.prefix = prefix
    settings.lines = slurmLine
    settings.ranks = ranksPerTrial
    return SlurmTasks(folder, command, logs: logs, settings)
  }

  private static var program: String { ProgramFile.path ?? CommandLine.arguments.first ?? "carbonclip" }
}

internal import CLIPFiles
internal import CLIPSystem

/// Workers as processes on this machine. One that is killed is started again; its trial is taken up by whoever is free.
public final class WorkerProcesses: TrialExecutor {
  private let command: WorkerCommand
  private let count: Int
  private let name: String
  private let logs: String
  private var children: [(worker: String, process: ChildProcess)] = []
  private var started = 0
  private var deaths = 0
  private var isStopping = false

  /// So many deaths by signals are too many for bad luck.
  static let mostDeaths = 10

  /// - Parameters:
  ///   - name: what workers' names begin with
  ///   - logs: the folder for what workers print
  public init(_ command: WorkerCommand, count: Int, name: String, logs: String) {
    self.command = command
    self.count = count
    self.name = name
    self.logs = logs
  }

  /// Starts all workers, each with a log of its own.
  /// - Throws: `InputError` where one cannot be started; those before it have then ended.
  public func start() throws {
    try Folder.make(logs)
    do { for _ in 0..<count { try add() } } catch {
      end()
      throw error
    }
  }

  /// Nobody polls after a fault: the workers that are left are ended and waited for here.
  private func end() {
    stop()
    for child in children { child.process.end() }
    children = []
  }

  private func add() throws {
    started += 1
    let worker = "\(name)-\(started)"
    let process = try ChildProcess(command.program, command.arguments(worker), output: "\(logs)/worker-\(started).log")
    children.append((worker, process))
  }

  /// How many work; those that a signal killed are started again.
  /// - Throws: `InputError` after more than ten such deaths, or when the last workers end with a fault.
  public func poll() throws -> Int {
    var fault: String?
    for child in children {
      guard let status = child.process.status() else { continue }
      children.removeAll { $0.worker == child.worker }
      guard status != .ended(0), !isStopping else { continue }
      switch status {
      // It was asked to end, by someone else, and has saved what it had.
      case .ended(128 + Int(SIGINT)), .ended(128 + Int(SIGTERM)), .ended(128 + Int(SIGHUP)): continue
      case .signal:
        deaths += 1
        guard deaths <= Self.mostDeaths else {
          end()
          throw InputError(
            "workers were killed \(deaths) times", file: logs, advice: "fewer --workers need less memory")
        }
        try add()
      case .ended(let status):
        let number = child.worker.split(separator: "-").last.map(String.init) ?? ""
        let lines = (try? TextFile.lines(of: "\(logs)/worker-\(number).log")) ?? []
        fault = lines.last { !$0.isEmpty } ?? "exit status \(status)"
      }
    }
    if children.isEmpty, let fault {
      throw InputError(fault.hasPrefix("error: ") ? String(fault.dropFirst(7)) : fault)
    }
    return children.count
  }

  /// Asks all to stop; each saves what it has first, and none is started again.
  public func stop() {
    isStopping = true
    for child in children { child.process.stop() }
  }
}

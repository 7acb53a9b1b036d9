import CLIPFiles
import Foundation
import CLIPStudies
import Testing

@Suite("Executors")
struct ExecutorTests {
  private func wait(_ executor: any TrialExecutor, until isDone: (Int) -> Bool) throws {
    while true {
      if isDone(try executor.poll()) { return }
      usleep(2000)
    }
  }

  @Test("every worker is called with its own name, and all that it prints is kept")
  func names() throws {
    let folder = try StudyFolder()
    let program = try folder.program("work", #"echo "I am $1"; echo "$2" >&2"#)
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0, "a b 'c'"] }, count: 3, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    try wait(workers) { $0 == 0 }
    for number in 1...3 {
      let lines = try TextFile.lines(of: "\(folder.path)/logs/worker-\(number).log")
      #expect(lines == ["I am w-\(number)", "a b 'c'"])
    }
  }

  @Test("a worker that is killed is started again under a new name")
  func restart() throws {
    let folder = try StudyFolder()
    let program = try folder.program("work", #"[ "$1" = w-1 ] && kill -KILL $$; echo "$1""#)
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0] }, count: 1, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    try wait(workers) { $0 == 0 }
    let lines = try TextFile.lines(of: "\(folder.path)/logs/worker-2.log")
    #expect(lines == ["w-2"])
  }

  @Test("a worker that was asked to end by someone else is not started again", arguments: [129, 130, 143])
  func asked(status: Int) throws {
    let folder = try StudyFolder(), program = try folder.program("work", "exit \(status)")
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0] }, count: 1, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    try wait(workers) { $0 == 0 }
    #expect(try Folder.names(in: "\(folder.path)/logs") == ["worker-1.log"])
  }

  @Test("workers that are killed again and again end the search with advice")
  func deaths() throws {
    let folder = try StudyFolder(), program = try folder.program("work", "kill -KILL $$")
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0] }, count: 2, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    let message = fault { try wait(workers) { _ in false } }
    #expect(message == "\(folder.path)/logs: workers were killed 11 times; fewer --workers need less memory")
  }

  @Test("workers that all end with a fault say why")
  func faults() throws {
    let folder = try StudyFolder(), program = try folder.program("work", "echo 'error: no such data' >&2; exit 1")
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0] }, count: 2, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    let message = fault { try wait(workers) { _ in false } }
    #expect(message == "no such data")
    let missing = WorkerProcesses(
      WorkerCommand(program: "\(folder.path)/none") { [$0] }, count: 2, name: "w", logs: "\(folder.path)/logs")
    let cannot = fault { try missing.start() }
    #expect(cannot == "\(folder.path)/none: cannot be started: No such file or directory")
  }

  @Test("workers that are asked to stop end, and are not started again")
  func stop() throws {
    let folder = try StudyFolder()
    let program = try folder.program(
      "work", #"trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.01; done"#)
    let workers = WorkerProcesses(
      WorkerCommand(program: program) { [$0] }, count: 2, name: "w", logs: "\(folder.path)/logs")
    try workers.start()
    let logs = [1, 2].map { "\(folder.path)/logs/worker-\($0).log" }
    try wait(workers) { _ in logs.allSatisfy { (try? TextFile.lines(of: $0)) == ["up"] } }
    workers.stop()
    try wait(workers) { $0 == 0 }
    for log in logs {
      let lines = try TextFile.lines(of: log)
      #expect(lines == ["up", "saved"])
    }
  }
}

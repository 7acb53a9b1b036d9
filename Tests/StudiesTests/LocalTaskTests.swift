import CLIPFiles
import CLIPStudies
import Foundation
import Testing

/// Processes are small scripts here, which take tasks and leave results as the program does.
@Suite("Tasks of local processes")
struct LocalTaskTests {
  /// Reads tasks' files and does with each what `body` says; `$n` is the file without its ending.
  private static func script(_ body: String) -> String {
    """
    [ "$1" = -x ] && [ "$2" = - ] || exit 3
    take() { printf '{"machine":"m/0/p","process":%d,"start":"","since":1,"token":"t"}' $$ > "$n.taken"; }
    leave() { printf '%s' "$1" > "$n.part"; mv "$n.part" "$n.result"; }
    while read -r f; do n=${f%.task}; \(body); done
    """
  }

  private func executor(_ folder: StudyFolder, _ body: String, places: Int = 2) throws -> LocalTasks {
    let program = try folder.program("work", Self.script(body))
    return LocalTasks(
      TaskFolder("\(folder.path)/tasks"), TaskCommand(program: program, arguments: ["-x"]), places: places,
      logs: "\(folder.path)/logs")
  }

  /// Gives tasks until so many have ended.
  /// - Returns: their outcomes
  private func work(
    _ folder: StudyFolder, _ executor: LocalTasks, count: Int, lost: (TaskName, TaskLoss) -> Void = { _, _ in }
  ) throws -> [TaskName: TaskOutcome] {
    let tasks = TaskFolder("\(folder.path)/tasks")
    var open: Set<TaskName> = [], ended: [TaskName: TaskOutcome] = [:], waiting = Array(1...count)
    let deadline = Date().addingTimeInterval(30)
    while ended.count < count, Date() < deadline {
      for task in try tasks.ended() {
        ended[task] = tasks.outcome(task)
        try tasks.remove(task.kind, task.number)
        executor.ended(task)
        open.remove(task)
      }
      while let number = waiting.first, executor.room(beside: Array(open)) > 0 {
        let task = try tasks.write("trial", number, ["number": .integer(number)])
        waiting.removeFirst()
        open.insert(task)
        try executor.start(task)
      }
      for (task, loss) in try executor.lost(among: Array(open)) {
        lost(task, loss)
        open.remove(task)
        waiting.append(task.number)
      }
      usleep(2000)
    }
    return ended
  }

  @Test("two processes do twelve tasks one after another, and end when nothing more is given")
  func life() throws {
    let folder = try StudyFolder()
    let executor = try executor(folder, "take; echo \"$f\"; leave '{\"finished\":{\"a\":1}}'")
    let ended = try work(folder, executor, count: 12)
    #expect(ended.count == 12 && ended.values.allSatisfy { $0 == .finished(["a": 1]) })
    executor.end()
    let logs = try Folder.names(in: "\(folder.path)/logs")
    #expect(logs == ["worker-1.log", "worker-2.log"])
    let lines = try logs.flatMap { try TextFile.lines(of: "\(folder.path)/logs/\($0)") }
    #expect(lines.count == 12 && Set(lines).count == 12)
  }

  @Test("a task whose process is killed is lost, and given out again to another process")
  func killed() throws {
    let folder = try StudyFolder()
    let executor = try executor(
      folder, "take; case $n in *-2.1) kill -KILL $$;; esac; leave '{\"finished\":{}}'")
    var losses: [String] = []
    let ended = try work(folder, executor, count: 4) { losses.append("\($0) \($1)") }
    #expect(losses == ["trial-2.1 vanished(isOfMemory: nil)"])
    #expect(
      ended.keys.sorted { $0.number < $1.number }.map { "\($0)" } == [
        "trial-1.1", "trial-2.2", "trial-3.1", "trial-4.1",
      ])
    executor.end()
  }

  @Test("a process that is killed before it takes its task leaves it untouched")
  func untouched() throws {
    let folder = try StudyFolder()
    let executor = try executor(
      folder,
      "[ -e \"\(folder.path)/once\" ] || { : > \"\(folder.path)/once\"; kill -KILL $$; }; take; leave '{\"failed\":\"no\"}'",
      places: 1)
    var losses: [String] = []
    let ended = try work(folder, executor, count: 2) { losses.append("\($0) \($1)") }
    #expect(losses == ["trial-1.1 untouched"])
    #expect(ended.count == 2 && ended.values.allSatisfy { $0 == .failed("no") })
    executor.end()
  }

  @Test("processes that are killed again and again end the search with advice")
  func deaths() throws {
    let folder = try StudyFolder(), executor = try executor(folder, "kill -KILL $$")
    let message = fault { _ = try work(folder, executor, count: 2) }
    #expect(message == "\(folder.path)/logs: workers were killed 11 times; fewer --workers need less memory")
  }

  @Test("processes that all end with a fault say why; a program that is missing, too")
  func faults() throws {
    let folder = try StudyFolder(), executor = try executor(folder, "echo 'error: no such data' >&2; exit 1")
    #expect(fault { _ = try work(folder, executor, count: 4) } == "no such data")
    let other = try StudyFolder()
    let none = LocalTasks(
      TaskFolder("\(other.path)/tasks"), TaskCommand(program: "\(other.path)/none", arguments: []), places: 1,
      logs: "\(other.path)/logs")
    #expect(
      fault { _ = try work(other, none, count: 1) }
        == "\(other.path)/none: cannot be started: No such file or directory")
  }

  @Test("processes that someone else asked to end are not started again", arguments: [129, 130, 143])
  func asked(status: Int) throws {
    let folder = try StudyFolder()
    let executor = try executor(folder, "exit \(status)")
    let message = fault { _ = try work(folder, executor, count: 4) }
    #expect(message == "\(folder.path)/logs: its workers were ended; go on with --resume")
    #expect(try Folder.names(in: "\(folder.path)/logs") == ["worker-1.log", "worker-2.log"])
  }

  @Test("processes that are asked to stop leave what they have; an idle one ends, too")
  func stop() throws {
    let folder = try StudyFolder(), tasks = TaskFolder("\(folder.path)/tasks")
    let executor = try executor(
      folder, "take; trap 'leave \"{\\\"released\\\":\\\"\\\"}\"; exit 143' TERM; echo up; while :; do sleep 0.01; done"
    )
    let task = try tasks.write("trial", 1, [:])
    try executor.start(task)
    let log = "\(folder.path)/logs/worker-1.log", deadline = Date().addingTimeInterval(20)
    while (try? TextFile.lines(of: log)) != ["up"], Date() < deadline { usleep(2000) }
    executor.stop([task])
    while tasks.outcome(task) == nil, Date() < deadline { usleep(2000) }
    #expect(tasks.outcome(task) == .released(""))
    #expect(executor.room(beside: []) == 0)
    executor.end()
  }

  @Test("what an earlier coordinator's process still does counts; what nobody does is taken back")
  func orphans() throws {
    let folder = try StudyFolder(), tasks = TaskFolder("\(folder.path)/tasks")
    let open = try (1...3).map { try tasks.write("trial", $0, [:]) }
    let own = try #require(try TakenTask.take(tasks.file(open[0])))
    _ = try folder.file(
      "tasks/trial-2.1.taken",
      Array(#"{"machine":"far/0/p","process":1,"start":"","since":1,"token":"t"}"#.utf8))
    var times = [timeval(tv_sec: time(nil) - 100, tv_usec: 0), timeval(tv_sec: time(nil) - 100, tv_usec: 0)]
    #expect(utimes("\(tasks.path)/trial-2.1.taken", &times) == 0)
    let executor = try executor(folder, "exit 0", places: 4)
    #expect(executor.room(beside: open) == 1)
    let lost = try executor.lost(among: open)
    #expect(lost == [open[1]: .vanished(isOfMemory: nil), open[2]: .untouched])
    #expect(executor.room(beside: [open[0]]) == 3)
    withExtendedLifetime(own) {}
  }
}

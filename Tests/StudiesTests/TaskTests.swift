import CLIPFiles
import CLIPStudies
import CLIPSystem
import Foundation
import Testing

@Suite("Tasks as files")
struct TaskTests {
  @Test("names are read as they were written, and nothing else is a name")
  func names() throws {
    for name in [TaskName("trial", 5, attempt: 2), TaskName("look", 1, attempt: 10)] {
      #expect(TaskName("\(name)") == name)
      #expect(try TaskFolder.name(of: TaskFolder("/a b/tasks").file(name)) == name)
    }
    for text in [
      "", "trial", "trial-1", "trial-1.", "trial-0.1", "trial-1.0", "-1.1", "a-b-1.1", "trial-1.1.1", "t1-x.2",
    ] {
      #expect(TaskName(text) == nil, "\(text)")
    }
    #expect(fault { try TaskFolder.name(of: "x/trial-5.1.json") }?.contains("is no task of a search") == true)
  }

  @Test("one of sixteen takes a task; what it leaves is found once and forgotten with the task")
  func once() throws {
    let folder = try StudyFolder(), tasks = TaskFolder("\(folder.path)/tasks")
    let task = try tasks.write("trial", 3, ["point": [1, 2]])
    #expect("\(task)" == "trial-3.1" && tasks.hand(task) == .open && tasks.outcome(task) == nil)
    let taken = Lock<[TakenTask]>([])
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      guard let one = try? TakenTask.take(tasks.file(task)) else { return }
      taken.withLock { $0.append(one) }
    }
    let own = try #require(taken.withLock { $0.count == 1 ? $0[0] : nil })
    #expect(own.content["point"] == [1, 2])
    guard case .held(let holder) = tasks.hand(task) else {
      Issue.record("\(tasks.hand(task))")
      return
    }
    #expect(holder.words.contains("process \(getpid())"))
    // Not while somebody works at it.
    #expect(try !tasks.withdraw(task))
    try own.leave(.finished(["value": 0.5]))
    #expect(tasks.outcome(task) == .finished(["value": 0.5]))
    #expect(try tasks.ended() == [task])
    #expect(try "\(tasks.write("trial", 3, [:]))" == "trial-3.2" && "\(tasks.write("look", 3, [:]))" == "look-3.1")
    try tasks.remove("trial", 3)
    #expect(try tasks.ended().isEmpty && tasks.newest("trial", 3) == nil && tasks.newest("look", 3) != nil)
    try tasks.remove("look", 3)
    tasks.tidy()
    #expect(!Folder.exists(tasks.path))
  }

  @Test("a task that is taken back is begun by nobody; attempts have numbers of their own")
  func withdrawn() throws {
    let folder = try StudyFolder(), tasks = TaskFolder("\(folder.path)/tasks")
    let task = try tasks.write("trial", 1, [:])
    #expect(try tasks.withdraw(task) && tasks.withdraw(task))
    #expect(try TakenTask.take(tasks.file(task)) == nil)
    #expect(tasks.hand(task) == .gone(nil))
    let next = try tasks.write("trial", 1, [:])
    #expect(next.attempt == 2 && tasks.hand(next) == .open)
    try tasks.forget(task)
    #expect(try tasks.newest("trial", 1) == next)
  }

  @Test("a result that was cut short is no result", arguments: ["", "{", "[]", "{\"finished\": 3}", "{\"other\": {}}"])
  func damaged(text: String) throws {
    let folder = try StudyFolder(), tasks = TaskFolder("\(folder.path)/tasks")
    let task = try tasks.write("trial", 1, [:])
    _ = try folder.file("tasks/trial-1.1.result", Array(text.utf8))
    #expect(tasks.outcome(task) == .released("its result cannot be read"))
  }

  @Test("a study's work is given, comes back, is lost and given up; what is taken up is taken up once")
  func study() throws {
    let folder = try StudyFolder(), owner = try Ownership.take("\(folder.path)/owner", of: folder.study)
    let study = try Study.open(folder.study, identity: Sample.identity, budget: 3, owner: owner)
    func next() throws -> Trial? {
      try study.upcoming { trials, _ in
        Sample.propose(trials).map { .init(.training, points: [$0.point], origin: $0.origin) }
      }
    }
    let first = try #require(try next())
    // It waits until it is given.
    #expect(try next()?.number == 1)
    try study.give(first, to: "local")
    let second = try #require(try next())
    try study.give(second, to: "local")
    #expect(try study.given().map(\.number) == [1, 2] && study.isGiven(.training, 1))
    // No lease ends, and no process is asked for: whoever gave it looks after it.
    #expect(try study.abandonedTrials().isEmpty)
    #expect(try study.takeUp(.training, 1, measurement: ["a": 1], key: "k", worker: "w", notes: [("n", 7)]))
    #expect(try !study.takeUp(.training, 1, measurement: ["a": 2], key: "k", worker: "w", notes: [("n", 8)]))
    #expect(try study.note("n") == 7 && study.trials()[0].measurement == ["a": 1])
    try study.takeBack(.training, 2)
    #expect(try study.trials()[1].attempts == 0 && next()?.number == 2)
    for attempt in 1...Study.mostAttempts {
      try study.give(try #require(try next()), to: "slurm")
      let reason = try study.lose(.training, 2, isOfMemory: false)
      #expect((reason != nil) == (attempt == Study.mostAttempts), "\(attempt)")
    }
    #expect(try study.trials()[1].reason == "its process ended 10 times without a word")
    // A late result counts all the same.
    #expect(try study.takeUp(.training, 2, measurement: ["a": 3], key: "k", worker: "w"))
    let third = try #require(try next())
    try study.give(third, to: "slurm")
    #expect(try study.lose(.training, 3, isOfMemory: true) == nil)
    try study.give(try #require(try next()), to: "slurm")
    #expect(try study.lose(.training, 3, isOfMemory: true)?.hasPrefix("out of memory") == true)
    #expect(try next() == nil)
  }
}

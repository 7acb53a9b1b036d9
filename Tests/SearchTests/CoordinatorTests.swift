import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPStudies
import CLIPSystem
import Foundation
import Testing

/// Does tasks with threads of this process, each as a process on another machine would: from the task's file alone.
private final class ThreadTasks: TaskExecutor, @unchecked Sendable {
  let name = "threads"
  private let folder: TaskFolder
  private let places: Int
  private let body: @Sendable (String) -> Void
  private var busy: Set<TaskName> = []
  let started = Lock<[TaskName]>([])

  init(_ folder: TaskFolder, places: Int, _ body: @escaping @Sendable (String) -> Void) {
    self.folder = folder
    self.places = places
    self.body = body
  }

  func room(beside open: [TaskName]) -> Int { max(0, places - busy.union(open).count) }

  func start(_ task: TaskName) {
    busy.insert(task)
    started.withLock { $0.append(task) }
    let file = folder.file(task), body = body
    Thread.detachNewThread { body(file) }
  }

  func ended(_ task: TaskName) { busy.remove(task) }
  func lost(among open: [TaskName]) -> [TaskName: TaskLoss] { [:] }
  func stop(_ open: [TaskName]) {}
  func end() {}
}

@Suite("Coordinated searches")
struct CoordinatorTests {
  /// Takes a task and leaves what the runner makes of it.
  private static func work(
    _ file: String, version: String = "test", shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    guard let task = try? TakenTask.take(file) else { return }
    do {
      guard let content = SearchTask(task.content) else { throw InputError("no task") }
      let runner = SearchTaskRunner(
        on: ThreadPool(threads: 1), version: version, allowsCommands: false, shouldStop: shouldStop)
      let value = try runner.run(content, started: UTCDate.now)
      try task.leave(value.map { .finished($0) } ?? .released(""))
    } catch is CancellationError {
      try? task.leave(.released(""))
    } catch { try? task.leave(.failed("\(error)")) }
  }

  private func coordinate(
    _ fixture: SearchFixture, _ recipe: SearchRecipe, _ study: Study, _ executor: any TaskExecutor, _ tasks: TaskFolder,
    candidates: String, observe: @escaping (SearchEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> SearchRun.Outcome {
    try SearchCoordinator(
      recipe, study, tasks, executor, candidates: "\(fixture.folder)/\(candidates)", worker: "c",
      on: ThreadPool(threads: 1), version: "test", observe: observe, shouldStop: shouldStop
    ).run()
  }

  /// A study that tells the model that it is of.
  private func study(_ fixture: SearchFixture, _ recipe: SearchRecipe, _ name: String) throws -> Study {
    let data = try SearchData(opening: recipe)
    return try Study.open(
      "\(fixture.folder)/\(name)/study.sqlite",
      identity: StudyIdentity(
        recipe: AccountEdition.recorded(recipe.node.json), codeVersion: "test",
        dataFingerprint: try recipe.fingerprint(data)),
      budget: recipe.trials, owner: Ownership.take("\(fixture.folder)/\(name)/owner", of: name))
  }

  @Test(
    "tasks one at a time give the trials of a search without any, looks among them",
    arguments: ["false", "{first: 5, per-trial: 2}"])
  func same(looks: String) throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["looks": looks, "initial-trials": "3"])
    let alone = try fixture.study(recipe, "alone")
    #expect(try fixture.run(recipe, alone, candidates: "a") == .finished)
    let tasks = TaskFolder("\(fixture.folder)/t/tasks"), study = try study(fixture, recipe, "t")
    let executor = ThreadTasks(tasks, places: 1) { Self.work($0) }
    var told: [String] = []
    #expect(
      try coordinate(fixture, recipe, study, executor, tasks, candidates: "b") { event in
        switch event {
        case .started(let number, _, _, _): told.append("trial \(number) begins")
        case .finished(let number, _, _, let wasKnown): told.append("trial \(number) ends \(wasKnown)")
        default: break
        }
      } == .finished)
    func rows(_ study: Study) throws -> [String] {
      try (study.trials() + study.looks()).map {
        "\($0.kind) \($0.number) \($0.point) \($0.origin) \($0.state) \($0.attempts) "
          + "\($0.measurement?["accelerators"]?.text() ?? "") "
          + "\(($0.measurement?["float32"] ?? $0.measurement?["measurement"]?["int8"])?.text() ?? "")"
      }
    }
    #expect(try rows(study) == rows(alone))
    #expect(told.count == 10 && told.prefix(2) == ["trial 1 begins", "trial 1 ends false"], "\(told)")
    // Nothing is left of tasks; what each cost is in the study.
    #expect(!Folder.exists(tasks.path))
    let looked = try study.looks().count
    #expect(try study.notes(prefix: "footprint/").count == 5 + looked + 1)
    #expect(try study.trials().allSatisfy { $0.worker == "threads trial-\($0.number).1" })
  }

  @Test(
    "sixteen places are filled at once, with sixteen points; none waits for another's end, and no point comes twice")
  func sixteen() throws {
    let fixture = try SearchFixture(), places = 16
    let recipe = try fixture.recipe([
      "model-space": "{vision-layers: [1, 2], vision-mlp: [16, 32, 64], text-width: [8, 16], text-mlp: [16, 32, 64]}",
      "trials": "32", "initial-trials": "4",
    ])
    let tasks = TaskFolder("\(fixture.folder)/t/tasks"), study = try study(fixture, recipe, "t")
    // Nobody ends before all sixteen have begun: were a proposal to wait for a result, none would come.
    let begun = Lock(0), busy = Lock<[Double]>([]), wall = ContinuousClock.now
    let executor = ThreadTasks(tasks, places: places) { file in
      let own = begun.withLock { count in
        count += 1
        return count
      }
      let deadline = Date().addingTimeInterval(60)
      while own <= places, begun.withLock({ $0 }) < places, Date() < deadline { usleep(2000) }
      #expect(begun.withLock { $0 } >= places, "a proposal waited for a result")
      let start = ContinuousClock.now
      Self.work(file)
      busy.withLock { $0.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    var pending: [Int] = [], open: Set<Int> = [], thinking = 0.0
    #expect(
      try coordinate(fixture, recipe, study, executor, tasks, candidates: "c") { event in
        switch event {
        case .started(let number, _, _, let seconds):
          pending.append(open.count)
          open.insert(number)
          thinking += seconds
        case .finished(let number, _, _, _): open.remove(number)
        default: break
        }
      } == .finished)
    let trials = try study.trials()
    #expect(trials.count == 32 && trials.allSatisfy { $0.state == .finished && $0.attempts == 1 })
    // Most were proposed while fifteen others were pending; a proposal that did not know them would repeat one.
    #expect(Set(trials.map(\.point)).count == 32 && pending.prefix(16) == ArraySlice(0..<16))
    #expect(pending.dropFirst(16).filter { $0 >= 8 }.count >= 8, "\(pending)")
    print(
      "sixteen places: 32 proposals took \(thinking) s, \(thinking / 32) s each; wall "
        + "\((ContinuousClock.now - wall) / .seconds(1)) s")
  }

  @Test("a coordinator that is followed by another: what finished meanwhile is taken up, what was lost is given again")
  func followed() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "4"])
    let tasks = TaskFolder("\(fixture.folder)/t/tasks")
    do {
      let study = try study(fixture, recipe, "t")
      // Gives three tasks and is gone.
      for point in [[1, 2, 1], [0, 0, 0], [1, 0, 1]] {
        let trial = try #require(
          try study.upcoming { _, _ in .init(.training, points: [point], origin: "o") })
        try study.give(trial, to: "threads")
      }
      // Of the third the file was not written any more.
      for number in [1, 2] {
        let trial = try study.trials()[number - 1]
        _ = try tasks.write("trial", number, Self.content(trial, recipe, study, "\(fixture.folder)/c"))
      }
    }
    // The first is finished while nobody looks; the second's process is killed: here it is never begun.
    Self.work(tasks.file(TaskName("trial", 1, attempt: 1)))
    #expect(try tasks.ended().count == 1)
    let before = try TextFile.text(of: "\(tasks.path)/trial-1.1.result")
    #expect(try tasks.withdraw(TaskName("trial", 2, attempt: 1)))
    let study = try study(fixture, recipe, "t")
    let executor = LosingTasks(tasks) { Self.work($0) }
    #expect(try coordinate(fixture, recipe, study, executor, tasks, candidates: "c") == .finished)
    let trials = try study.trials()
    #expect(trials.count == 4 && trials.allSatisfy { $0.state == .finished })
    #expect(trials.map(\.worker) == ["trial-1.1", "trial-2.2", "trial-3.1", "trial-4.1"].map { "losing \($0)" })
    // What was taken up is what was left.
    let left = try JSONParser.parse(before)["finished"]?["measurement"]
    #expect(trials[0].measurement == left && trials[0].attempts == 1)
    #expect(executor.started == ["trial-2.2", "trial-3.1", "trial-4.1"])
  }

  @Test("another version, other data or model, and what cannot be trained are failures that end the search with advice")
  func failures() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "8"])
    let tasks = TaskFolder("\(fixture.folder)/t/tasks"), study = try study(fixture, recipe, "t")
    let executor = ThreadTasks(tasks, places: 1) { Self.work($0, version: "1.0") }
    guard case .gaveUp(let advice) = try coordinate(fixture, recipe, study, executor, tasks, candidates: "c") else {
      Issue.record("was not given up")
      return
    }
    #expect(advice.contains("failed alike: the task was written by version test of the program"), "\(advice)")
    let other = try Study.open(
      "\(fixture.folder)/o/study.sqlite",
      identity: StudyIdentity(
        recipe: AccountEdition.recorded(recipe.node.json), codeVersion: "test", dataFingerprint: "s2-0"),
      budget: 8, owner: Ownership.take("\(fixture.folder)/o/owner", of: "o"))
    let more = TaskFolder("\(fixture.folder)/o/tasks")
    let outcome = try coordinate(
      fixture, recipe, other, ThreadTasks(more, places: 1) { Self.work($0) }, more, candidates: "c")
    guard case .gaveUp(let advice) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(advice.contains("the base model or the data are others here"), "\(advice)")
  }

  @Test("asked to stop, tasks save what they have, wait again uncounted, and the next coordinator ends the search")
  func stop() throws {
    let fixture = try SearchFixture(), recipe = try fixture.recipe(["trials": "4"])
    let tasks = TaskFolder("\(fixture.folder)/t/tasks"), study = try study(fixture, recipe, "t")
    let asked = Lock(0)
    let stops: @Sendable () -> Bool = {
      asked.withLock { count in
        count += 1
        return count > 40
      }
    }
    let executor = ThreadTasks(tasks, places: 2) { Self.work($0, shouldStop: stops) }
    let outcome = try coordinate(fixture, recipe, study, executor, tasks, candidates: "c", shouldStop: stops)
    #expect(outcome == .stopped)
    #expect(try study.given().isEmpty && study.trials().allSatisfy { [.waiting, .finished].contains($0.state) })
    #expect(try study.trials().allSatisfy { $0.attempts <= 1 })
    let next = ThreadTasks(tasks, places: 2) { Self.work($0) }
    #expect(try coordinate(fixture, recipe, study, next, tasks, candidates: "c") == .finished)
    #expect(try study.trials().count == 4)
  }

  private static func content(
    _ trial: Trial, _ recipe: SearchRecipe, _ study: Study, _ candidates: String
  ) -> JSONObject {
    SearchTask(trial, recipe, study, candidates: candidates, version: "test").json
  }
}

/// Does tasks at once, and finds those lost that were taken back.
private final class LosingTasks: TaskExecutor {
  let name = "losing"
  private let folder: TaskFolder
  private let body: (String) -> Void
  private(set) var started: [String] = []

  init(_ folder: TaskFolder, _ body: @escaping (String) -> Void) {
    self.folder = folder
    self.body = body
  }

  func room(beside open: [TaskName]) -> Int { open.isEmpty ? 1 : 0 }

  func start(_ task: TaskName) {
    started.append("\(task)")
    body(folder.file(task))
  }

  func ended(_ task: TaskName) {}

  func lost(among open: [TaskName]) -> [TaskName: TaskLoss] {
    var lost: [TaskName: TaskLoss] = [:]
    for task in open { if case .gone = folder.hand(task), folder.outcome(task) == nil { lost[task] = .untouched } }
    return lost
  }

  func stop(_ open: [TaskName]) {}
  func end() {}
}

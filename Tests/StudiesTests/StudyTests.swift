import Files
import Foundation
import Studies
import Synchronization
import Testing

@Suite("Studies")
struct StudyTests {
  private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("study-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private func identity(_ changes: [String: JSONValue] = [:], base: String = "f00") -> StudyIdentity {
    var recipe: JSONObject = ["mode": "carbon", "trials": 10, "finetune": .object(["lr": 1e-3, "epochs": 1])]
    for (key, value) in changes { recipe[key] = value }
    return StudyIdentity(recipe: .object(recipe), codeVersion: "test", dataFingerprint: base)
  }

  /// Proposes 1, 2, 3 ... as points.
  private func next(_ trials: [Trial]) -> (point: [Int], origin: String)? { ([trials.count + 1, 0], "count") }

  @Test("trials are handed out once, in order, until the budget is used up")
  func budget() throws {
    try withFolder { folder in
      let study = try Study.open("\(folder)/s.sqlite", identity: identity(), budget: 3)
      var numbers: [Int] = []
      while let claim = try study.claim(worker: "a", lease: 60, propose: next) {
        numbers.append(claim.trial.number)
        try study.finish(claim, measurement: ["accuracy": 0.5], key: "k\(claim.trial.number)")
      }
      #expect(numbers == [1, 2, 3])
      let trials = try study.trials()
      #expect(trials.map(\.point) == [[1, 0], [2, 0], [3, 0]])
      #expect(trials.allSatisfy { $0.state == .finished && $0.origin == "count" && $0.attempts == 1 })
      #expect(try study.measurement(forKey: "k2")?["accuracy"]?.doubleValue == 0.5)
      #expect(try study.measurement(forKey: "k9") == nil)
      try study.setBudget(4)
      #expect(try study.claim(worker: "a", lease: 60, propose: next)?.trial.number == 4)
    }
  }

  @Test("what one process wrote, another reads; a claim left behind by a dead lease is taken up under the same number")
  func takeover() throws {
    try withFolder { folder in
      let path = "\(folder)/s.sqlite"
      let first = try Study.open(path, identity: identity(), budget: 5)
      let lost = try #require(try first.claim(worker: "a", lease: -1, propose: next))
      let second = try Study.open(path, identity: identity(), budget: 99)
      #expect(try second.budget() == 5)
      let taken = try #require(try second.claim(worker: "b", lease: 60, propose: next))
      #expect(taken.trial.number == lost.trial.number && taken.trial.point == lost.trial.point)
      #expect(taken.trial.attempts == 2)
      // The first worker comes back: its result is not the trial's any more.
      try first.finish(lost, measurement: ["accuracy": 0.1], key: "old")
      #expect(try second.trials().first?.state == .running)
      try second.finish(taken, measurement: ["accuracy": 0.9], key: "new")
      #expect(try first.trials().first?.measurement?["accuracy"]?.doubleValue == 0.9)
    }
  }

  @Test("a trial whose workers vanish three times is given up with a reason")
  func vanishing() throws {
    try withFolder { folder in
      let study = try Study.open("\(folder)/s.sqlite", identity: identity(), budget: 2)
      for _ in 0..<3 { #expect(try study.claim(worker: "a", lease: -1, propose: next)?.trial.number == 1) }
      #expect(try study.claim(worker: "a", lease: 60, propose: next)?.trial.number == 2)
      let trial = try #require(try study.trials().first)
      #expect(trial.state == .failed && trial.reason?.contains("memory") == true)
      try study.retryFailed()
      #expect(try study.trials().first?.state == .waiting)
    }
  }

  @Test("a released trial is handed out again and the attempt does not count")
  func release() throws {
    try withFolder { folder in
      let study = try Study.open("\(folder)/s.sqlite", identity: identity(), budget: 2)
      let claim = try #require(try study.claim(worker: "a", lease: 60, propose: next))
      try study.release(claim)
      let again = try #require(try study.claim(worker: "b", lease: 60, propose: next))
      #expect(again.trial.number == 1 && again.trial.attempts == 1)
    }
  }

  @Test("eight threads with a connection each share a hundred trials without doubling any")
  func sharing() throws {
    try withFolder { folder in
      let path = "\(folder)/s.sqlite", identity = identity()
      _ = try Study.open(path, identity: identity, budget: 100)
      let seen = Mutex<[Int]>([]), faults = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 8) { worker in
        do {
          let study = try Study.open(path, identity: identity, budget: 100)
          while let claim = try study.claim(
            worker: "w\(worker)", lease: 60, propose: { ([$0.count, worker], "\(worker)") })
          {
            seen.withLock { $0.append(claim.trial.number) }
            try study.finish(claim, measurement: .integer(worker), key: "\(claim.trial.number)")
          }
        } catch { faults.withLock { $0.append("\(error)") } }
      }
      #expect(faults.withLock { $0 } == [])
      #expect(seen.withLock { $0.sorted() } == Array(1...100))
      #expect(try Study.read(path).trials().count { $0.state == .finished } == 100)
    }
  }

  @Test("three failures alike in a row give advice; others do not")
  func advice() throws {
    try withFolder { folder in
      let study = try Study.open("\(folder)/s.sqlite", identity: identity(), budget: 20)
      func fail(_ reason: String) throws {
        let claim = try #require(try study.claim(worker: "a", lease: 60, propose: next))
        try study.fail(claim, reason: reason)
      }
      try fail("loss is not finite at step 12")
      try fail("loss is not finite at step 140")
      #expect(try study.stopAdvice() == nil)
      let claim = try #require(try study.claim(worker: "a", lease: 60, propose: next))
      try study.finish(claim, measurement: 1, key: "k")
      try fail("loss is not finite at step 7")
      try fail("disk full")
      try fail("loss is not finite at step 3")
      #expect(try study.stopAdvice() == nil)
      try fail("loss is not finite at step 33")
      try fail("loss is not finite at step 4")
      #expect(try study.stopAdvice() == "three trials in a row failed alike: loss is not finite at step 4")
    }
  }

  @Test("a study of another recipe is refused with the keys that differ; budgets may grow")
  func otherRecipe() throws {
    try withFolder { folder in
      let path = "\(folder)/s.sqlite"
      _ = try Study.open(path, identity: identity(), budget: 3)
      _ = try Study.open(path, identity: identity(["trials": 50, "time": "2 hours"]), budget: 3)
      let other = identity(["mode": "latency", "finetune": .object(["lr": 2e-3, "epochs": 1])])
      let error = try #require(throws: InputError.self) { _ = try Study.open(path, identity: other, budget: 3) }
      #expect(
        error.description.hasSuffix(
          "is the study of another recipe: finetune.lr, mode differ; give this search another --name"))
      let base = try #require(throws: InputError.self) {
        _ = try Study.open(path, identity: identity(base: "other"), budget: 3)
      }
      #expect(base.description.contains("the base model"))
    }
  }

  @Test("files that are no study, of another program, newer, or cut anywhere are refused in one line and never trap")
  func damage() throws {
    try withFolder { folder in
      let path = "\(folder)/s.sqlite"
      #expect(throws: InputError.self) { _ = try Study.read("\(folder)/none.sqlite") }
      try "no database".write(toFile: "\(folder)/text.sqlite", atomically: true, encoding: .utf8)
      let text = try #require(throws: InputError.self) { _ = try Study.read("\(folder)/text.sqlite") }
      #expect(text.description.contains("is no study"))
      do {
        let study = try Study.open(path, identity: identity(), budget: 40)
        for _ in 0..<40 {
          let claim = try #require(try study.claim(worker: "a", lease: 60, propose: next))
          try study.finish(claim, measurement: .string(String(repeating: "x", count: 500)), key: "k")
        }
        try study.compact(to: "\(folder)/compact.sqlite")
        #expect(throws: InputError.self) { try study.compact(to: "\(folder)/compact.sqlite") }
      }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/compact.sqlite"))
      #expect(try Study.read("\(folder)/compact.sqlite").trials().count == 40)
      var refused = 0
      for length in stride(from: 0, to: bytes.count, by: 1536) {
        let cut = "\(folder)/cut-\(length).sqlite"
        try bytes.prefix(length).write(to: URL(fileURLWithPath: cut))
        do { _ = try Study.read(cut).trials() } catch {
          refused += 1
          #expect(error is InputError)
          #expect(!"\(error)".contains("\n"))
        }
      }
      #expect(refused > 10)
      // Another program's mark.
      var foreign = bytes
      foreign[68] = 1
      try foreign.write(to: URL(fileURLWithPath: "\(folder)/foreign.sqlite"))
      #expect(throws: InputError.self) { _ = try Study.read("\(folder)/foreign.sqlite") }
      var newer = bytes
      newer[63] = 9
      try newer.write(to: URL(fileURLWithPath: "\(folder)/newer.sqlite"))
      let error = try #require(throws: InputError.self) { _ = try Study.read("\(folder)/newer.sqlite") }
      #expect(error.description.contains("version 9"))
    }
  }

  @Test("notes are kept by key")
  func notes() throws {
    try withFolder { folder in
      let study = try Study.open("\(folder)/s.sqlite", identity: identity(), budget: 1)
      try study.setNote("test/2", 2)
      try study.setNote("test/1", 1)
      try study.setNote("other", "x")
      try study.setNote("test/1", 3)
      let notes = try study.notes(prefix: "test/")
      #expect(notes.map(\.key) == ["test/1", "test/2"])
      #expect(notes.map(\.value) == [3, 2])
      #expect(try study.note("none") == nil)
    }
  }
}

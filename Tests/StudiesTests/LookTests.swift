import CLIPFiles
import Foundation
import CLIPStudies
import Testing

/// Looks and trainings of one study, in turns that depend on all that was measured before.
@Suite("Looks of a study", .serialized)
struct LookTests {
  private static let place = "CARBONCLIP_LOOKS_TEST"

  /// Three looks, then the training of one that was looked at, and so on.
  private static func choose(_ trials: [Trial], _ looks: [Trial]) -> Study.Proposal? {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for trial in trials + looks {
      for byte in "\(trial.kind)\(trial.point)\(trial.measurement?.text() ?? "")".utf8 {
        digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
      }
    }
    if looks.count < 3 * (trials.count + 1) {
      let used = Set(looks.map(\.point))
      var place = Int(digest % 4096), points: [[Int]] = []
      while points.count < 3 {
        if !used.contains([place / 64, place % 64]) { points.append([place / 64, place % 64]) }
        place = (place + 1) % 4096
      }
      return Study.Proposal(.look, points: points, origin: "sample")
    }
    let trained = Set(trials.map(\.point)), open = looks.map(\.point).filter { !trained.contains($0) }
    return open.isEmpty
      ? nil : Study.Proposal(.training, points: [open[Int(digest % UInt64(open.count))]], origin: "sample")
  }

  private static func work(_ study: Study, as worker: String, note: (String) throws -> Void = { _ in }) throws {
    while let claim = try study.claim(worker: worker, lease: 900, choose: choose) {
      let point = claim.trial.point, isLook = claim.trial.kind == .look
      let measurement: JSONValue = isLook ? ["look": .integer(point[0] * 3 + point[1])] : Sample.measure(point)
      try study.finish(claim, measurement: measurement, key: Sample.key(point) + (isLook ? "l" : ""))
      try note("\(claim.trial.kind.rawValue) \(claim.trial.number)")
    }
  }

  private static func add(_ line: String, to folder: String) throws {
    let file = open("\(folder)/ended.txt", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    defer { close(file) }
    let text = Array("\(line)\n".utf8)
    #expect(write(file, text, text.count) == text.count)
  }

  @Test("30 kills at random moments: every look and every promotion is recorded once, as without any kill")
  func kills() async throws {
    let budget = 120
    let calm = try StudyFolder(), whole = try Sample.open(calm.study, budget: budget)
    try Self.work(whole, as: "calm")
    let folder = try StudyFolder()
    for _ in 0..<30 {
      setenv(Self.place, "\(Int.random(in: 0...25_000)) \(folder.path)", 1)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let words = try #require(ProcessInfo.processInfo.environment["CARBONCLIP_LOOKS_TEST"]).split(
          separator: " ", maxSplits: 1)
        let path = String(words[1]), delay = UInt32(words[0]) ?? 0
        Thread.detachNewThread {
          usleep(delay)
          kill(getpid(), SIGKILL)
        }
        let study = try Sample.open("\(path)/study.sqlite", budget: 120)
        try LookTests.work(study, as: "\(getpid())") { try LookTests.add($0, to: path) }
        while true { usleep(1000) }
      }
    }
    let study = try Sample.open(folder.study, budget: budget)
    try Self.work(study, as: "last")
    func rows(_ trials: [Trial]) -> [String] {
      trials.map { "\($0.number) \($0.kind) \($0.point) \($0.state) \($0.measurement?.text() ?? "")" }
    }
    #expect(rows(try study.trials()) == rows(try whole.trials()))
    #expect(rows(try study.looks()) == rows(try whole.looks()))
    #expect(try study.trials().count == budget && study.looks().count == 3 * budget)
    let looked = Set(try study.looks().map(\.point))
    #expect(try study.trials().allSatisfy { looked.contains($0.point) })
    let said = (try? TextFile.lines(of: "\(folder.path)/ended.txt")) ?? []
    #expect(Set(said).count == said.count)
  }

  @Test("three processes share looks and trainings: none is done twice")
  func processes() async throws {
    let folder = try StudyFolder()
    setenv(Self.place, "0 \(folder.path)", 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          await #expect(processExitsWith: .success) {
            let words = try #require(ProcessInfo.processInfo.environment["CARBONCLIP_LOOKS_TEST"]).split(
              separator: " ", maxSplits: 1)
            let path = String(words[1]), study = try Sample.open("\(path)/study.sqlite", budget: 40)
            try LookTests.work(study, as: "\(getpid())") { try LookTests.add($0, to: path) }
          }
        }
      }
    }
    let study = try Study.read(folder.study), trials = try study.trials(), looks = try study.looks()
    #expect(trials.count == 40 && trials.allSatisfy { $0.state == .finished })
    #expect(Set(looks.map(\.point)).count == looks.count && looks.count >= 3 * 40)
    let said = try TextFile.lines(of: "\(folder.path)/ended.txt").filter { !$0.isEmpty }
    let done = trials.count + looks.count { $0.state == .finished }
    #expect(said.count == done && Set(said).count == done)
  }

  @Test("looks are numbered, released, failed and tried again apart from trials, and never beyond the budget")
  func states() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 1)
    let points = [[1, 1], [1, 2]]
    let first = try #require(
      try study.claim(worker: "a", lease: 900) { _, _ in .init(.look, points: points, origin: "o") })
    #expect(first.trial.kind == .look && first.trial.number == 1)
    let second = try #require(try study.claim(worker: "b", lease: 900) { _, _ in nil })
    #expect(second.trial.kind == .look && second.trial.point == [1, 2])
    try study.release(first)
    try study.fail(second, reason: "no")
    let again = try #require(try study.claim(worker: "b", lease: 900) { _, _ in nil })
    #expect(again.trial.number == 1 && again.trial.attempts == 1)
    try study.finish(again, measurement: ["look": 1], key: "k")
    #expect(
      fault { try study.claim(worker: "a", lease: 900) { _, _ in .init(.look, points: points, origin: "o") } }
        == "\(folder.study): o proposed the point of look 1 again")
    try study.retryFailed()
    #expect(try study.looks().map(\.state) == [.finished, .waiting])
    try study.setBudget(0)
    #expect(try study.claim(worker: "a", lease: 900) { _, _ in .init(.look, points: [[9, 9]], origin: "o") } == nil)
    #expect(try study.looks().count == 2 && study.trials().isEmpty)
  }
}

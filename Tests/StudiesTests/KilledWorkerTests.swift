import CLIPFiles
import Foundation
import CLIPStudies
import Testing

/// Workers are processes of their own here, killed as by `kill -9`.
@Suite("Killed workers", .serialized)
struct KilledWorkerTests {
  /// Where a child finds its study: exit tests share the environment only.
  private static let place = "CARBONCLIP_STUDIES_TEST"

  private static func inherit(_ study: StudyFolder, _ delay: Int = 0) {
    setenv(place, "\(delay) \(study.path)", 1)
  }

  private static func inherited() throws -> (path: String, delay: Int) {
    let words = try #require(ProcessInfo.processInfo.environment[place]).split(separator: " ", maxSplits: 1)
    return (String(words[1]), Int(words[0]) ?? 0)
  }

  private static func note(_ number: Int, in folder: String) throws {
    let file = open("\(folder)/ended.txt", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    defer { close(file) }
    let text = Array("\(number)\n".utf8)
    #expect(write(file, text, text.count) == text.count)
  }

  @Test("40 kills at random moments lose and double nothing: the study ends as an uninterrupted one")
  func kills() async throws {
    let budget = 600, kills = 40
    let calm = try StudyFolder()
    let whole = try Sample.open(calm.study, budget: budget)
    try Sample.work(whole, as: "calm")
    let expected = try whole.trials()

    let folder = try StudyFolder()
    var random = SystemRandomNumberGenerator()
    var killed = 0, progress: [Int] = []
    while killed < kills {
      Self.inherit(folder, Int.random(in: 0...25_000, using: &random))
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let (path, delay) = try KilledWorkerTests.inherited()
        Thread.detachNewThread {
          usleep(UInt32(delay))
          kill(getpid(), SIGKILL)
        }
        let study = try Sample.open("\(path)/study.sqlite", budget: 600)
        try Sample.work(study, as: "\(getpid())") { try KilledWorkerTests.note($0.trial.number, in: path) }
        while true { usleep(1000) }
      }
      killed += 1
      // A child that was killed before it opened the study leaves none.
      progress.append(((try? Study.read(folder.study).trials()) ?? []).count { $0.state == .finished })
    }
    #expect(progress == progress.sorted())
    let said = (try? TextFile.lines(of: "\(folder.path)/ended.txt")) ?? []
    let study = try Sample.open(folder.study, budget: budget)
    let kept = Set(try study.trials().filter { $0.state == .finished }.map(\.number))
    #expect(said.allSatisfy { Int($0).map(kept.contains) ?? false })
    #expect(Set(said).count == said.count)
    try Sample.work(study, as: "last")
    let trials = try study.trials()
    #expect(trials.map(\.number) == Array(1...budget))
    let points = trials.map(\.point) == expected.map(\.point)
    let measurements = trials.map(\.measurement) == expected.map(\.measurement)
    #expect(points && measurements)
    #expect(trials.allSatisfy { $0.state == .finished })
  }

  @Test("a killed worker's trial is taken over at once, under its number and point")
  func takeover() async throws {
    let folder = try StudyFolder()
    Self.inherit(folder)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let study = try Sample.open("\(try KilledWorkerTests.inherited().path)/study.sqlite")
      _ = try study.claim(worker: "doomed", lease: 1e6) { _ in ([3, 4], "doomed") }
      kill(getpid(), SIGKILL)
    }
    let study = try Sample.open(folder.study)
    let left = try #require(try study.trials().first)
    #expect(left.state == .running && left.worker == "doomed")
    let claim = try #require(try study.claim(worker: "heir", lease: 900, propose: Sample.propose))
    #expect(claim.trial.number == 1 && claim.trial.point == [3, 4] && claim.trial.attempts == 2)
  }

  @Test("three processes share one study: no trial is doubled")
  func processes() async throws {
    let folder = try StudyFolder()
    Self.inherit(folder)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          await #expect(processExitsWith: .success) {
            let path = try KilledWorkerTests.inherited().path
            let study = try Sample.open("\(path)/study.sqlite", budget: 90)
            try Sample.work(study, as: "\(getpid())") { try KilledWorkerTests.note($0.trial.number, in: path) }
          }
        }
      }
    }
    let said = try TextFile.lines(of: "\(folder.path)/ended.txt").compactMap { Int($0) }
    #expect(said.sorted() == Array(1...90))
    let trials = try Study.read(folder.study).trials()
    #expect(trials.allSatisfy { $0.state == .finished && $0.attempts == 1 })
  }
}

import CLIPCompute
import CLIPFiles
import CLIPSearch
import CLIPSystem
import Dispatch
import Testing

/// Tasks of one search, or of several, on one folder of candidates.
@Suite("A candidate that two tasks want at once", .serialized)
struct SharedCandidateTests {
  private static let point = [1, 1, 1]

  private enum End: Equatable {
    case measured(CandidateMeasurement, wasKnown: Bool)
    case stopped
    case failed(String)
  }

  /// Two tasks side by side, each with its own trainer, as in two processes.
  /// - Parameters:
  ///   - observe: told the task and what it does
  ///   - shouldStop: asked by a task
  private func race(
    _ fixture: SearchFixture, observe: @escaping @Sendable (Int, String) -> Void = { _, _ in },
    shouldStop: @escaping @Sendable (Int) -> Bool = { _ in false }
  ) -> [End] {
    let ends = Lock<[Int: End]>([:])
    DispatchQueue.concurrentPerform(iterations: 2) { task in
      let end: End
      do {
        let trainer = try CandidateTrainer(
          fixture.recipe(), folder: "\(fixture.folder)/shared", on: ThreadPool(threads: 1), version: "test",
          observe: { observe(task, $0.name) }, shouldStop: { shouldStop(task) })
        let (measurement, wasKnown) = try trainer.measureOnce(Self.point)
        end = .measured(measurement, wasKnown: wasKnown)
      } catch is CancellationError {
        end = .stopped
      } catch { end = .failed("\(error)") }
      ends.withLock { $0[task] = end }
    }
    return (0..<2).compactMap { task in ends.withLock { $0[task] } }
  }

  /// Whoever makes the candidate does not go on before the other has come to wait for it.
  private static func meet(_ stage: String, _ isMet: Lock<Bool>) {
    if stage.hasPrefix("waiting for ") { isMet.withLock { $0 = true } }
    for _ in 0..<2000 where !isMet.withLock({ $0 }) { Pause.milliseconds(10) }
  }

  private func alone(_ fixture: SearchFixture) throws -> CandidateMeasurement {
    let trainer = try CandidateTrainer(
      fixture.recipe(), folder: "\(fixture.folder)/alone", on: ThreadPool(threads: 1), version: "test")
    return try trainer.measureOnce(Self.point).measurement
  }

  @Test("one trains it, and both end with what a task alone gets")
  func both() throws {
    let fixture = try SearchFixture(), expected = try alone(fixture)
    let waiting = Lock(false)
    let ends = race(fixture) { _, stage in Self.meet(stage, waiting) }
    #expect(waiting.withLock { $0 }, "the tasks did not meet")
    var known: [Bool] = []
    for end in ends {
      guard case .measured(let measurement, let wasKnown) = end else {
        Issue.record("\(end)")
        continue
      }
      #expect(measurement.float32 == expected.float32 && measurement.checkpoint == expected.checkpoint)
      known.append(wasKnown)
    }
    #expect(known.count == 2 && known.filter { !$0 }.count == 1)
    // Nobody holds it any more: a third takes it over.
    let third = try CandidateTrainer(
      fixture.recipe(), folder: "\(fixture.folder)/shared", on: ThreadPool(threads: 1), version: "test")
    #expect(try third.measureOnce(Self.point).wasKnown)
  }

  @Test("where the one that trains it stops, the one that waits goes on with it")
  func stopped() throws {
    let fixture = try SearchFixture(), expected = try alone(fixture)
    let waiting = Lock<Int?>(nil), met = Lock(false)
    let ends = race(
      fixture,
      observe: { task, stage in
        if stage.hasPrefix("waiting for ") { waiting.withLock { $0 = $0 ?? task } }
        Self.meet(stage, met)
      },
      shouldStop: { task in waiting.withLock { $0 }.map { $0 != task } ?? false })
    let waited = try #require(waiting.withLock { $0 }, "the tasks did not meet: \(ends)")
    #expect(ends[1 - waited] == .stopped)
    guard case .measured(let measurement, false) = ends[waited] else {
      Issue.record("\(ends[waited])")
      return
    }
    #expect(measurement.float32 == expected.float32)
  }
}

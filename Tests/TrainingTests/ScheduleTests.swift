import Testing
import Training

@Suite("Learning rate")
struct ScheduleTests {
  /// open_clip 3.3.0's `scheduler.py` with base 0.001, 10 steps of warm-up, 100 steps.
  @Test("schedules equal open_clip's", arguments: [
    (LearningRateSchedule.Kind.cosine, [0: 1e-4, 9: 1e-3, 10: 1e-3, 40: 0.00075, 99: 3.0458649045213896e-07]),
    (.const, [0: 1e-4, 9: 1e-3, 50: 1e-3, 99: 1e-3]),
    (.constCooldown, [4: 5e-4, 50: 1e-3, 79: 1e-3, 80: 1e-3, 90: 5.5e-4, 99: 1.45e-4]),
  ])
  func recorded(kind: LearningRateSchedule.Kind, expected: [Int: Double]) {
    var schedule = LearningRateSchedule(kind, base: 1e-3, warmup: 10, steps: 100)
    schedule.cooldown = 20
    schedule.cooldownEnd = 1e-4
    for (step, rate) in expected { #expect(abs(schedule.rate(at: step) - rate) < 1e-12, "\(kind) \(step): \(schedule.rate(at: step))") }
  }

  @Test("a warm-up longer than the run, and none at all, give finite rates")
  func extremes() {
    for warmup in [0, 5, 1000] {
      for kind in LearningRateSchedule.Kind.allCases {
        let schedule = LearningRateSchedule(kind, base: 1e-3, warmup: warmup, steps: 5)
        for step in 0..<7 { #expect((0...1e-3).contains(schedule.rate(at: step))) }
      }
    }
  }
}

import CLIPFiles
import CLIPStudies
import Testing

@Suite("Failed trials")
struct FailureTests {
  private func fail(_ study: Study, _ reasons: [String?]) throws {
    for reason in reasons {
      let claim = try #require(try study.claim(worker: "a", lease: 900, propose: Sample.propose))
      if let reason {
        try study.fail(claim, reason: reason)
      } else {
        try study.finish(claim, measurement: Sample.measure(claim.trial.point), key: "k\(claim.trial.number)")
      }
    }
  }

  @Test("a failure is kept with its reason and the search goes on")
  func reason() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    try fail(study, [nil, "diverged at step 12", nil])
    let trials = try study.trials()
    #expect(trials.map(\.state) == [.finished, .failed, .finished])
    #expect(trials[1].reason == "diverged at step 12" && trials[1].finished != nil)
    let advice = try study.stopAdvice()
    #expect(advice == nil)
  }

  @Test("three failures that differ in numbers only stop a search, with advice")
  func alike() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    try fail(study, ["diverged at step 12, loss 1.5", "diverged at step 9, loss 22.75"])
    let early = try study.stopAdvice()
    #expect(early == nil)
    try fail(study, ["diverged at step 107, loss 3"])
    let advice = try study.stopAdvice()
    #expect(
      advice
        == "three trials in a row failed alike: diverged at step 107, loss 3 "
        + "(a smaller learning rate, or more warm-up, may help)")
    try fail(study, [nil])
    let later = try study.stopAdvice()
    #expect(later == nil)
  }

  @Test("failures of different kinds do not stop a search")
  func different() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    try fail(study, ["diverged", "out of memory", "diverged"])
    let advice = try study.stopAdvice()
    #expect(advice == nil)
  }

  @Test("failed trials can be tried again under their numbers and points")
  func retry() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 3)
    try fail(study, ["out of memory", "out of memory", "out of memory"])
    let points = try study.trials().map(\.point)
    try study.retryFailed()
    let advice = try study.stopAdvice()
    #expect(advice == nil)
    try Sample.work(study, as: "b")
    let trials = try study.trials()
    #expect(trials.map(\.point) == points && trials.allSatisfy { $0.state == .finished && $0.reason == nil })
  }

  @Test("a trial whose workers vanish again and again is given up")
  func vanishing() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 2)
    for _ in 1...Study.mostAttempts { _ = try study.claim(worker: "a", lease: -1, propose: Sample.propose) }
    try Sample.work(study, as: "b")
    let trials = try study.trials()
    #expect(trials.map(\.state) == [.failed, .finished])
    #expect(trials[0].reason == "its process ended 10 times without a word")
  }
}

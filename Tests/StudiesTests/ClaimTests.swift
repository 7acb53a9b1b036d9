import CLIPFiles
import Foundation
import CLIPStudies
import CLIPSystem
import Testing

@Suite("Claims")
struct ClaimTests {
  @Test("a study gives out its budget once, in order, and keeps what was measured")
  func sequence() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    try Sample.work(study, as: "a")
    let trials = try study.trials()
    #expect(trials.map(\.number) == Array(1...10))
    #expect(Set(trials.map(\.point)).count == 10)
    for trial in trials {
      #expect(trial.state == .finished)
      #expect(trial.measurement == Sample.measure(trial.point))
      #expect(trial.attempts == 1 && trial.worker == "a" && trial.origin == "sample" && trial.reason == nil)
      let known = try study.measurement(forKey: Sample.key(trial.point))
      #expect(known == Sample.measure(trial.point))
    }
    let unknown = try study.measurement(forKey: "unknown")
    #expect(unknown == nil)
    try study.setBudget(12)
    try Sample.work(try Sample.open(folder.study), as: "b")
    let more = try Study.read(folder.study)
    let count = try more.trials().count, budget = try more.budget()
    #expect(count == 12 && budget == 12)
  }

  @Test("a claimed trial is nobody else's, a released one waits again and its attempt does not count")
  func release() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 2)
    let first = try #require(try study.claim(worker: "a", lease: 900, propose: Sample.propose))
    let second = try #require(try study.claim(worker: "b", lease: 900, propose: Sample.propose))
    #expect(first.trial.number == 1 && second.trial.number == 2)
    let third = try study.claim(worker: "c", lease: 900, propose: Sample.propose)
    #expect(third == nil)
    try study.release(first)
    let again = try #require(try study.claim(worker: "c", lease: 900, propose: { _ in nil }))
    #expect(again.trial.number == 1 && again.trial.point == first.trial.point && again.trial.attempts == 1)
  }

  @Test("a lease that ended gives the trial to another; whoever ends first is believed, and only once")
  func lease() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 1)
    let slow = try #require(try study.claim(worker: "slow", lease: -1, propose: Sample.propose))
    let other = try #require(try study.claim(worker: "other", lease: 900, propose: Sample.propose))
    #expect(other.trial.number == slow.trial.number && other.trial.point == slow.trial.point)
    try study.fail(slow, reason: "too late to matter")
    try study.release(slow)
    var trial = try #require(try study.trials().first)
    #expect(trial.state == .running && trial.worker == "other")
    try study.finish(slow, measurement: ["by": "slow"], key: "k")
    try study.finish(other, measurement: ["by": "other"], key: "k")
    try study.fail(other, reason: "no")
    trial = try #require(try study.trials().first)
    #expect(trial.state == .finished && trial.measurement == ["by": "slow"] && trial.reason == nil)
  }

  @Test("a renewed lease is kept; one that a clock set back made too long is shortened")
  func clock() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 1)
    let claim = try #require(try study.claim(worker: "a", lease: 1e9, propose: Sample.propose))
    let early = try study.claim(worker: "b", lease: -1, propose: Sample.propose)
    #expect(early == nil)
    try study.renew(claim)
    let kept = try study.claim(worker: "b", lease: 1e9 + 60, propose: Sample.propose)
    #expect(kept == nil)
    // Ends a second ago, as far as this caller's leases go; the next caller takes it.
    _ = try study.claim(worker: "b", lease: -1, propose: Sample.propose)
    let taken = try study.claim(worker: "b", lease: 900, propose: Sample.propose)
    #expect(taken?.trial.number == 1)
  }

  @Test("a point that was tried is not taken as a proposal, and what a proposal throws leaves no trace")
  func proposals() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study)
    let first = try #require(try study.claim(worker: "a", lease: 900) { _ in ([1, 2], "one") })
    #expect(first.trial.point == [1, 2])
    let again = fault { try study.claim(worker: "b", lease: 900) { _ in ([1, 2], "two") } }
    #expect(again == "\(folder.study): two proposed the point of trial 1 again")
    let thrown = fault { try study.claim(worker: "b", lease: 900) { _ in throw InputError("no idea") } }
    #expect(thrown == "no idea")
    let trials = try study.trials()
    #expect(trials.count == 1)
    let empty = try #require(try study.claim(worker: "b", lease: 900) { _ in ([], "whole model") })
    #expect(empty.trial.number == 2 && empty.trial.point == [])
  }

  @Test("threads with handles of their own share a study: no trial is doubled, none is left out")
  func threads() throws {
    let folder = try StudyFolder(), path = folder.study
    let ended = Lock<[Int]>([]), faults = Lock<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { index in
      do {
        let study = try Sample.open(path, budget: 120)
        try Sample.work(study, as: "w\(index)") { claim in ended.withLock { $0.append(claim.trial.number) } }
      } catch { faults.withLock { $0.append("\(error)") } }
    }
    #expect(faults.withLock { $0 } == [])
    #expect(ended.withLock { $0.sorted() } == Array(1...120))
    let trials = try Study.read(path).trials()
    #expect(trials.map(\.number) == Array(1...120))
    #expect(Set(trials.map(\.point)).count == 120)
    #expect(trials.allSatisfy { $0.state == .finished && $0.attempts == 1 })
  }

  @Test("while one thinks about a proposal others claim, finish and renew; who comes second with a point thinks again")
  func thinking() throws {
    let folder = try StudyFolder(), study = try Sample.open(folder.study, budget: 3)
    var thoughts = 0
    let slow = try study.claim(worker: "slow", lease: 900) { trials in
      thoughts += 1
      guard thoughts == 1,
        let other = try study.claim(worker: "quick", lease: 900, propose: { _ in ([1, 2], "quick") })
      else { return ([9, 9], "second thought") }
      try study.renew(other)
      try study.finish(other, measurement: ["by": "quick"], key: "k")
      return ([1, 2], "first thought")
    }
    #expect(thoughts == 2 && slow?.trial.point == [9, 9] && slow?.trial.number == 2)
    // The budget's last trial goes to whoever is first; the other finds nothing left.
    let none = try study.claim(worker: "slow", lease: 900) { _ in
      _ = try study.claim(worker: "quick", lease: 900) { _ in ([4, 4], "quick") }
      return ([5, 5], "too late")
    }
    #expect(none == nil)
    let trials = try study.trials()
    #expect(trials.map(\.point) == [[1, 2], [9, 9], [4, 4]])
  }

  @Test("studies of earlier versions are gone on with where the recipe is the same; another base model is told")
  func fingerprints() throws {
    let folder = try StudyFolder()
    func identity(_ fingerprint: String) -> StudyIdentity {
      StudyIdentity(recipe: Sample.identity.recipe, codeVersion: "1", dataFingerprint: fingerprint)
    }
    let version = StudyIdentity.fingerprintVersion
    _ = try Study.open(folder.study, identity: identity("of an earlier version"), budget: 1)
    #expect(fault { try Study.open(folder.study, identity: identity(version + "a"), budget: 1) } == nil)
    let other = "\(folder.path)/other.sqlite"
    _ = try Study.open(other, identity: identity(version + "a"), budget: 1)
    #expect(fault { try Study.open(other, identity: identity(version + "a"), budget: 1) } == nil)
    let told = fault { try Study.open(other, identity: identity(version + "b"), budget: 1) }
    #expect(told?.contains("the base model") == true)
  }
}

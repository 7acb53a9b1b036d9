import CLIPFiles
import CLIPStudies
import CLIPSystem
import Foundation
import Testing

@Suite("Ownership")
struct OwnershipTests {
  /// The owner's file as a process of another machine would have left it, touched so many seconds ago.
  private func pretend(_ file: String, machine: String = "far/0/pid:[1]", age: Double) throws {
    var json = try #require(JSONParser.parse(file: file).objectValue)
    json["machine"] = .string(machine)
    try AtomicFile.write(JSONValue.object(json).text(), to: file)
    let then = time(nil) - Int(age)
    var times = [timeval(tv_sec: then, tv_usec: 0), timeval(tv_sec: then, tv_usec: 0)]
    #expect(utimes(file, &times) == 0)
  }

  @Test("of sixteen that ask at once one has it; given back, the next has it")
  func one() throws {
    let folder = try StudyFolder(), place = "\(folder.path)/owner"
    for _ in 0..<5 {
      let taken = Lock<[Ownership]>([]), refused = Lock<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 16) { _ in
        do {
          let own = try Ownership.take(place, of: "study")
          taken.withLock { $0.append(own) }
        } catch { refused.withLock { $0.append("\(error)") } }
      }
      #expect(taken.withLock { $0.count } == 1 && refused.withLock { $0.count } == 15)
      #expect(
        refused.withLock { $0.allSatisfy { $0.hasPrefix("study: belongs to process \(getpid()) on ") } },
        "\(refused.withLock { $0.first ?? "" })")
      #expect(taken.withLock { $0.first?.note } == nil)
      taken.withLock { $0 = [] }
    }
  }

  @Test("sixteen that find the same owner silent: one follows it")
  func takeover() throws {
    let folder = try StudyFolder(), place = "\(folder.path)/owner"
    // None is given back: that would be no silence.
    var owners = [try Ownership.take(place, of: "study")]
    for number in 1...4 {
      try pretend("\(place)/\(number).json", age: 100)
      let taken = Lock<[Ownership]>([])
      DispatchQueue.concurrentPerform(iterations: 16) { _ in
        guard let own = try? Ownership.take(place, of: "study") else { return }
        taken.withLock { $0.append(own) }
      }
      #expect(taken.withLock { $0.count } == 1)
      #expect(taken.withLock { $0.first?.note?.contains("on far, ") } == true)
      #expect(taken.withLock { $0.first?.note?.contains("which has given no sign for 1") } == true)
      owners += taken.withLock { $0 }
    }
    #expect(owners.count == 5)
  }

  @Test("a process of another host that gives signs is not followed, whatever this machine's clock says")
  func elsewhere() throws {
    let folder = try StudyFolder(), place = "\(folder.path)/owner"
    let own = try Ownership.take(place, of: "study")
    try pretend("\(place)/1.json", age: 30)
    let message = fault { try Ownership.take(place, of: "study") }
    #expect(message?.contains("belongs to process \(getpid()) on far, since ") == true, "\(message ?? "")")
    #expect(message?.contains("last sign 3") == true, "\(message ?? "")")
    try pretend("\(place)/1.json", age: 61)
    #expect(fault { try Ownership.take(place, of: "study") } == nil)
    withExtendedLifetime(own) {}
  }

  @Test("an owner that was only thought dead changes nothing any more; whoever followed it works on")
  func fence() throws {
    let folder = try StudyFolder(), place = "\(folder.path)/owner"
    let slow = try Ownership.take(place, of: folder.study)
    let before = try Study.open(folder.study, identity: Sample.identity, budget: 10, owner: slow)
    // Both are this process here: its lease tells that nobody works at the trial.
    let claim = try #require(try before.claim(worker: "slow", lease: -1, propose: Sample.propose))
    try pretend("\(place)/1.json", age: 100)
    let next = try Ownership.take(place, of: folder.study)
    // Until it opens the study, what the first one writes is read by it.
    try before.setNote("late", 1)
    let after = try Study.open(folder.study, identity: Sample.identity, budget: 10, owner: next)
    for message in [
      fault { try before.finish(claim, measurement: ["by": "slow"], key: "k") },
      fault { _ = try before.claim(worker: "slow", lease: 900, propose: Sample.propose) },
      fault { try before.setNote("later", 1) },
    ] {
      #expect(message?.hasPrefix("\(folder.study): belongs to another process by now") == true, "\(message ?? "")")
    }
    // The one owner knows that the other's trial is nobody's.
    try Sample.work(after, as: "next")
    let trials = try after.trials()
    #expect(trials.count == 10 && trials.allSatisfy { $0.state == .finished && $0.worker == "next" })
    #expect(try after.note("late") == 1 && after.note("later") == nil)
    // It must not give back what is another's.
    slow.release()
    #expect(fault { try Ownership.take(place, of: folder.study) }?.contains("belongs to") == true)
  }

  @Test("a damaged owner's file is nobody's once it is old")
  func damaged() throws {
    let folder = try StudyFolder(), place = "\(folder.path)/owner"
    try Folder.make(place)
    try AtomicFile.write("", to: "\(place)/3.json")
    #expect(fault { try Ownership.take(place, of: "study") }?.contains("belongs to another process") == true)
    let then = time(nil) - 1000
    var times = [timeval(tv_sec: then, tv_usec: 0), timeval(tv_sec: then, tv_usec: 0)]
    #expect(utimes("\(place)/3.json", &times) == 0)
    #expect(fault { try Ownership.take(place, of: "study") } == nil)
  }
}

@Suite("Studies on shared file systems")
struct SharedStudyTests {
  private func names(_ folder: StudyFolder) throws -> [String] {
    try Folder.names(in: folder.path).filter { $0.hasPrefix("study") }
  }

  private func open(_ folder: StudyFolder, _ owner: Ownership?, isShared: Bool? = true) throws -> Study {
    try Study.open(folder.study, identity: Sample.identity, budget: 10, owner: owner, isShared: isShared)
  }

  @Test("one process has the study, without a write-ahead log, and others read it meanwhile")
  func journal() throws {
    let folder = try StudyFolder()
    #expect(fault { try open(folder, nil) }?.contains("belongs to one process") == true)
    let owner = try Ownership.take("\(folder.path)/owner", of: folder.study)
    let study = try open(folder, owner)
    let claim = try study.claim(worker: "a", lease: 900) { trials in
      let seen = try Study.read(folder.study, isShared: true).trials()
      #expect(seen.isEmpty)
      return Sample.propose(trials)
    }
    #expect(claim != nil)
    #expect(try names(folder) == ["study.sqlite"])
    let reader = try Study.read(folder.study, isShared: true)
    #expect(try reader.trials().map(\.state) == [.running])
    try Sample.work(study, as: "a")
    #expect(try reader.trials().count == 10 && names(folder) == ["study.sqlite"])
  }

  @Test("a study that began on a local disk loses its log when it is gone on with on a shared one")
  func moved() throws {
    let folder = try StudyFolder()
    let local = try Sample.open(folder.study)
    _ = try local.claim(worker: "a", lease: -1, propose: Sample.propose)
    #expect(try names(folder).contains("study.sqlite-wal"))
    // Copied with its log, as it is while a process has it.
    let other = try StudyFolder()
    for name in ["study.sqlite", "study.sqlite-wal"] {
      _ = try other.file(name, TextFile.bytes(of: "\(folder.path)/\(name)"))
    }
    #expect(try Study.read(other.study, isShared: true).trials().count == 1)
    let owner = try Ownership.take("\(other.path)/owner", of: other.study)
    let study = try open(other, owner)
    try Sample.work(study, as: "b")
    #expect(try names(other) == ["study.sqlite"] && study.trials().count == 10)
    withExtendedLifetime(local) {}
  }
}

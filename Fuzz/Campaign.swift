import CLIPFiles
import CLIPSystem

/// Tries one reader: starts workers, watches them, notes what ends them.
struct Campaign {
  /// What came of a reader's cases.
  struct Tally {
    var cases = 0, accepted = 0, refused = 0, signals = 0, hangs = 0, faults = 0
    var longestMessage = 0, peakBytes = 0
    var seconds = 0.0
    var findings: Int { signals + hangs + faults }
  }

  /// Processor seconds of one case before it counts as hung, and seconds by the clock for one that waits.
  private static let hang = (processor: 5.0, clock: 60.0)
  /// Cases of one worker: what leaks a little must not add up over a night.
  private static let batch = 20_000
  /// A reader with this many findings is left alone.
  private static let mostFindings = 20

  let reader: Reader
  let seed: UInt64
  /// Where inputs of findings go.
  let findings: String

  /// - Parameters:
  ///   - cases: first and behind the last
  ///   - deadline: seconds since 1970 after which no further case is begun; nil for none
  func run(_ cases: Range<Int>, until deadline: Double?) throws -> Tally {
    let folder = try Workplace.temporaryFolder()
    defer { Workplace.remove(folder) }
    var tally = Tally(), next = cases.lowerBound
    let start = UTCDate.now
    while next < cases.upperBound, tally.findings < Self.mostFindings, UTCDate.now < deadline ?? .infinity {
      let end = min(cases.upperBound, next + Self.batch)
      next = try batch(next..<end, folder, deadline, &tally)
    }
    tally.seconds = UTCDate.now - start
    return tally
  }

  /// Runs a worker to its end.
  /// - Returns: the case to go on with
  private func batch(_ cases: Range<Int>, _ folder: String, _ deadline: Double?, _ tally: inout Tally) throws -> Int {
    Workplace.remove("\(folder)/work")
    Workplace.remove("\(folder)/fault.txt")
    let progress = try Progress("\(folder)/progress")
    for field in [Progress.Field.accepted, .refused, .longestMessage, .peakBytes, .done] { progress[field] = 0 }
    progress[.current] = cases.lowerBound
    let worker = try Program(
      "\(Program.folder)/Fuzz",
      ["worker", reader.name, String(seed), String(cases.lowerBound), String(cases.upperBound), folder],
      errors: "\(folder)/errors.txt")
    let end = watch(worker, progress, deadline)
    let last = progress[.current]
    let isDone = progress[.done] == 1
    tally.cases += (isDone ? cases.upperBound : last + (end.wasStopped ? 0 : 1)) - cases.lowerBound
    tally.accepted += progress[.accepted]
    tally.refused += progress[.refused]
    tally.longestMessage = max(tally.longestMessage, progress[.longestMessage])
    tally.peakBytes = max(tally.peakBytes, progress[.peakBytes])
    if isDone { return cases.upperBound }
    if end.wasStopped { return last }
    var reason: String
    if end.hung {
      tally.hangs += 1
      reason = "hangs"
    } else if end.status & 0x7F != 0 {
      tally.signals += 1
      let lines = String(decoding: (try? TextFile.bytes(of: "\(folder)/errors.txt")) ?? [], as: UTF8.self)
      reason = "signal \(end.status & 0x7F) \(lines.split(separator: "\n").first.map(String.init) ?? "")"
    } else if end.status >> 8 == Worker.faultStatus, let text = try? TextFile.bytes(of: "\(folder)/fault.txt") {
      tally.faults += 1
      reason = String(decoding: text, as: UTF8.self)
    } else {
      let text = String(decoding: (try? TextFile.bytes(of: "\(folder)/errors.txt")) ?? [], as: UTF8.self)
      throw InputError("\(reader.name): the worker ended with status \(end.status >> 8): \(text.prefix(300))")
    }
    reason = reason.singleLine
    try keep(last, reason)
    return last + 1
  }

  /// Waits for a worker; ends one that hangs or whose time is over.
  private func watch(
    _ worker: Program, _ progress: Progress, _ deadline: Double?
  ) -> (status: Int32, hung: Bool, wasStopped: Bool) {
    var current = progress[.current], since = (clock: UTCDate.now, processor: worker.processorSeconds)
    while true {
      if let end = worker.ended() { return (end.status, false, false) }
      usleep(10_000)
      let now = UTCDate.now
      if progress[.current] != current || now - since.clock < 1 {
        if progress[.current] != current {
          current = progress[.current]
          since = (now, worker.processorSeconds)
        }
      } else if now - since.clock > Self.hang.clock || worker.processorSeconds - since.processor > Self.hang.processor {
        kill(worker.identifier, SIGKILL)
        let end = worker.ended(waiting: true)
        return (end?.status ?? 0, true, false)
      }
      if let deadline, now > deadline {
        kill(worker.identifier, SIGKILL)
        _ = worker.ended(waiting: true)
        return (0, false, true)
      }
    }
  }

  /// Writes the input of a case down, and says so.
  private func keep(_ number: Int, _ reason: String) throws {
    try Folder.make(findings)
    let path = "\(findings)/\(reader.name)-\(seed)-\(number)"
    try Sources.write(reader.input(reader.seeds(.standard), seed: seed, case: number), to: path)
    print("FINDING \(reader.name) seed \(seed) case \(number): \(reason.prefix(300)); kept as \(path)")
    fflush(nil)
  }
}

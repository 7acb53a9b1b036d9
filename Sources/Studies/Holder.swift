internal import CLIPFiles
internal import CLIPSystem

/// Who holds something that is held by a file: a process on a host, since when.
public struct Holder: Equatable, Sendable {
  let identity: ProcessIdentity
  /// In seconds since 1970, by its own clock.
  public let since: Double
  /// The batch system's number of its job; nil outside of one.
  public let job: String?
  /// Tells it from all others.
  let token: String
  /// Whether it gave it back.
  var isReleased = false

  /// This process.
  static func current() -> Holder {
    var random = SystemRandomNumberGenerator()
    return Holder(
      identity: .current, since: UTCDate.now, job: getenv("SLURM_JOB_ID").map { String(cString: $0) },
      token: String(random.next(), radix: 16))
  }

  private init(identity: ProcessIdentity, since: Double, job: String?, token: String) {
    self.identity = identity
    self.since = since
    self.job = job
    self.token = token
  }

  /// The host's name.
  public var host: String { identity.host }

  /// Such as `process 41 on node-1 (job 7), since 2026-03-01 09:30 UTC`.
  public var words: String {
    "process \(identity.process) on \(host.isEmpty ? "an unknown host" : host)\(job.map { " (job \($0))" } ?? ""), "
      + "since \(UTCDate.text(since))"
  }

  /// Asks its process to save and end, where that is one of this machine's.
  func askToEnd() {
    guard identity.isOfThisMachine, !identity.isGone, identity.process > 1, identity.process <= Int(Int32.max) else {
      return
    }
    kill(pid_t(identity.process), SIGTERM)
  }

  var json: JSONObject {
    var object: JSONObject = [
      "machine": .string(identity.machine), "process": .integer(identity.process), "start": .string(identity.start),
      "since": .number(since), "token": .string(token),
    ]
    if let job { object["job"] = .string(job) }
    if isReleased { object["released"] = true }
    return object
  }

  init?(_ json: JSONValue?) {
    guard let machine = json?["machine"]?.stringValue, let process = json?["process"]?.intValue,
      let start = json?["start"]?.stringValue, let since = json?["since"]?.doubleValue,
      let token = json?["token"]?.stringValue
    else { return nil }
    identity = ProcessIdentity(machine: machine, process: process, start: start)
    self.since = since
    self.token = token
    job = json?["job"]?.stringValue
    isReleased = json?["released"]?.boolValue ?? false
  }

  /// Whether anybody still holds something.
  enum Life: Equatable {
    /// Its process lives, or touched the file not long ago.
    case alive
    /// It gave it back.
    case released
    /// Its process has ended.
    case ended
    /// A process of another machine that has not touched the file for so many seconds.
    case silent(Double)
  }

  /// What the file at a path, and the system, say of its holder; nil where there is no file.
  static func look(_ path: String) -> (holder: Holder?, life: Life)? {
    guard Folder.containsFile(path) else { return nil }
    let holder = try? Holder(JSONParser.parse(file: path, limit: 1 << 20))
    if let holder {
      if holder.isReleased { return (holder, .released) }
      if holder.identity.isGone { return (holder, .ended) }
      // Of its own machine the system knows best, also of a process that was stopped for a while.
      if holder.identity.isOfThisMachine { return (holder, .alive) }
    }
    // Of another machine, being written, or cut short by a power cut.
    guard let age = FileAge.seconds(of: path) else { return nil }
    return (holder, age > Heartbeat.patience ? .silent(age) : .alive)
  }
}

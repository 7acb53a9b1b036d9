internal import CLIPFiles
internal import CLIPSystem

/// Tells one process on one boot of one machine from all others, so that a trial whose worker was killed is taken over at
/// once and not when its lease ends.
struct ProcessIdentity: Equatable {
  /// Host, boot and, in a container, its numbering of processes; empty where the system does not say.
  let machine: String
  let process: Int
  /// When it began, in the system's ticks: numbers of processes are used again.
  let start: String

  static let current = ProcessIdentity(
    machine: machineName, process: Int(getpid()), start: life(of: Int(getpid()))?.start ?? "")

  /// Whether the process is known to be gone. False for processes of other machines: only their lease tells.
  var isGone: Bool {
    guard isOfThisMachine, process > 0, process <= Int(Int32.max) else { return false }
    if kill(pid_t(process), 0) != 0, errno == ESRCH { return true }
    guard let life = Self.life(of: process) else { return false }
    // Dead, but its parent has not asked yet.
    if life.state == "Z" || life.state == "X" { return true }
    return !start.isEmpty && life.start != start
  }

  /// The host's name.
  var host: String { machine.split(separator: "/").first.map(String.init) ?? "" }

  /// Whether the process ran on this machine since it was started.
  var isOfThisMachine: Bool { !machine.isEmpty && machine == Self.machineName }

  /// How many processes this machine's kernel has killed for want of memory since it started; nil where it does not say.
  static var memoryKills: Int? {
    guard case .success(let text) = SystemFile.read("/proc/vmstat") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("oom_kill ") {
      return Int(line.dropFirst("oom_kill ".count))
    }
    return nil
  }

  private static let machineName: String = {
    guard case .success(let boot) = SystemFile.read("/proc/sys/kernel/random/boot_id", limit: 100) else { return "" }
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return [text(name), boot.filter { !$0.isWhitespace }, processSpace].joined(separator: "/")
  }()

  /// Two containers on one host may share its name and number their processes alike.
  private static var processSpace: String {
    var link = [CChar](repeating: 0, count: 128)
    return readlink("/proc/self/ns/pid", &link, link.count - 1) > 0 ? text(link) : ""
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Fields 3 and 22 of `/proc/PID/stat`, counted behind the program's name, which may hold anything.
  private static func life(of process: Int) -> (state: Substring, start: String)? {
    guard case .success(let text) = SystemFile.read("/proc/\(process)/stat"), let name = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    return fields.count > 19 ? (fields[0], String(fields[19])) : nil
  }
}

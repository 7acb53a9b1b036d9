internal import Files

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tells one process on one boot of one machine from all others, so that a trial whose worker was killed is taken over at
/// once and not when its lease ends.
struct ProcessIdentity: Equatable {
  /// Host and boot; empty where the system does not say.
  let machine: String
  let process: Int
  /// When it began, in the system's ticks: numbers of processes are used again.
  let start: String

  static let current = ProcessIdentity(
    machine: machineName, process: Int(getpid()), start: startTime(of: Int(getpid())) ?? "")

  /// Whether the process is known to be gone. False for processes of other machines: only their lease tells.
  var isGone: Bool {
    guard !machine.isEmpty, machine == Self.machineName, process > 0, process <= Int(Int32.max) else { return false }
    if kill(pid_t(process), 0) != 0, errno == ESRCH { return true }
    guard let now = Self.startTime(of: process) else { return false }
    return !start.isEmpty && now != start
  }

  private static let machineName: String = {
    guard let boot = try? TextFile.text(of: "/proc/sys/kernel/random/boot_id", limit: 100) else { return "" }
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/"
      + boot.filter { !$0.isWhitespace }
  }()

  /// Field 22 of `/proc/PID/stat`, counted behind the program's name, which may hold anything.
  private static func startTime(of process: Int) -> String? {
    guard let text = try? TextFile.text(of: "/proc/\(process)/stat", limit: 1 << 16),
      let name = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }
}

import CLIPFiles
import CLIPSystem

/// Another program, started and waited for.
struct Program {
  let identifier: pid_t

  /// Starts a program; its output goes to a file.
  init(_ path: String, _ arguments: [String], errors: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var identifier = pid_t()
    let code = posix_spawn(&identifier, path, &actions, nil, words, environ)
    guard code == 0 else { throw InputError("cannot be started: \(String(cString: strerror(code)))", file: path) }
    self.identifier = identifier
  }

  /// The status as `waitpid` gives it, and the most memory it held, once it has ended.
  func ended(waiting: Bool = false) -> (status: Int32, peakBytes: Int)? {
    var status: Int32 = 0, usage = rusage()
    let found = wait4(identifier, &status, waiting ? 0 : WNOHANG, &usage)
    return found == identifier ? (status, Int(usage.ru_maxrss) * 1024) : nil
  }

  /// Processor time spent, in seconds.
  var processorSeconds: Double {
    guard case .success(let text) = SystemFile.read("/proc/\(identifier)/stat"), let end = text.lastIndex(of: ")")
    else { return 0 }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Where this program lies; `carbonclip` lies beside it.
  static var folder: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return Folder.parent(of: String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  /// Runs `carbonclip`, which must end with 0, or with 1 and one line.
  /// - Throws: ``Fault`` where it does not; `InputError` with its line where it refuses.
  static func run(_ arguments: [String]) throws {
    let place = try Workplace.temporaryFolder(), errors = "\(place)/errors.txt"
    defer { Workplace.remove(place) }
    let program = try Program("\(folder)/carbonclip", arguments, errors: errors)
    guard let end = program.ended(waiting: true) else { throw Fault.other("cannot be waited for") }
    if end.status & 0x7F != 0 {
      let lines = String(decoding: try TextFile.bytes(of: errors), as: UTF8.self).split(separator: "\n")
      throw Fault.other("signal \(end.status & 0x7F): \(lines.first ?? "")")
    }
    let status = end.status >> 8 & 0xFF
    let lines = String(decoding: try TextFile.bytes(of: errors), as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("note: ") }
    if status == 0 { return }
    guard status == 1, lines.count == 1, lines[0].hasPrefix("error: ") else {
      throw Fault.other("exit status \(status) with \(lines.count) lines: \(lines.last ?? "")")
    }
    throw InputError(String(lines[0].dropFirst(7)))
  }
}

internal import CLIPFiles
internal import CLIPSystem

/// Another program, started and waited for.
struct ChildProcess {
  let identifier: pid_t

  /// Starts a program whose output goes to a file, or to this program's where there is none.
  /// - Parameters:
  ///   - input: what it reads as standard input; nil leaves it this program's
  ///   - errors: the file for its standard error; nil puts it with the output. Such a program reads nothing
  /// - Throws: `InputError` where it cannot be started.
  init(
    _ program: String, _ arguments: [String], input: Int32? = nil, output: String? = nil, errors: String? = nil
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
    if let output {
      posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o644)
      if let errors {
        posix_spawn_file_actions_addopen(
          &actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      } else {
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A process group of its own: Ctrl-C reaches this program, which then asks each child once.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var identifier = pid_t()
    var code = posix_spawnp(&identifier, program, &actions, &attributes, words, environ)
    // A program that was just written may still be open in a child that another thread has begun to start.
    var attempts = 0
    while code == ETXTBSY, attempts < 100 {
      Pause.milliseconds(10)
      attempts += 1
      code = posix_spawnp(&identifier, program, &actions, &attributes, words, environ)
    }
    guard code == 0 else {
      throw InputError("cannot be started: \(String(cString: strerror(code)))", file: program)
    }
    self.identifier = identifier
  }

  /// How a process ended.
  enum End: Equatable {
    /// By itself, with a status.
    case ended(Int)
    /// Killed by a signal.
    case signal(Int)
  }

  /// How the process has ended; nil while it runs.
  func status() -> End? {
    var status: Int32 = 0
    let found = waitpid(identifier, &status, WNOHANG)
    if found == 0 { return nil }
    if found < 0 { return errno == EINTR ? nil : .ended(255) }
    return status & 0x7F == 0 ? .ended(Int(status >> 8 & 0xFF)) : .signal(Int(status & 0x7F))
  }

  /// Asks it to end.
  func stop() { kill(identifier, SIGTERM) }

  /// Ends by force all that it started in its process group.
  func endGroup() { kill(-identifier, SIGKILL) }

  /// Asks it to end, waits for so many seconds, ends it by force where it does not, and takes its status from the system:
  /// no trace of it is left.
  /// - Parameter asks: whether it is asked; one that ends by itself is only waited for
  func end(within seconds: Double = 10, asks: Bool = true) {
    if asks { stop() }
    let deadline = ContinuousClock.now + .seconds(seconds)
    while status() == nil {
      if ContinuousClock.now > deadline { kill(identifier, SIGKILL) }
      Pause.milliseconds(5)
    }
  }

  /// Runs a program to its end and gives back what it printed.
  /// - Throws: `InputError` where it cannot be started or ends with a fault: with the last line that it printed.
  static func output(of program: String, _ arguments: [String]) throws -> String {
    let work = try WorkFolder(), file = "\(work.path)/output.txt"
    defer { withExtendedLifetime(work) {} }
    let child = try ChildProcess(program, arguments, output: file)
    while true {
      guard let status = child.status() else {
        Pause.milliseconds(10)
        continue
      }
      let text = try TextFile.text(of: file, limit: 1 << 24)
      guard status == .ended(0) else {
        let last = text.split(separator: "\n").last.map(String.init) ?? "\(status)"
        throw InputError("\(program) failed: \(last)")
      }
      return text
    }
  }
}

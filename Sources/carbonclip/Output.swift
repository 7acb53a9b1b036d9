import CLIPFiles
import CLIPSystem

private func systemWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
  write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
}

/// Results, on standard output: the only way there.
///
/// What does not get through, to a full disk say, is kept in mind and reported when the program ends, not at once: a search
/// that cannot show its table still writes the answer.
enum Output {
  private static let failure = Lock<Int32?>(nil)
  private static let isReported = Lock(false)
  private static let isSilent = Lock(false)

  /// Another rank speaks for this process.
  static func silence() { isSilent.withLock { $0 = true } }

  /// Writes text and a line feed; what a terminal would obey, in names from files, is replaced.
  static func print(_ text: String) {
    if isSilent.withLock({ $0 }) { return }
    failure.withLock { failure in
      if failure == nil { failure = write(Array((text + "\n").printable.utf8)) }
    }
  }

  /// - Throws: `InputError` where something could not be written; once.
  static func finish() throws {
    guard let code = failure.withLock({ $0 }) else { return }
    let isNews = isReported.withLock { isReported in
      defer { isReported = true }
      return !isReported
    }
    guard isNews else { return }
    // Whoever read has gone, as in carbonclip ... | head: no fault, and quiet, also where the signal is blocked.
    if code == EPIPE { endProgram(128 + SIGPIPE) }
    errno = code
    throw InputError(
      "cannot write: \(lastSystemError())", file: "standard output",
      advice: code == ENOSPC || code == EDQUOT ? "free some space, or choose another place" : nil)
  }

  /// Fills the places of standard streams that are closed, or the next file that is opened would be taken for them.
  static func occupyStandardStreams() {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
      // For reading only, so that writing fails as it would on a closed one.
      _ = open("/", O_RDONLY)
    }
  }

  /// The system's error code, or nil.
  private static func write(_ bytes: [UInt8]) -> Int32? {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let written = systemWrite(rest)
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      return nil
    }
  }
}

func endProgram(_ status: Int32) -> Never { exit(status) }

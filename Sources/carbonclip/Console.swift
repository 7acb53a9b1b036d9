import ArgumentParser
import CLIPFiles
import CLIPSystem
import CLIPUnits

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// What a person sees beside the results: progress and notes, on standard error, so that results can be piped.
final class Console: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == nil
  private let start = ContinuousClock.now
  /// `--quiet`: notes and progress are left out, errors are not.
  private static let isQuiet = Lock(false)
  /// When the last progress line was written, in seconds since the start.
  private let last = Lock(0.0)

  /// One line of its own.
  func note(_ text: String) {
    if Self.isSilent { return }
    clearLine()
    Self.write(text.singleLine + "\n")
  }

  /// A progress line: rewritten in place on a terminal, a plain line now and then elsewhere.
  func progress(_ line: ProgressLine, done: Int) {
    status(line.text(done: done, seconds: (ContinuousClock.now - start).seconds), isLast: done == line.total)
  }

  /// The same with a text of one's own.
  func status(_ text: @autoclosure () -> String, isLast: Bool) {
    if Self.isSilent { return }
    let seconds = (ContinuousClock.now - start).seconds
    let isDue = last.withLock { last in
      guard seconds - last >= (isTerminal ? 0.1 : 10) || (isLast && isTerminal) else { return false }
      last = seconds
      return true
    }
    guard isDue else { return }
    let text = text().singleLine
    Self.write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
  }

  /// Removes a progress line that stands on the terminal.
  func clearLine() { if isTerminal, !Self.isSilent { Self.write("\r\u{1B}[K") } }

  private static var isSilent: Bool { isQuiet.withLock { $0 } }

  static func silence() { isQuiet.withLock { $0 = true } }

  /// Writes text to standard error as it is.
  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { systemWrite(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written <= 0 { return }
      bytes = bytes.dropFirst(written)
    }
  }
}

/// How much is said beside the results.
struct QuietOption: ParsableArguments {
  @Flag(help: "Print no notes and no progress: only results and errors.")
  var quiet = false

  func validate() { if quiet { Console.silence() } }
}

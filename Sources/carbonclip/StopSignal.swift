import CLIPSystem
import Synchronization

/// Ctrl-C, SIGTERM and a closed terminal as a wish that long work asks for between its steps. A second one ends the program
/// at once.
enum StopSignal {
  /// Which signal came; zero before.
  private static let received = Atomic<Int32>(0)

  static var isRaised: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of a command that a signal ended, saved or not, as shells count it: what comes after `&&` is not run.
  static var exitStatus: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }

  static func listen() {
    // A parent's thread may have blocked them, and its child inherits that.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&wanted, number) }
    sigprocmask(SIG_UNBLOCK, &wanted, nil)
    let handler: @convention(c) (Int32) -> Void = { number in
      StopSignal.received.store(number, ordering: .relaxed)
      for other in [SIGINT, SIGTERM] { signal(other, SIG_DFL) }
      if number == SIGHUP || !StopSignal.ignoresHangup.load(ordering: .relaxed) { signal(SIGHUP, SIG_DFL) }
    }
    // nohup has SIGHUP ignored: then it stays so.
    var before = sigaction()
    sigaction(SIGHUP, nil, &before)
    let isIgnored = unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1
    ignoresHangup.store(isIgnored, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] { signal(number, handler) }
    if !isIgnored { signal(SIGHUP, handler) }
  }

  private static let ignoresHangup = Atomic(false)
}

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ctrl-C and SIGTERM as a wish that long work asks for between its steps. A second Ctrl-C ends the program at once.
enum StopSignal {
  private static let raised = Atomic(false)

  static var isRaised: Bool { raised.load(ordering: .relaxed) }

  static func listen() {
    // A parent's thread may have blocked them, and its child inherits that.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    sigaddset(&wanted, SIGINT)
    sigaddset(&wanted, SIGTERM)
    sigprocmask(SIG_UNBLOCK, &wanted, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        StopSignal.raised.store(true, ordering: .relaxed)
        signal(received, SIG_DFL)
      }
    }
  }
}

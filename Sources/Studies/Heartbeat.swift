internal import CLIPFiles
internal import CLIPSystem

/// Touches a file every few seconds, on a thread of its own, as long as it is held: a sign of life that other machines see,
/// whatever this process computes meanwhile. A process that is stopped or killed gives none.
final class Heartbeat: Sendable {
  /// Between two signs, in seconds.
  static let interval = 5.0
  /// A file that nobody touched for so long, in seconds, belongs to nobody.
  static let patience = 60.0

  private let pulse: Pulse
  private let end: Int32

  /// Begins to touch a file.
  /// - Parameter isLost: asked after each touch; once it says so, ``isLost`` does
  init(_ path: String, isLost: @escaping @Sendable () -> Bool = { false }) {
    var ends: [Int32] = [-1, -1]
    let isOpen = pipe(&ends) == 0
    for end in ends where isOpen { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    end = isOpen ? ends[1] : -1
    pulse = Pulse(path: path, wait: isOpen ? ends[0] : -1, asks: isLost)
    if isOpen { pulse.begin() }
  }

  /// Whether the file was found to be somebody else's by now.
  var isLost: Bool { pulse.isLost.withLock { $0 } }

  deinit { if end >= 0 { close(end) } }
}

/// What the thread holds; the heartbeat's end is its own.
private final class Pulse: Sendable {
  let path: String
  let wait: Int32
  let asks: @Sendable () -> Bool
  let isLost = Lock(false)

  init(path: String, wait: Int32, asks: @escaping @Sendable () -> Bool) {
    self.path = path
    self.wait = wait
    self.asks = asks
  }

  func begin() {
    let own = Unmanaged.passRetained(self)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          Unmanaged<Pulse>.fromOpaque(argument).takeRetainedValue().beat()
        #else
          if let argument { Unmanaged<Pulse>.fromOpaque(argument).takeRetainedValue().beat() }
        #endif
        return nil
      }, own.toOpaque())
    guard status == 0 else {
      own.release()
      return
    }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
  }

  /// Until the other end of the pipe is closed.
  private func beat() {
    // Signals are for the thread that works.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    defer { close(wait) }
    while true {
      var end = pollfd(fd: wait, events: Int16(POLLIN), revents: 0)
      let found = poll(&end, 1, Int32(Heartbeat.interval * 1000))
      if found > 0 || found < 0 && errno != EINTR { return }
      FileAge.touch(path)
      if asks() {
        isLost.withLock { $0 = true }
        return
      }
    }
  }
}

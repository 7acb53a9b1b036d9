/// A value that one thread at a time may see.
///
/// Made on the system's own mutex rather than on Swift's `Mutex`, which waits by way of a library that ThreadSanitizer
/// does not see, so that what it guards would look unguarded.
///
/// `@unchecked Sendable`: the value is reached only while the mutex is held.
package final class Lock<Value>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  package init(_ value: Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Calls `body` with the value; other threads' calls wait meanwhile, and `body` must not call this again.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}

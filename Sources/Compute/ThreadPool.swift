internal import CLIPSystem
import Synchronization
import CCLIPVectorKernels

/// The threads that share the toolkit's work; the only place that starts any.
///
/// Work is cut into numbered chunks whose number does not depend on the number of threads; each chunk is done by one
/// thread, whichever is free. So what a chunk computes, and with it every result, is the same on 1, 2 or 16 threads.
///
///     pool.forEach(rows.count) { row in normalize(row) }
///
/// `@unchecked Sendable`: a job's fields are written before `state` opens it and read only by threads that entered it
/// while it was open; chunks are claimed through an atomic counter; `forEach` closes the job and waits for those inside
/// before it returns.
public final class ThreadPool: @unchecked Sendable {
  /// How many threads do work, the caller's among them.
  ///
  /// Fewer than asked for where the system allows no more; results are the same.
  public private(set) var threads: Int

  /// More are never started, whatever was asked for.
  private static let mostThreads = 1024

  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var helpers: [pthread_t] = []
  /// The job's number, whether it is open, and how many helpers are inside; see ``JobState``.
  private let state = Atomic<UInt64>(0)
  private let nextChunk = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isBusy = Atomic<Bool>(false)
  private let isStopping = Atomic<Bool>(false)
  private var chunkCount = 0
  private var body: ((_ chunk: Int, _ worker: Int) -> Void)?

  /// Starts `threads - 1` helper threads.
  /// - Parameter threads: at least 1; nil takes one per processor available to this process
  public init(threads: Int? = nil) {
    self.threads = min(max(1, threads ?? ThreadPool.availableProcessors), Self.mostThreads)
    lock = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(wake, nil)
    selectKernels
    self.threads = MatrixBuffers.reserve(for: self.threads)
    for worker in 1..<max(self.threads, 1) where !start(worker) {
      self.threads = helpers.count + 1
      break
    }
  }

  deinit {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    wakeSleepers()
    for helper in helpers { pthread_join(helper, nil) }
    pthread_mutex_destroy(lock)
    pthread_cond_destroy(wake)
    lock.deallocate()
    wake.deallocate()
  }

  /// The processors this process may use: its affinity mask, not the machine's count.
  public static var availableProcessors: Int {
    Int(vk_available_processors())
  }

  /// Calls `body` once for each chunk `0..<count`, on all threads, and returns when all are done.
  ///
  /// Called from inside a chunk it runs its own chunks one after another on the calling thread.
  public func forEach(_ count: Int, _ body: (_ chunk: Int) -> Void) {
    forEach(count) { chunk, _ in body(chunk) }
  }

  /// The same, telling `body` which worker runs it, `0..<threads`: for scratch memory of its own. Results must not
  /// depend on the worker's number.
  public func forEach(_ count: Int, _ body: (_ chunk: Int, _ worker: Int) -> Void) {
    let isFree =
      threads > 1 && count > 1
      && isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    guard isFree else {
      for chunk in 0..<max(count, 0) { body(chunk, 0) }
      return
    }
    defer { isBusy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      self.body = body
      chunkCount = count
      nextChunk.store(0, ordering: .relaxed)
      let job = JobState(state.load(ordering: .relaxed)).number &+ 1
      state.store(JobState(number: job, isOpen: true).word, ordering: .sequentiallyConsistent)
      wakeSleepers()
      work(worker: 0, body)
      // A helper that did not enter by now never will: it cannot hold `body` when this returns.
      state.bitwiseAnd(~JobState.openBit, ordering: .acquiringAndReleasing)
      var spins = 0
      while JobState(state.load(ordering: .acquiring)).inside > 0 {
        spins += 1
        if spins > 20_000 { sched_yield() } else { vk_pause() }
      }
      self.body = nil
    }
  }

  /// Like ``forEach(_:_:)-(_,(Int)->Void)`` for work that can fail; of several errors the lowest chunk's is thrown.
  public func forEachThrowing(_ count: Int, _ body: (_ chunk: Int, _ worker: Int) throws -> Void) throws {
    let failures = Lock<(chunk: Int, error: any Error)?>(nil)
    forEach(count) { chunk, worker in
      do { try body(chunk, worker) } catch {
        failures.withLock { if chunk < $0?.chunk ?? Int.max { $0 = (chunk, error) } }
      }
    }
    if let failure = failures.withLock({ $0 }) { throw failure.error }
  }

  private func work(worker: Int, _ body: (Int, Int) -> Void) {
    while true {
      let chunk = nextChunk.add(1, ordering: .relaxed).oldValue
      if chunk >= chunkCount { return }
      body(chunk, worker)
    }
  }

  /// Starts a helper; false when the system allows no further thread.
  private func start(_ worker: Int) -> Bool {
    let context = Unmanaged.passRetained(HelperStart(pool: Unmanaged.passUnretained(self), worker: worker))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let start = Unmanaged<HelperStart>.fromOpaque(argument).takeRetainedValue()
        #else
          guard let argument else { return nil }
          let start = Unmanaged<HelperStart>.fromOpaque(argument).takeRetainedValue()
        #endif
        // Unretained: `deinit` joins every helper before the pool goes away.
        start.pool._withUnsafeGuaranteedRef { $0.helperLoop(worker: start.worker) }
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      return false
    }
    #if canImport(Darwin)
      if let thread { helpers.append(thread) }
    #else
      helpers.append(thread)
    #endif
    return true
  }

  private func helperLoop(worker: Int) {
    var last: UInt64 = 0
    while let job = waitForJob(after: last) {
      last = job
      if let body { work(worker: worker, body) }
      state.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Enters the next open job and returns its number; nil when the pool stops.
  ///
  /// Spins for about a hundred microseconds, since operators follow one another closely, then sleeps.
  private func waitForJob(after last: UInt64) -> UInt64? {
    var spins = 0
    while !isStopping.load(ordering: .sequentiallyConsistent) {
      let seen = JobState(state.load(ordering: .acquiring))
      if seen.isOpen && seen.number != last {
        let entered = JobState(seen.word + 1)
        if state.compareExchange(expected: seen.word, desired: entered.word, ordering: .acquiringAndReleasing).exchanged
        {
          return seen.number
        }
        continue
      }
      spins += 1
      if spins < 3_000 {
        vk_pause()
      } else {
        sleep(after: last)
        spins = 0
      }
    }
    return nil
  }

  private func sleep(after last: UInt64) {
    pthread_mutex_lock(lock)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    // Whoever opens a job looks at `sleepers` afterwards, so one of the two sees the other.
    let seen = JobState(state.load(ordering: .sequentiallyConsistent))
    let hasWork = seen.isOpen && seen.number != last
    if !hasWork && !isStopping.load(ordering: .sequentiallyConsistent) { pthread_cond_wait(wake, lock) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(lock)
  }

  private func wakeSleepers() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(lock)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(lock)
  }
}

/// A job's number, whether helpers may still enter it, and how many are inside, in one word that changes at once.
private struct JobState {
  static let openBit: UInt64 = 1 << 16
  let word: UInt64

  init(_ word: UInt64) { self.word = word }
  init(number: UInt64, isOpen: Bool) { word = number << 17 | (isOpen ? Self.openBit : 0) }

  var number: UInt64 { word >> 17 }
  var isOpen: Bool { word & Self.openBit != 0 }
  var inside: UInt64 { word & 0xFFFF }
}

private final class HelperStart {
  let pool: Unmanaged<ThreadPool>
  let worker: Int

  init(pool: Unmanaged<ThreadPool>, worker: Int) {
    self.pool = pool
    self.worker = worker
  }
}

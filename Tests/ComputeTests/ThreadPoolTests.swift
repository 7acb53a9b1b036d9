import CLIPCompute
import CLIPSystem
import Synchronization
import Testing

@Suite("ThreadPool")
struct ThreadPoolTests {
  private struct Failure: Error, Equatable { let chunk: Int }

  @Test("every chunk is done exactly once", arguments: 1...8)
  func everyChunk(threads: Int) {
    let pool = ThreadPool(threads: threads)
    for count in [0, 1, 2, 7, 1000] {
      let done = Lock([Int](repeating: 0, count: count))
      pool.forEach(count) { chunk, worker in
        #expect((0..<threads).contains(worker))
        done.withLock { $0[chunk] += 1 }
      }
      #expect(done.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }

  @Test("thousands of short jobs in a row lose nothing")
  func manyJobs() {
    let pool = ThreadPool(threads: 4), total = Atomic<Int>(0)
    for _ in 0..<5000 { pool.forEach(3) { _ in total.add(1, ordering: .relaxed) } }
    #expect(total.load(ordering: .relaxed) == 15_000)
  }

  @Test("a job inside a job runs on the thread that asks")
  func nested() {
    let pool = ThreadPool(threads: 3), total = Atomic<Int>(0)
    pool.forEach(5) { _ in pool.forEach(7) { _ in total.add(1, ordering: .relaxed) } }
    #expect(total.load(ordering: .relaxed) == 35)
  }

  @Test("of several errors the lowest chunk's is thrown, and all chunks are tried")
  func errors() {
    let pool = ThreadPool(threads: 4), tried = Atomic<Int>(0)
    #expect(throws: Failure(chunk: 3)) {
      try pool.forEachThrowing(50) { chunk, _ in
        tried.add(1, ordering: .relaxed)
        if chunk % 10 == 3 { throw Failure(chunk: chunk) }
      }
    }
    #expect(tried.load(ordering: .relaxed) == 50)
  }

  @Test("pools come and go, asleep or awake")
  func lifetime() {
    for threads in [1, 2, 5] {
      for _ in 0..<20 {
        let pool = ThreadPool(threads: threads), total = Atomic<Int>(0)
        pool.forEach(10) { _ in total.add(1, ordering: .relaxed) }
        #expect(total.load(ordering: .relaxed) == 10)
      }
    }
  }
}

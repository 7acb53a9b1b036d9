public import CLIPRanks
import Foundation

/// Ranks that are threads of this process: the same code as under MPI, in any test. Sums add the ranks in their order.
public final class ThreadRanks: RankGroup, @unchecked Sendable {
  /// Where ranks meet.
  private final class Hub: @unchecked Sendable {
    let condition = NSCondition()
    let count: Int
    var given: [[UInt8]]
    var arrived = 0, left = 0, isEnded = false

    init(_ count: Int) {
      self.count = count
      given = [[UInt8]](repeating: [], count: count)
    }

    /// Gives what a rank has and takes what all have.
    func exchange(_ rank: Int, _ bytes: [UInt8]) throws -> [[UInt8]] {
      condition.lock()
      defer { condition.unlock() }
      while left > 0, !isEnded { condition.wait() }
      if isEnded { throw Ended() }
      given[rank] = bytes
      arrived += 1
      if arrived == count {
        left = count
        condition.broadcast()
      }
      while arrived < count, !isEnded { condition.wait() }
      if isEnded { throw Ended() }
      let all = given
      left -= 1
      if left == 0 {
        arrived = 0
        condition.broadcast()
      }
      return all
    }

    func end() {
      condition.lock()
      isEnded = true
      condition.broadcast()
      condition.unlock()
    }
  }

  /// Another rank failed.
  public struct Ended: Error {}

  public let rank: Int
  public var count: Int { hub.count }
  public var traffic: RankTraffic { RankTraffic() }
  private let hub: Hub
  private var pending: [UnsafeMutableBufferPointer<Float>] = []

  private init(_ rank: Int, _ hub: Hub) { (self.rank, self.hub) = (rank, hub) }

  public func gather(_ bytes: UnsafeRawBufferPointer, sizes: [Int]) throws -> [UInt8] {
    Array(try hub.exchange(rank, Array(bytes)).joined())
  }

  public func broadcast(_ memory: UnsafeMutableRawBufferPointer) throws {
    let all = try hub.exchange(rank, rank == 0 ? Array(memory) : [])
    all[0].withUnsafeBytes { memory.copyMemory(from: $0) }
  }

  public func beginSum(_ floats: UnsafeMutableBufferPointer<Float>) { pending.append(floats) }
  public func progress() {}

  public func finishSums() throws {
    for floats in pending {
      let all = try hub.exchange(rank, Array(UnsafeRawBufferPointer(floats)))
      for index in floats.indices {
        floats[index] = all.reduce(0) { sum, bytes in
          sum + bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Float.self) }
        }
      }
    }
    pending = []
  }

  /// Runs `body` as each of `count` ranks, side by side, and gives what each made.
  public static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadRanks) throws -> Result
  ) throws -> [Result] {
    let hub = Hub(count), results = Results<Result>(count)
    let threads = (0..<count).map { rank in
      Thread {
        do { results.set(rank, .success(try body(ThreadRanks(rank, hub)))) } catch {
          results.set(rank, .failure(error))
          hub.end()
        }
      }
    }
    for thread in threads {
      thread.stackSize = 16 << 20
      thread.start()
    }
    return try results.wait()
  }

  private final class Results<Result: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var values: [Swift.Result<Result, any Error>?]

    init(_ count: Int) { values = [Swift.Result<Result, any Error>?](repeating: nil, count: count) }

    func set(_ rank: Int, _ value: Swift.Result<Result, any Error>) {
      condition.lock()
      values[rank] = value
      condition.broadcast()
      condition.unlock()
    }

    /// - Throws: what the rank threw that failed by itself.
    func wait() throws -> [Result] {
      condition.lock()
      defer { condition.unlock() }
      while values.contains(where: { $0 == nil }) { condition.wait() }
      for case .failure(let error)? in values where !(error is Ended) { throw error }
      return try values.compactMap { try $0?.get() }
    }
  }
}

import CLIPCompute

import CLIPSystem

/// A run of floats that is only read, inside memory that another object keeps: a mapped file.
///
/// `@unchecked Sendable`: never written, but where it is a `WritableStorage`.
public class Storage: @unchecked Sendable {
  /// The first element.
  public final let start: UnsafePointer<Float>
  /// How many there are.
  public final let count: Int
  private final let keeper: AnyObject?

  /// Memory that lives as long as `keeper`.
  public init(reading start: UnsafePointer<Float>, count: Int, keeper: AnyObject) {
    self.start = start
    self.count = count
    self.keeper = keeper
  }

  fileprivate init(own start: UnsafePointer<Float>, count: Int) {
    self.start = start
    self.count = count
    keeper = nil
  }
}

/// A run of floats of its own, from the pool, 64-byte aligned: those who share it may write it.
///
/// `@unchecked Sendable`: like an array's buffer; ``Tensor`` copies it before a write unless it is the only owner.
package final class WritableStorage: Storage, @unchecked Sendable {
  /// The first element.
  package let memory: UnsafeMutablePointer<Float>
  /// The block's size as the pool knows it.
  private let blockBytes: Int

  /// Memory that is not initialised.
  package init(count: Int) {
    (memory, blockBytes) = StoragePool.shared.take(count)
    super.init(own: memory, count: count)
  }

  deinit { StoragePool.shared.give(memory, blockBytes) }

  /// Sets all elements to zero. Whole pages go back to the system until they are written again.
  package func clear() {
    let page = 1 << 16, address = UInt(bitPattern: memory), bytes = count * MemoryLayout<Float>.stride
    let first = (Int(address) + page - 1) / page * page - Int(address)
    let whole = (bytes - first) / page * page
    #if os(Linux)
      if whole > 0, madvise(UnsafeMutableRawPointer(memory) + first, whole, MADV_DONTNEED) == 0 {
        memset(memory, 0, first)
        memset(UnsafeMutableRawPointer(memory) + first + whole, 0, bytes - first - whole)
        return
      }
    #endif
    memory.update(repeating: 0, count: count)
  }

  /// Gives freed blocks that are kept for reuse back to the system.
  package static func giveBack() { StoragePool.shared.giveBack() }
}

/// Keeps freed blocks for reuse: a fresh block costs a page fault for each 4 KiB touched.
///
/// `@unchecked Sendable`: all state lies inside a `Lock`.
final class StoragePool: @unchecked Sendable {
  static let shared = StoragePool()

  /// At most this many bytes are kept; beyond it freed blocks go back to the system.
  private let limit = 1 << 30
  private struct State {
    var free: [Int: [UnsafeMutableRawPointer]] = [:]
    var keptBytes = 0
  }
  private let state = Lock(State())

  /// Sizes are rounded up to one of eight steps a power of two, so that similar requests share blocks.
  private static func rounded(_ bytes: Int) -> Int {
    let bytes = max(64, bytes)
    let step = max(64, 1 << max(0, Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + step - 1) / step * step
  }

  /// A block of at least `count` floats, and its size in bytes: a kept one up to a quarter larger, or a new one.
  ///
  /// Ends the program where the system has none left: callers are far too deep to throw.
  func take(_ count: Int) -> (start: UnsafeMutablePointer<Float>, bytes: Int) {
    let (exact, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !overflows, exact < 1 << 60 else { OutOfMemory.end(overflows ? .max : exact) }
    let bytes = Self.rounded(exact)
    let second = Self.rounded(bytes + 1), sizes = [bytes, second, Self.rounded(second + 1)]
    let kept = state.withLock { state -> (block: UInt, bytes: Int)? in
      for size in sizes {
        guard let block = state.free[size]?.popLast() else { continue }
        state.keptBytes -= size
        return (UInt(bitPattern: block), size)
      }
      return nil
    }
    if let kept, let block = UnsafeMutableRawPointer(bitPattern: kept.block) {
      return (block.assumingMemoryBound(to: Float.self), kept.bytes)
    }
    var block: UnsafeMutableRawPointer?
    let status = posix_memalign(&block, 64, bytes)
    guard status == 0, let block else { OutOfMemory.end(bytes) }
    return (block.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride), bytes)
  }

  /// Frees all blocks that are kept.
  func giveBack() {
    let blocks = state.withLock { state -> [UInt] in
      defer { state = State() }
      return state.free.values.flatMap { $0.map { UInt(bitPattern: $0) } }
    }
    for address in blocks { free(UnsafeMutableRawPointer(bitPattern: address)) }
    FreedMemory.giveBack()
  }

  func give(_ start: UnsafeMutablePointer<Float>, _ bytes: Int) {
    let address = UInt(bitPattern: start)
    let isKept = state.withLock { state in
      guard state.keptBytes + bytes <= limit, let block = UnsafeMutableRawPointer(bitPattern: address) else {
        return false
      }
      state.free[bytes, default: []].append(block)
      state.keptBytes += bytes
      return true
    }
    if !isKept { free(start) }
  }
}

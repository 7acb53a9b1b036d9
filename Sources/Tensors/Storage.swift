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
  private let isReused: Bool

  /// Memory that is not initialised.
  /// - Parameter isReused: whether the pool keeps it when it is freed; else it goes back to the system
  package init(count: Int, isReused: Bool = true) {
    self.isReused = isReused
    (memory, blockBytes) = StoragePool.shared.take(count)
    super.init(own: memory, count: count)
  }

  deinit {
    if isReused { StoragePool.shared.give(memory, blockBytes) } else { MemoryBlock.release(memory, blockBytes) }
  }

  /// Sets all elements to zero. Of large memory whole pages go back to the system until they are written again.
  package func clear() {
    let bytes = count * MemoryLayout<Float>.stride
    #if os(Linux)
      let whole = bytes / MemoryBlock.hugePage * MemoryBlock.hugePage
      if bytes >= MemoryBlock.leastMapping, madvise(memory, whole, MADV_DONTNEED) == 0 {
        memset(UnsafeMutableRawPointer(memory) + whole, 0, bytes - whole)
        return
      }
    #endif
    memory.update(repeating: 0, count: count)
  }
}

/// Memory from the system: large blocks are mappings of their own, of huge pages where there are such, so that they cost
/// few page faults and are gone when they are freed.
enum MemoryBlock {
  /// Bytes from which a block is a mapping, aligned to a huge page.
  static let leastMapping = 4 << 20
  static let hugePage = 2 << 20

  /// At least 64-byte aligned; nil where the system has none left.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard bytes >= leastMapping else {
      var block: UnsafeMutableRawPointer?
      return posix_memalign(&block, 64, bytes) == 0 ? block : nil
    }
    let start = mmap(nil, bytes + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let start, start != MAP_FAILED else { return nil }
    let head = (hugePage - Int(bitPattern: start) % hugePage) % hugePage, block = start + head
    if head > 0 { munmap(start, head) }
    if head < hugePage { munmap(block + bytes, hugePage - head) }
    #if os(Linux)
      madvise(block, bytes, MADV_HUGEPAGE)
    #endif
    return block
  }

  /// Frees a block of so many bytes.
  static func release(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes >= leastMapping { munmap(block, bytes) } else { free(block) }
  }
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
    guard let block = MemoryBlock.allocate(bytes) else { OutOfMemory.end(bytes) }
    return (block.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride), bytes)
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
    if !isKept { MemoryBlock.release(start, bytes) }
  }
}

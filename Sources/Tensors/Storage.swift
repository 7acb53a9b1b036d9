#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// A run of floats: from the pool, 64-byte aligned, or inside memory that another object keeps (a mapped file).
///
/// `@unchecked Sendable`: like an array's buffer it is shared for reading; ``Tensor`` copies it before a write unless
/// it is the only owner, and a mapped one is never written.
public final class Storage: @unchecked Sendable {
  /// The first element.
  public let start: UnsafeMutablePointer<Float>
  public let count: Int
  /// Whether writing is allowed: false for mapped files.
  public let isWritable: Bool
  private let keeper: AnyObject?

  /// Memory from the pool, not initialised.
  public init(count: Int) {
    self.count = count
    isWritable = true
    keeper = nil
    start = StoragePool.shared.take(count)
  }

  /// A read-only view into memory that lives as long as `keeper`.
  public init(reading start: UnsafePointer<Float>, count: Int, keeper: AnyObject) {
    self.start = UnsafeMutablePointer(mutating: start)
    self.count = count
    self.keeper = keeper
    isWritable = false
  }

  deinit { if keeper == nil { StoragePool.shared.give(start, count) } }
}

/// Keeps freed blocks for reuse: a fresh block costs a page fault for each 4 KiB touched.
///
/// `@unchecked Sendable`: all state lies inside a `Mutex`.
final class StoragePool: @unchecked Sendable {
  static let shared = StoragePool()

  /// At most this many bytes are kept; beyond it freed blocks go back to the system.
  private let limit = 1 << 30
  private struct State {
    var free: [Int: [UnsafeMutableRawPointer]] = [:]
    var keptBytes = 0
  }
  private let state = Mutex(State())

  /// Sizes are rounded up to one of eight steps a power of two, so that similar requests share blocks.
  private static func blockBytes(_ count: Int) -> Int {
    let bytes = max(64, count * MemoryLayout<Float>.stride)
    let step = max(64, 1 << max(0, Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + step - 1) / step * step
  }

  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = Self.blockBytes(count)
    let kept = state.withLock { state -> UInt? in
      guard let block = state.free[bytes]?.popLast() else { return nil }
      state.keptBytes -= bytes
      return UInt(bitPattern: block)
    }
    if let kept, let block = UnsafeMutableRawPointer(bitPattern: kept) { return block.assumingMemoryBound(to: Float.self) }
    var block: UnsafeMutableRawPointer?
    let status = posix_memalign(&block, 64, bytes)
    guard status == 0, let block else { fatalError("out of memory: cannot allocate \(bytes) bytes for a tensor") }
    return block.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  func give(_ start: UnsafeMutablePointer<Float>, _ count: Int) {
    let bytes = Self.blockBytes(count)
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

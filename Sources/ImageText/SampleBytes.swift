public import CLIPFiles

/// An encoded image's bytes: a slice of a mapped file, which is not copied, or an array of their own.
///
/// The slice keeps its file mapped. A mapped file must not be shortened while it is read: put a new one in its place by
/// renaming.
public struct SampleBytes: Sendable {
  private enum Storage {
    case array([UInt8])
    case mapped(MemoryMap, Range<Int>)
  }

  private let storage: Storage

  /// Bytes in memory.
  public init(_ bytes: [UInt8]) { storage = .array(bytes) }

  /// A whole mapped file.
  public init(_ map: MemoryMap) { storage = .mapped(map, 0..<map.bytes.count) }

  /// A part of a mapped file.
  /// - Parameter range: must lie inside the file
  public init(_ map: MemoryMap, _ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= map.bytes.count, "a slice beyond the end of its file")
    storage = .mapped(map, range)
  }

  /// Calls `body` with the bytes, which are valid until it returns.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch storage {
    case .array(let bytes): try bytes.withUnsafeBytes(body)
    case .mapped(let map, let range):
      try map.read { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }

  /// A copy of the bytes.
  public var copied: [UInt8] { withUnsafeBytes { Array($0) } }
}

/// The processes that train or prune one model together, each with a number, its *rank*, and what they tell one another.
///
/// All ranks call the same functions in the same order, as MPI's collective operations ask for, and from one thread. Whoever
/// fails alone leaves the others waiting: such a process ends them all.
public protocol RankGroup: AnyObject, Sendable {
  /// This process's number, from 0; rank 0 writes the files.
  var rank: Int { get }
  /// How many processes there are.
  var count: Int { get }

  /// The bytes of all ranks, one behind the other.
  /// - Parameter sizes: how many bytes each rank gives, the same on all ranks; `bytes.count` is this rank's
  func gather(_ bytes: UnsafeRawBufferPointer, sizes: [Int]) throws -> [UInt8]

  /// Fills the memory of all ranks with that of rank 0.
  func broadcast(_ memory: UnsafeMutableRawBufferPointer) throws

  /// Begins to replace floats by their sums over all ranks. Nobody touches them until ``finishSums()``.
  func beginSum(_ floats: UnsafeMutableBufferPointer<Float>)

  /// Lets sums that were begun go on.
  func progress()

  /// Waits for all sums that were begun: then they are the same on all ranks, to the bit.
  func finishSums() throws

  /// Replaces numbers by their sums over all ranks and waits for them: then they are the same on all ranks, to the bit.
  func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws

  /// What this rank has given away so far, and how long it spent on that instead of computing.
  var traffic: RankTraffic { get }
}

/// What a rank told the others.
public struct RankTraffic: Sendable, Equatable {
  /// What it gave: of gathers its own part, of sums every float once. The library may send more, or less.
  public var bytes = 0
  /// Time within the library, waiting for others included.
  public var seconds = 0.0

  /// Nothing yet.
  public init() {}
}

extension RankGroup {
  /// One number of each rank.
  public func gather(_ number: Int) throws -> [Int] {
    let bytes = try withUnsafeBytes(of: Int64(number)) {
      try gather($0, sizes: [Int](repeating: MemoryLayout<Int64>.size, count: count))
    }
    return bytes.withUnsafeBytes { memory in
      (0..<count).map { Int(memory.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
  }

  /// Some bytes of each rank, of any number.
  public func gatherBytes(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let sizes = try gather(bytes.count)
    let all = try bytes.withUnsafeBytes { try gather($0, sizes: sizes) }
    var first = 0
    return sizes.map { size in
      defer { first += size }
      return Array(all[first..<first + size])
    }
  }

  /// A text of each rank.
  public func gather(_ text: String) throws -> [String] {
    try gatherBytes(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether any rank says so.
  public func any(_ flag: Bool) throws -> Bool { try gather(flag ? 1 : 0).contains(1) }

  /// The text of rank 0.
  public func broadcast(_ text: String) throws -> String {
    var size = Int64(text.utf8.count)
    try withUnsafeMutableBytes(of: &size) { try broadcast($0) }
    var bytes = rank == 0 ? Array(text.utf8) : [UInt8](repeating: 0, count: Int(size))
    try bytes.withUnsafeMutableBytes { try broadcast($0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

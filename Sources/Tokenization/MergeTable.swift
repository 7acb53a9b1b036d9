/// Two neighboring tokens that become one.
struct Merge: Equatable, Sendable {
  var left: Int32
  var right: Int32
  var result: Int32
}

/// Finds the merge of two tokens: a hash table with open addressing over flat arrays.
struct MergeTable: Sendable {
  /// Says that two tokens do not merge; greater than every merge.
  static let none = UInt64.max

  private var keys: [UInt64]
  private var values: [UInt64]
  private let mask: Int

  /// - Parameter merges: in order of rank; of a pair that stands twice the first counts
  init(_ merges: [Merge]) {
    var capacity = 16
    while capacity < merges.count * 2 { capacity *= 2 }
    mask = capacity - 1
    keys = [UInt64](repeating: Self.none, count: capacity)
    values = [UInt64](repeating: Self.none, count: capacity)
    for (rank, merge) in merges.enumerated() {
      let key = Self.key(merge.left, merge.right)
      var slot = Self.hash(key) & mask
      while keys[slot] != Self.none, keys[slot] != key { slot = (slot + 1) & mask }
      if keys[slot] == key { continue }
      keys[slot] = key
      values[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.result))
    }
  }

  /// The merge's rank in the upper and the resulting token in the lower 32 bits, or ``none``.
  func find(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = Self.key(left, right)
    var slot = Self.hash(key) & mask
    while keys[slot] != Self.none {
      if keys[slot] == key { return values[slot] }
      slot = (slot + 1) & mask
    }
    return Self.none
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private static func hash(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}

/// How often each pair of neighboring tokens stands in a set of words, kept up to date as pairs are merged.
///
/// Source of the bookkeeping: Sennrich et al. 2016, arXiv:1508.07909, section 3.2: only words that hold the
/// merged pair are counted again.
struct PairCounts {
  /// A pair and its number.
  struct Pair {
    var left: Int32
    var right: Int32
    var count: Int
  }

  private var words: [(symbols: [Int32], count: Int)]
  private var counts: [UInt64: Int] = [:]
  /// Where each pair stands, or stood.
  private var places: [UInt64: [Int32]] = [:]
  private var heap = CountHeap()

  /// Counts the pairs of bytes.
  init(words: [[UInt8]: Int]) {
    var ids = [Int32](repeating: 0, count: 256)
    for (id, byte) in ByteAlphabet.bytes.enumerated() { ids[Int(byte)] = Int32(id) }
    // In the order of their bytes, so that nothing depends on the dictionary's.
    self.words = words.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { bytes, count in
      var symbols = bytes.map { ids[Int($0)] }
      if let last = symbols.indices.last { symbols[last] += 256 }
      return (symbols, count)
    }
    for index in self.words.indices { count(index, sign: 1) }
    for (key, count) in counts { heap.push(count, key) }
  }

  /// Removes the pair that stands most often, of equals the oldest, from those that may be merged.
  mutating func popMostFrequent() -> Pair? {
    while let (known, key) = heap.popBest() {
      let count = counts[key, default: 0]
      // Counts only fall after a pair has come up: an outdated entry goes back with what is left.
      if count < known {
        if count > 0 { heap.push(count, key) }
        continue
      }
      return Pair(
        left: Int32(truncatingIfNeeded: key >> 32), right: Int32(truncatingIfNeeded: key), count: count)
    }
    return nil
  }

  /// Replaces every place of a pair with a new token, from left to right in each word.
  mutating func merge(_ left: Int32, _ right: Int32, into token: Int32) {
    var arisen: Set<UInt64> = []
    for place in places.removeValue(forKey: Self.key(left, right)) ?? [] {
      let index = Int(place)
      let merged = Self.merged(words[index].symbols, left, right, token)
      guard merged.count < words[index].symbols.count else { continue }
      count(index, sign: -1)
      words[index].symbols = merged
      count(index, sign: 1, arising: token)
      for (first, second) in zip(merged, merged.dropFirst()) where first == token || second == token {
        arisen.insert(Self.key(first, second))
      }
    }
    for key in arisen { heap.push(counts[key, default: 0], key) }
  }

  private static func merged(_ symbols: [Int32], _ left: Int32, _ right: Int32, _ token: Int32) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(symbols.count)
    var next = 0
    while next < symbols.count {
      let matches = next + 1 < symbols.count && symbols[next] == left && symbols[next + 1] == right
      result.append(matches ? token : symbols[next])
      next += matches ? 2 : 1
    }
    return result
  }

  /// Adds or takes away the pairs of one word; notes where those with the `arising` token stand, or all.
  private mutating func count(_ index: Int, sign: Int, arising: Int32? = nil) {
    let word = words[index]
    for (left, right) in zip(word.symbols, word.symbols.dropFirst()) {
      let key = Self.key(left, right)
      counts[key, default: 0] += sign * word.count
      guard sign > 0, arising == nil || left == arising || right == arising else { continue }
      if places[key]?.last != Int32(index) { places[key, default: []].append(Int32(index)) }
    }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// Pairs by their count, the largest first and of equal ones the smallest key: a binary heap.
private struct CountHeap {
  private var entries: [(count: Int, key: UInt64)] = []

  private func precedes(_ first: Int, _ second: Int) -> Bool {
    (-entries[first].count, entries[first].key) < (-entries[second].count, entries[second].key)
  }

  mutating func push(_ count: Int, _ key: UInt64) {
    entries.append((count, key))
    var child = entries.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popBest() -> (count: Int, key: UInt64)? {
    guard let best = entries.first, let last = entries.popLast() else { return nil }
    if entries.isEmpty { return best }
    entries[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= entries.count { return best }
      if child + 1 < entries.count, precedes(child + 1, child) { child += 1 }
      if !precedes(child, parent) { return best }
      entries.swapAt(parent, child)
      parent = child
    }
  }
}

/// Turns one word's bytes into tokens: as long as any neighbors merge, all places of the best-ranked pair do,
/// from left to right.
struct WordMerger: Sendable {
  private let inside: [Int32]
  private let atEnd: [Int32]
  private let table: MergeTable

  /// - Parameters:
  ///   - inside: the token of each byte within a word, 256 of them
  ///   - atEnd: the token of each byte at a word's end, 256 of them
  init(inside: [Int32], atEnd: [Int32], merges: [Merge]) {
    self.inside = inside
    self.atEnd = atEnd
    table = MergeTable(merges)
  }

  /// Appends the tokens of a word, which is not empty.
  func append(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    if word.count == 1 {
      ids.append(atEnd[Int(word[0])])
    } else if word.count <= 48 {
      appendShort(word, to: &ids)
    } else {
      appendLong(word, to: &ids)
    }
  }

  private func symbol(_ word: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int32 {
    index == word.count - 1 ? atEnd[Int(word[index])] : inside[Int(word[index])]
  }

  /// Looks over all pairs for each merge: quickest while they are few.
  private func appendShort(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: word.count) { symbols in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: word.count) { pairs in
        var count = word.count
        for index in 0..<count { symbols[index] = symbol(word, index) }
        for index in 0..<(count - 1) { pairs[index] = table.find(symbols[index], symbols[index + 1]) }
        while count > 1 {
          var best = MergeTable.none
          for index in 0..<(count - 1) { best = min(best, pairs[index]) }
          if best == MergeTable.none { break }
          var kept = 0
          var next = 0
          while next < count {
            let merges = next + 1 < count && pairs[next] == best
            symbols[kept] = merges ? Int32(truncatingIfNeeded: best) : symbols[next]
            // The pair to the right still holds unless one of its two changed; marked here, found below.
            pairs[kept] = merges || next + 1 >= count ? 0 : pairs[next]
            if merges, kept > 0 { pairs[kept - 1] = 0 }
            kept += 1
            next += merges ? 2 : 1
          }
          count = kept
          for index in 0..<(count - 1) where pairs[index] == 0 {
            pairs[index] = table.find(symbols[index], symbols[index + 1])
          }
        }
        ids.append(contentsOf: symbols[..<count])
      }
    }
  }

  /// A linked list and a heap of its pairs: a word of n bytes takes n log n steps.
  private func appendLong(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    let count = word.count
    var symbols = (0..<count).map { symbol(word, $0) }
    var following = (0..<count).map { $0 + 1 }
    var preceding = (0..<count).map { $0 - 1 }
    var heap = PairHeap()
    for index in 0..<(count - 1) { heap.push(table.find(symbols[index], symbols[index + 1]), at: index) }
    var arising: [(merge: UInt64, place: Int)] = []
    var rank = UInt64.max
    while true {
      // Pairs that arise from a merge wait until all places of that merge are done, whatever their rank.
      if heap.best?.merge != rank, !arising.isEmpty {
        for pair in arising { heap.push(pair.merge, at: pair.place) }
        arising.removeAll(keepingCapacity: true)
      }
      guard let (merge, place) = heap.popBest() else { break }
      rank = merge
      let next = following[place]
      guard symbols[place] >= 0, next < count, table.find(symbols[place], symbols[next]) == merge else {
        continue
      }
      symbols[place] = Int32(truncatingIfNeeded: merge)
      symbols[next] = -1
      following[place] = following[next]
      if following[next] < count {
        preceding[following[next]] = place
        arising.append((table.find(symbols[place], symbols[following[next]]), place))
      }
      if preceding[place] >= 0 {
        arising.append((table.find(symbols[preceding[place]], symbols[place]), preceding[place]))
      }
    }
    for symbol in symbols where symbol >= 0 { ids.append(symbol) }
  }
}

/// The pairs of a long word, best rank first and then from left to right: a binary heap.
struct PairHeap {
  private var entries: [(merge: UInt64, place: Int)] = []

  var best: (merge: UInt64, place: Int)? { entries.first }

  mutating func push(_ merge: UInt64, at place: Int) {
    if merge == MergeTable.none { return }
    entries.append((merge, place))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent] <= entries[child] { return }
      entries.swapAt(parent, child)
      child = parent
    }
  }

  mutating func popBest() -> (merge: UInt64, place: Int)? {
    guard let best = entries.first, let last = entries.popLast() else { return nil }
    if entries.isEmpty { return best }
    entries[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= entries.count { break }
      if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
      if entries[parent] <= entries[child] { break }
      entries.swapAt(parent, child)
      parent = child
    }
    return best
  }
}

/// Byte-pair encoding of whole texts, as Gemma has it: the characters first, those without a piece as bytes, and then the
/// best-ranked pair of neighbors, again and again.
///
/// Source: arXiv:1508.07909; tokenizers' `bpe/model.rs` and `bpe/word.rs`. A pair that arises is merged as soon as its rank
/// is due, where open_clip's tokenizer finishes all places of one pair first.
struct PairModel: PieceModel {
  let size: Int
  private let index: PieceIndex
  private let table: MergeTable
  private let unknown: Int32?
  private let joinsUnknown: Bool
  private let bytes: ByteFallback?
  private let ignoresMerges: Bool

  /// - Parameters:
  ///   - pieces: none empty
  ///   - size: one more than the largest id
  ///   - unknown: the id of what has no piece; nil leaves it out
  ///   - joinsUnknown: whether such characters side by side are one
  ///   - ignoresMerges: whether a text that is a piece is that piece, whatever the merges make of it
  init(
    _ pieces: [(bytes: [UInt8], id: Int32)], size: Int, merges: [Merge], unknown: Int32?, joinsUnknown: Bool,
    fallsBackToBytes: Bool, ignoresMerges: Bool
  ) {
    self.size = size
    let index = PieceIndex(pieces)
    self.index = index
    table = MergeTable(merges)
    self.unknown = unknown
    self.joinsUnknown = joinsUnknown
    bytes = fallsBackToBytes ? ByteFallback { index.id(of: $0.utf8) } : nil
    self.ignoresMerges = ignoresMerges
  }

  func append(_ text: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    guard !text.isEmpty else { return }
    if ignoresMerges, let whole = index.id(of: text) {
      ids.append(whole)
      return
    }
    ids += merged(characters(of: text))
  }

  private func characters(of text: UnsafeBufferPointer<UInt8>) -> [Int32] {
    var symbols: [Int32] = [], start = 0, hasPending = false
    symbols.reserveCapacity(text.count)
    while start < text.count {
      let character = text[start..<min(start + characterLength(text[start]), text.count)]
      start = character.endIndex
      if let id = index.id(of: character) {
        if hasPending, let unknown { symbols.append(unknown) }
        hasPending = false
        symbols.append(id)
      } else if let pieces = bytes?.pieces(of: character) {
        symbols += pieces
      } else if let unknown {
        if hasPending, !joinsUnknown { symbols.append(unknown) }
        hasPending = true
      }
    }
    if hasPending, let unknown { symbols.append(unknown) }
    return symbols
  }

  /// A linked list and a heap of its pairs: n symbols take n log n steps.
  private func merged(_ given: [Int32]) -> [Int32] {
    var symbols = given
    let count = symbols.count
    var following = (0..<count).map { $0 + 1 }, preceding = (0..<count).map { $0 - 1 }
    var heap = PairHeap()
    for place in 0..<max(0, count - 1) { heap.push(table.find(symbols[place], symbols[place + 1]), at: place) }
    while let (merge, place) = heap.popBest() {
      let next = following[place], result = Int32(truncatingIfNeeded: merge)
      guard symbols[place] >= 0, next < count else { continue }
      let current = table.find(symbols[place], symbols[next])
      guard current != MergeTable.none, Int32(truncatingIfNeeded: current) == result else { continue }
      symbols[place] = result
      symbols[next] = -1
      following[place] = following[next]
      if following[next] < count {
        preceding[following[next]] = place
        heap.push(table.find(result, symbols[following[next]]), at: place)
      }
      if preceding[place] >= 0 { heap.push(table.find(symbols[preceding[place]], result), at: preceding[place]) }
    }
    return symbols.filter { $0 >= 0 }
  }
}

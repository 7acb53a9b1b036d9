/// Pieces of text by their bytes, in the order of these: finds those that a place of a text begins with, and one by its
/// spelling.
///
/// Narrowing a range of the sorted pieces byte by byte needs no tree in memory, and a vocabulary of 256,000 pieces is ready
/// as soon as it is sorted.
struct PieceIndex: Sendable {
  /// All pieces' bytes, one behind the other, in order.
  private let bytes: [UInt8]
  /// Where each piece begins, and the end.
  private let starts: [Int32]
  private let ids: [Int32]
  /// The pieces that begin with each byte: from `first[byte]` up to `first[byte + 1]`.
  private let first: [Int32]

  /// - Parameter pieces: none empty; of two that are spelled alike the one that stands first counts
  init(_ pieces: [(bytes: [UInt8], id: Int32)]) {
    let order = pieces.indices.sorted { a, b in
      let (x, y) = (pieces[a].bytes, pieces[b].bytes)
      if x == y { return a < b }
      return x.lexicographicallyPrecedes(y)
    }
    var bytes: [UInt8] = [], starts: [Int32] = [0], ids: [Int32] = [], last: Int?
    for index in order {
      if let last, pieces[last].bytes == pieces[index].bytes { continue }
      last = index
      bytes += pieces[index].bytes
      starts.append(Int32(truncatingIfNeeded: bytes.count))
      ids.append(pieces[index].id)
    }
    var first = [Int32](repeating: 0, count: 257), piece = 0
    for byte in 0...256 {
      while piece < ids.count, Int(bytes[Int(starts[piece])]) < byte { piece += 1 }
      first[byte] = Int32(piece)
    }
    self.bytes = bytes
    self.starts = starts
    self.ids = ids
    self.first = first
  }

  /// Calls `body` with each piece that stands at the beginning of a text, from the shortest to the longest.
  func forEachPrefix(of text: Slice<UnsafeBufferPointer<UInt8>>, _ body: (_ length: Int, _ id: Int32) -> Void) {
    guard let byte = text.first else { return }
    var range = Int(first[Int(byte)])..<Int(first[Int(byte) + 1]), length = 1, place = text.startIndex + 1
    while !range.isEmpty {
      if count(range.lowerBound) == length { body(length, ids[range.lowerBound]) }
      guard place < text.endIndex else { return }
      range = narrowed(range, to: text[place], at: length)
      length += 1
      place += 1
    }
  }

  /// The piece that is spelled so, or nil.
  func id(of text: some Collection<UInt8>) -> Int32? {
    guard let byte = text.first else { return nil }
    var range = Int(first[Int(byte)])..<Int(first[Int(byte) + 1]), length = 1
    for byte in text.dropFirst() {
      guard !range.isEmpty else { return nil }
      range = narrowed(range, to: byte, at: length)
      length += 1
    }
    guard !range.isEmpty, count(range.lowerBound) == length else { return nil }
    return ids[range.lowerBound]
  }

  private func count(_ piece: Int) -> Int { Int(starts[piece + 1] - starts[piece]) }

  /// The pieces of a range, alike up to `length` bytes, whose next byte is this one.
  private func narrowed(_ range: Range<Int>, to byte: UInt8, at length: Int) -> Range<Int> {
    // A piece that ends here comes before all that go on.
    func next(_ piece: Int) -> Int { count(piece) > length ? Int(bytes[Int(starts[piece]) + length]) : -1 }
    func firstPiece(from least: Int) -> Int {
      var low = range.lowerBound, high = range.upperBound
      while low < high {
        let middle = (low + high) / 2
        if next(middle) < least { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let start = firstPiece(from: Int(byte))
    guard start < range.upperBound, next(start) == Int(byte) else { return start..<start }
    return start..<firstPiece(from: Int(byte) + 1)
  }
}

/// Walks a data table written as text: `KEY`, a mark, then scalars in hexadecimal joined by `+`; blanks
/// between entries.
struct TableEntries: Sequence, IteratorProtocol {
  /// One line of the table; scalars that are no scalars are left out, which no table has.
  struct Entry {
    var key: String
    var mark: UInt8
    var scalars: [Unicode.Scalar]

    /// The key as a scalar, for tables keyed by hexadecimal numbers.
    var keyScalar: Unicode.Scalar? { UInt32(key, radix: 16).flatMap(Unicode.Scalar.init) }
  }

  private var words: IndexingIterator<[Substring]>

  init(_ text: StaticString) {
    words = text.description.split { $0 == " " || $0 == "\n" }.makeIterator()
  }

  mutating func next() -> Entry? {
    while let word = words.next() {
      let marks = word.utf8.firstIndex {
        UInt8(ascii: "!")...UInt8(ascii: "*") ~= $0 || $0 == 0x3B || $0 == 0x3D
      }
      guard let marks else { continue }
      let scalars = word[word.utf8.index(after: marks)...].split(separator: "+")
        .compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
      return Entry(key: String(word[..<marks]), mark: word.utf8[marks], scalars: scalars)
    }
    return nil
  }
}

import CLIPFiles

extension Tokenizer {
  /// Tells tokenizers apart by what they make of texts: tokens, merges, added tokens and cleaning; wherever they were read.
  package var fingerprint: String {
    var bytes = Array((cleaning?.rawValue ?? "").utf8)
    func add(_ number: Int) { withUnsafeBytes(of: Int64(number).littleEndian) { bytes += $0 } }
    func add(_ part: [UInt8]) {
      add(part.count)
      bytes += part
    }
    if let pieces {
      for file in pieces.files { add(Array(file.map.bytes)) }
      return String(bytes.withUnsafeBytes { MurmurHash.hash($0) }, radix: 16)
    }
    add(vocabulary.startToken)
    add(vocabulary.endToken)
    for token in vocabulary.tokens {
      add(token.map { $0.endsWord ? 2 : 1 } ?? 0)
      add(token?.bytes ?? [])
    }
    for merge in vocabulary.merges {
      add(Int(merge.left))
      add(Int(merge.right))
    }
    for token in vocabulary.added {
      add(Array(token.content.utf8))
      add(token.id)
      let flags = [token.isNormalized, token.isSingleWord, token.stripsLeft, token.stripsRight]
      add(flags.reduce(0) { 2 * $0 + ($1 ? 1 : 0) })
    }
    return String(bytes.withUnsafeBytes { MurmurHash.hash($0) }, radix: 16)
  }
}

/// What makes pieces of a text whose white space has been marked: unigrams, or pairs.
protocol PieceModel: Sendable {
  /// The number of pieces; every id is smaller.
  var size: Int { get }

  /// Appends a text's pieces.
  func append(_ text: UnsafeBufferPointer<UInt8>, to ids: inout [Int32])
}

/// The pieces that stand for single bytes, `<0x00>` to `<0xFF>`, into which characters fall that have no piece.
struct ByteFallback: Sendable {
  /// By byte; nil where there is none.
  private let ids: [Int32?]

  init(_ id: (String) -> Int32?) {
    ids = (0...255).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return id("<0x\(digits.count == 1 ? "0" : "")\(digits)>")
    }
  }

  /// The bytes' pieces, or nil where one of them has none.
  func pieces(of bytes: some Collection<UInt8>) -> [Int32]? {
    var result: [Int32] = []
    for byte in bytes {
      guard let id = ids[Int(byte)] else { return nil }
      result.append(id)
    }
    return result
  }
}

/// The byte length of the character that begins with a byte; 1 for a byte that begins none.
func characterLength(_ byte: UInt8) -> Int {
  switch byte {
  case 0xC2...0xDF: 2
  case 0xE0...0xEF: 3
  case 0xF0...0xF4: 4
  default: 1
  }
}

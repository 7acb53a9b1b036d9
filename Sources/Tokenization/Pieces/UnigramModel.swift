/// A unigram model: of all ways to cut a text into pieces the one whose scores have the largest sum (Viterbi).
///
/// Source: arXiv:1804.10959; SentencePiece's `unigram_model.cc`, `EncodeOptimized`, and tokenizers' `unigram/model.rs`. The
/// two differ in the precision of sums, which decides between ways that score alike.
struct UnigramModel: PieceModel {
  /// A piece and what it is.
  struct Piece: Sendable {
    /// What a piece may be used for; SentencePiece's types.
    enum Kind: Sendable { case normal, unknown, control, userDefined, unused, byte }

    var text: String
    var score: Double
    var kind = Kind.normal
  }

  let size: Int
  private let index: PieceIndex
  private let scores: [Double]
  /// A piece's score in single precision where it is given per byte: pieces that a user has defined.
  private let isUserDefined: [Bool]
  private let largestScore: Double
  private let unknown: Int32?
  private let unknownScore: Double
  private let bytes: ByteFallback?
  private let isSinglePrecision: Bool

  /// How far an unknown character's score lies below the least of all.
  private static let unknownPenalty = 10.0

  /// - Parameters:
  ///   - pieces: by id
  ///   - unknown: the id of what has no piece; nil where there is none
  ///   - fallsBackToBytes: whether characters without a piece become those of their bytes
  ///   - isSinglePrecision: whether sums are SentencePiece's
  init(_ pieces: [Piece], unknown: Int?, fallsBackToBytes: Bool, isSinglePrecision: Bool) {
    size = pieces.count
    let found = pieces.enumerated().filter { entry in
      guard !entry.element.text.isEmpty else { return false }
      switch entry.element.kind {
      case .normal, .userDefined: return true
      case .unknown, .control, .unused, .byte: return false
      }
    }
    index = PieceIndex(found.map { (Array($0.element.text.utf8), Int32($0.offset)) })
    scores = pieces.map(\.score)
    isUserDefined = pieces.map { $0.kind == .userDefined }
    let normal = pieces.filter { $0.kind == .normal }.map(\.score)
    largestScore = normal.max() ?? 0
    unknownScore = (normal.min() ?? 0) - Self.unknownPenalty
    self.unknown = unknown.map { Int32($0) }
    let spelled = Dictionary(pieces.enumerated().map { ($0.element.text, Int32($0.offset)) }) { first, _ in first }
    bytes = fallsBackToBytes ? ByteFallback { spelled[$0] } : nil
    self.isSinglePrecision = isSinglePrecision
  }

  func append(_ text: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    if isSinglePrecision { append(text, to: &ids, Float.self) } else { append(text, to: &ids, Double.self) }
  }

  /// The best way to each byte of a text.
  private struct Node<Score> {
    var id: Int32 = -1
    var start = -1
    var score: Score
  }

  private func append<Score: BinaryFloatingPoint>(
    _ text: UnsafeBufferPointer<UInt8>, to ids: inout [Int32], _: Score.Type
  ) {
    guard !text.isEmpty else { return }
    var nodes = [Node<Score>](repeating: Node(score: 0), count: text.count + 1)
    let unknownScore = Score(self.unknownScore)
    func offer(_ id: Int32, _ score: Score, from start: Int, to end: Int) {
      let sum = nodes[start].score + score
      if nodes[end].start < 0 || sum > nodes[end].score { nodes[end] = Node(id: id, start: start, score: sum) }
    }
    var start = 0
    while start < text.count {
      let length = min(characterLength(text[start]), text.count - start)
      var hasCharacter = false
      index.forEachPrefix(of: text[start...]) { count, id in
        if count == length { hasCharacter = true }
        let own = scores[Int(id)]
        offer(
          id, Score(isUserDefined[Int(id)] ? Double(count) * largestScore - 0.1 : own), from: start, to: start + count)
      }
      if !hasCharacter { offer(-1, unknownScore, from: start, to: start + length) }
      start += length
    }
    collect(nodes.map { ($0.id, $0.start) }, text, &ids)
  }

  /// Reads the best way back; characters without a piece that stand side by side are one unknown.
  private func collect(_ nodes: [(id: Int32, start: Int)], _ text: UnsafeBufferPointer<UInt8>, _ ids: inout [Int32]) {
    var way: [(id: Int32, range: Range<Int>)] = [], end = text.count
    while end > 0 {
      let (id, start) = nodes[end]
      // A broken character inside the text leaves bytes that no way reaches; they count as unknown.
      let begin = start < 0 ? end - 1 : start
      let found = start < 0 ? -1 : id
      if found < 0, let last = way.last, last.id < 0 {
        way[way.count - 1].range = begin..<last.range.upperBound
      } else {
        way.append((found, begin..<end))
      }
      end = begin
    }
    for (id, range) in way.reversed() {
      if id >= 0 {
        ids.append(id)
      } else if let pieces = bytes?.pieces(of: text[range]) {
        ids += pieces
      } else if let unknown {
        ids.append(unknown)
      }
    }
  }
}

import CLIPFiles

/// The tokens and merges of a byte-pair encoding, as plain data.
///
/// Every vocabulary holds the 256 bytes, the 256 bytes at a word's end, and one token for each text that a
/// merge makes; and a start and an end token. Read it with ``read(_:)``, make one with ``VocabularyTrainer``.
public struct Vocabulary: Equatable, Sendable {
  /// The tokens by id; nil for start, end and other special tokens.
  let tokens: [Token?]
  /// The merges, best-ranked first.
  let merges: [Merge]
  /// The id of the token that begins a text.
  public let startToken: Int
  /// The id of the token that ends a text.
  public let endToken: Int
  /// Tokens that stand for texts of their own, besides start and end.
  public let added: [AddedToken]

  /// The number of tokens, the special ones among them: one more than the largest id.
  public var size: Int { tokens.count }

  /// The number of merges.
  public var mergeCount: Int { merges.count }

  /// The most merges open_clip reads from a merge list.
  public static let mostMerges = 49_152 - 256 - 2
  /// The fewest tokens a vocabulary has: the bytes, the bytes at a word's end, start and end.
  public static let smallestSize = 2 * 256 + 2
  /// The most tokens of a vocabulary made from a merge list: CLIP's own size, 49,408.
  public static let largestSize = smallestSize + mostMerges
  /// The most tokens and merges accepted from a file.
  static let sizeLimit = 1 << 20

  init(tokens: [Token?], merges: [Merge], startToken: Int, endToken: Int, added: [AddedToken] = []) {
    self.tokens = tokens
    self.merges = merges
    self.startToken = startToken
    self.endToken = endToken
    self.added = added
  }

  /// The vocabulary open_clip makes of a merge list: bytes, bytes at a word's end, merges in order, start,
  /// end.
  /// - Throws: ``InputError`` naming the line when a merge uses an unknown token, or makes one that exists
  ///   already.
  init(mergePairs: [(left: Token, right: Token)], firstLine: Int) throws {
    var tokens = ByteAlphabet.bytes.map { Token(bytes: [$0], endsWord: false) }
    tokens += ByteAlphabet.bytes.map { Token(bytes: [$0], endsWord: true) }
    var ids: [Token: Int32] = [:]
    ids.reserveCapacity(tokens.count + mergePairs.count)
    for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
    for (index, pair) in mergePairs.enumerated() {
      let line = "line \(firstLine + index)"
      guard !pair.left.endsWord else {
        throw InputError(
          "the left part \(pair.left.spelling.quoted()) ends a word, so nothing can follow it", at: line,
          advice: "fetch the file again")
      }
      let joined = Token(bytes: pair.left.bytes + pair.right.bytes, endsWord: pair.right.endsWord)
      guard joined.bytes.count <= 1024 else {
        throw InputError("a token of \(joined.bytes.count) bytes, more than the 1024 allowed", at: line)
      }
      guard ids.updateValue(Int32(tokens.count), forKey: joined) == nil else {
        throw InputError(
          "the token \(joined.spelling.quoted()) stands twice", at: line,
          advice: "remove one of the two merges")
      }
      tokens.append(joined)
    }
    var merges: [Merge] = []
    merges.reserveCapacity(mergePairs.count)
    for (index, pair) in mergePairs.enumerated() {
      guard let left = ids[pair.left], let right = ids[pair.right] else {
        let missing = ids[pair.left] == nil ? pair.left : pair.right
        throw InputError(
          "uses the token \(missing.spelling.quoted()), which no merge makes",
          at: "line \(firstLine + index)",
          advice: "fetch the file again")
      }
      merges.append(Merge(left: left, right: right, result: Int32(512 + index)))
    }
    self.init(
      tokens: tokens + [nil, nil], merges: merges, startToken: tokens.count, endToken: tokens.count + 1)
  }

  /// A vocabulary without merges: one token a byte.
  init() {
    let bytes = ByteAlphabet.bytes
    let tokens =
      bytes.map { Token(bytes: [$0], endsWord: false) } + bytes.map { Token(bytes: [$0], endsWord: true) }
    self.init(tokens: tokens + [nil, nil], merges: [], startToken: 512, endToken: 513)
  }
}

import CLIPFiles

/// Text to token ids: CLIP's byte pairs, as open_clip's `SimpleTokenizer` computes them, or the pieces of SigLIP and
/// SigLIP 2, as Hugging Face's tokenizers and SentencePiece do.
///
///     let tokenizer = try Tokenizer.load("data/vocabularies/bpe_simple_vocab_16e6.txt.gz")
///     let ids = tokenizer.tokenize("a photo of a cat", contextLength: 77)  // 49406, 320, ..., 49407, 0 ...
///
/// Added tokens are looked for first. What stands between them is cleaned (``Cleaning``), cut into words, and each word's bytes are merged into tokens by the
/// vocabulary's rules. One tokenizer may serve any number of threads. See docs/tokenizer.md for what is exact
/// and what is not.
public final class Tokenizer: Sendable {
  /// The tokens and merges of CLIP's byte pairs; without any where texts become pieces of another kind.
  public let vocabulary: Vocabulary
  /// What is done to a text first; nil for nothing but what the tokenizer's own file says.
  public let cleaning: Cleaning?
  /// Pieces of another kind than CLIP's byte pairs.
  let pieces: PieceTokenizer?

  private let merger: WordMerger
  private let cache: WordCache?
  /// Added tokens that are looked for in texts as they are given, and in cleaned ones; nil without any.
  private let added: (raw: AddedTokenMatcher, cleaned: AddedTokenMatcher)?

  /// - Parameters:
  ///   - vocabulary: tokens and merges
  ///   - cleaning: what is done to a text first
  ///   - rememberedWords: how many words' tokens may be kept, 64 bytes each; 0 keeps none. Results do not
  ///     depend on it.
  public init(_ vocabulary: Vocabulary, cleaning: Cleaning = .lower, rememberedWords: Int = 1 << 15) {
    self.vocabulary = vocabulary
    self.cleaning = cleaning
    pieces = nil
    var inside = [Int32](repeating: 0, count: 256)
    var atEnd = inside
    for (id, token) in vocabulary.tokens.enumerated() {
      guard let token, token.bytes.count == 1 else { continue }
      if token.endsWord {
        atEnd[Int(token.bytes[0])] = Int32(id)
      } else {
        inside[Int(token.bytes[0])] = Int32(id)
      }
    }
    merger = WordMerger(inside: inside, atEnd: atEnd, merges: vocabulary.merges)
    cache = rememberedWords > 0 ? WordCache(slots: rememberedWords) : nil
    if vocabulary.added.isEmpty {
      added = nil
    } else {
      let raw = AddedTokenMatcher(vocabulary.added.filter { !$0.isNormalized }) { Array($0.content.unicodeScalars) }
      let cleaned = AddedTokenMatcher(vocabulary.added.filter(\.isNormalized)) { Self.cleaned($0.content, cleaning) }
      added = (raw, cleaned)
    }
  }

  init(_ pieces: PieceTokenizer, cleaning: Cleaning?) {
    vocabulary = Vocabulary()
    self.cleaning = cleaning
    self.pieces = pieces
    let nothing = [Int32](repeating: 0, count: 256)
    merger = WordMerger(inside: nothing, atEnd: nothing, merges: [])
    cache = nil
    added = nil
  }

  /// The number of tokens; every id is smaller.
  public var vocabularySize: Int { pieces?.size ?? vocabulary.size }

  /// The id of the token that begins a text; the one that ends it where none does.
  public var startToken: Int { pieces?.startToken ?? vocabulary.startToken }

  /// The id of the token that ends a text.
  public var endToken: Int { pieces?.endToken ?? vocabulary.endToken }

  /// The id that fills a text up: 0 in open_clip for CLIP's byte pairs, what their files name for others.
  public var padding: Int { pieces.map { Int($0.padding) } ?? 0 }

  /// The tokens of a text, without start and end, however many there are.
  public func encode(_ text: String) -> [Int32] {
    if let pieces { return pieces.encode(cleaning?.clean(text) ?? text) }
    var ids: [Int32] = []
    append(text, to: &ids, limit: .max)
    return ids
  }

  /// A text's tokens between start and end, padded or cut to one length.
  ///
  /// - Parameters:
  ///   - contextLength: the number of ids to return, at least 1; a longer text is cut and keeps the end token
  ///     in the last place
  ///   - padding: fills what is left: 0 in open_clip, the end token in Hugging Face's CLIP; nil for ``padding``
  /// - Returns: `[contextLength]`
  public func tokenize(_ text: String, contextLength: Int, padding: Int32? = nil) -> [Int32] {
    tokenize([text], contextLength: contextLength, padding: padding)
  }

  /// Several texts' tokens, one row a text; see ``tokenize(_:contextLength:padding:)-(String,_,_)``.
  /// - Returns: `[texts, contextLength]`, row after row
  public func tokenize(_ texts: [String], contextLength: Int, padding: Int32? = nil) -> [Int32] {
    guard contextLength > 0 else { return [] }
    var ids: [Int32] = []
    // A length from a configuration may be absurd: only what the texts need is taken at once.
    ids.reserveCapacity(texts.count * min(contextLength, 1024))
    if let pieces {
      for text in texts {
        pieces.append(cleaning?.clean(text) ?? text, contextLength: contextLength, padding: padding, to: &ids)
      }
      return ids
    }
    for text in texts {
      let first = ids.count
      ids.append(Int32(startToken))
      append(text, to: &ids, limit: contextLength)
      ids.append(Int32(endToken))
      if ids.count - first > contextLength {
        ids.removeLast(ids.count - first - contextLength)
        ids[first + contextLength - 1] = Int32(endToken)
      } else {
        ids.append(contentsOf: repeatElement(padding ?? 0, count: contextLength - (ids.count - first)))
      }
    }
    return ids
  }

  /// The text that tokens stand for, with a blank after each word, as open_clip decodes it.
  ///
  /// Start and end tokens read `<start_of_text>` and `<end_of_text>`; ids that are no tokens and bytes that
  /// are no UTF-8 read U+FFFD.
  public func decode(_ ids: [Int32]) -> String {
    if let pieces { return pieces.decode(ids) }
    var bytes: [UInt8] = []
    for id in ids {
      let id = Int(id)
      if id == startToken {
        bytes.append(contentsOf: WordScanner.startText.description.utf8)
      } else if id == endToken {
        bytes.append(contentsOf: WordScanner.endText.description.utf8)
      } else if vocabulary.tokens.indices.contains(id), let token = vocabulary.tokens[id] {
        bytes.append(contentsOf: token.bytes)
        if token.endsWord { bytes.append(contentsOf: Token.endMark.utf8) }
      } else if let token = vocabulary.added.first(where: { $0.id == id }) {
        bytes.append(contentsOf: (token.content + Token.endMark).utf8)
      } else {
        bytes.append(contentsOf: "\u{FFFD}".utf8)
      }
    }
    return String(decoding: Self.withoutEndMarks(bytes), as: UTF8.self)
  }

  // MARK: Words

  /// Appends a text's tokens; stops when more than `limit` were found, because what follows does not change
  /// them.
  private func append(_ text: String, to ids: inout [Int32], limit: Int) {
    let cleaning = cleaning ?? .lower
    guard let added else {
      cleaning.withCleaned(text) { append($0, to: &ids, limit: limit) }
      return
    }
    forEachPiece(of: Array(text.unicodeScalars), added.raw, &ids, limit) { piece, ids in
      forEachPiece(of: Self.cleaned(piece, cleaning), added.cleaned, &ids, limit) { piece, ids in
        var piece = piece
        piece.withUTF8 { append($0, to: &ids, limit: limit) }
      }
    }
  }

  /// The text cleaned, each run of white space one blank: added tokens may hold some.
  private static func cleaned(_ text: String, _ cleaning: Cleaning) -> AddedTokenMatcher.Text {
    var result: AddedTokenMatcher.Text = []
    for scalar in cleaning.withCleaned(text, { String(decoding: $0, as: UTF8.self) }).unicodeScalars {
      if !scalar.properties.isWhitespace { result.append(scalar) } else if result.last != " " { result.append(" ") }
    }
    return result
  }

  /// Appends the added tokens of a text, and calls `body` with what stands between them.
  private func forEachPiece(
    of text: AddedTokenMatcher.Text, _ matcher: AddedTokenMatcher, _ ids: inout [Int32], _ limit: Int,
    _ body: (String, inout [Int32]) -> Void
  ) {
    let first = ids.count
    for piece in matcher.split(text) where ids.count - first < limit {
      switch piece {
      case .token(let id): ids.append(Int32(id))
      case .text(let range):
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[range])
        body(String(view), &ids)
      }
    }
  }

  private func append(_ bytes: UnsafeBufferPointer<UInt8>, to ids: inout [Int32], limit: Int) {
    let first = ids.count
    var scanner = WordScanner(bytes)
    while ids.count - first < limit, let word = scanner.next() {
      switch word.kind {
      case .start: ids.append(Int32(startToken))
      case .end: ids.append(Int32(endToken))
      case .ordinary: append(UnsafeBufferPointer(rebasing: bytes[word.range]), to: &ids)
      }
    }
  }

  private func append(_ word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    guard let cache, word.count <= WordCache.longestWord else { return merger.append(word, to: &ids) }
    let hash = WordCache.hash(word)
    if cache.append(word, hash: hash, to: &ids) { return }
    let first = ids.count
    merger.append(word, to: &ids)
    cache.insert(word, hash: hash, tokens: ids[first...])
  }

  /// Replaces each `</w>` with a blank, those that stood in the text too, as open_clip does.
  private static func withoutEndMarks(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array(Token.endMark.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var next = 0
    while next < bytes.count {
      if bytes[next] == mark[0], bytes[next...].starts(with: mark) {
        result.append(UInt8(ascii: " "))
        next += mark.count
      } else {
        result.append(bytes[next])
        next += 1
      }
    }
    return result
  }
}

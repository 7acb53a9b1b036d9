import CLIPFiles

/// Texts to the pieces of a vocabulary of SentencePiece's kind: SigLIP's unigrams, and Gemma's pairs with bytes to fall back
/// on (SigLIP 2's).
///
/// Added tokens are looked for first. What stands between them is normalized, cut into parts, and each part becomes pieces;
/// a template says which tokens stand around them. Source: tokenizers 0.23, `tokenizer/mod.rs`.
struct PieceTokenizer: Sendable {
  let model: any PieceModel
  /// What is done to a text first, after any cleaning.
  var normalizer: TextNormalizer?
  var splitter: TextSplitter?
  private(set) var added: [AddedToken]
  /// Tokens before and behind every text.
  var before: [Int32] = []
  var after: [Int32] = []
  /// Fills a text up to a length, and on which side.
  var padding: Int32
  var padsLeft = false
  /// Pieces by id, for ``decode(_:)``; nil where no piece is.
  private let spellings: [String?]
  /// What the tokenizer was read from, by the names under which it is saved.
  let files: [PieceFile]

  private var raw: AddedTokenMatcher
  private var normalized: AddedTokenMatcher

  /// - Parameters:
  ///   - spellings: pieces by id
  ///   - added: tokens that stand for texts of their own
  init(
    _ model: any PieceModel, spellings: [String?], added: [AddedToken], normalizer: TextNormalizer?,
    splitter: TextSplitter?, padding: Int32, files: [PieceFile]
  ) {
    self.model = model
    self.normalizer = normalizer
    self.splitter = splitter
    self.padding = padding
    self.files = files
    self.added = added
    var spellings = spellings
    for token in added {
      while spellings.count <= token.id { spellings.append(nil) }
      spellings[token.id] = token.content
    }
    self.spellings = spellings
    raw = AddedTokenMatcher(added.filter { !$0.isNormalized }) { Array($0.content.unicodeScalars) }
    normalized = AddedTokenMatcher(added.filter(\.isNormalized)) {
      Array((normalizer?($0.content) ?? $0.content).unicodeScalars)
    }
  }

  /// The number of tokens; every id is smaller.
  var size: Int { max(model.size, spellings.count) }

  /// The token that ends a text; the one that fills it up where none does.
  var endToken: Int { Int(after.last ?? padding) }

  /// The token that begins a text; the one that ends it where none does.
  var startToken: Int { before.first.map(Int.init) ?? endToken }

  /// A text's pieces and added tokens, without what the template puts around them.
  func encode(_ text: String) -> [Int32] {
    var ids: [Int32] = []
    let scalars = Array(text.unicodeScalars)
    for piece in raw.split(scalars) {
      switch piece {
      case .token(let id): ids.append(Int32(id))
      case .text(let range): encode(scalars[range], isFirst: range.lowerBound == 0, &ids)
      }
    }
    return ids
  }

  private func encode(_ text: ArraySlice<Unicode.Scalar>, isFirst: Bool, _ ids: inout [Int32]) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text)
    let scalars = Array((normalizer?(String(view)) ?? String(view)).unicodeScalars)
    for piece in normalized.split(scalars) {
      switch piece {
      case .token(let id): ids.append(Int32(id))
      case .text(let range):
        let part = scalars[range]
        for part in splitter?(part, isFirst: isFirst && range.lowerBound == 0) ?? [part] {
          var view = String.UnicodeScalarView()
          view.append(contentsOf: part)
          var text = String(view)
          text.withUTF8 { model.append($0, to: &ids) }
        }
      }
    }
  }

  /// Appends a text's tokens inside the template, cut or filled up to a length.
  func append(_ text: String, contextLength: Int, padding given: Int32?, to ids: inout [Int32]) {
    let room = max(0, contextLength - before.count - after.count)
    let tokens = (before + encode(text).prefix(room) + after).prefix(contextLength)
    let filling = repeatElement(given ?? padding, count: contextLength - tokens.count)
    if padsLeft { ids += filling }
    ids += tokens
    if !padsLeft { ids += filling }
  }

  /// The text of some tokens: marks become blanks, bytes the characters they make.
  func decode(_ ids: [Int32]) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      guard spellings.indices.contains(Int(id)), let text = spellings[Int(id)] else {
        bytes += "\u{FFFD}".utf8
        continue
      }
      if text.utf8.count == 6, text.hasPrefix("<0x"), let byte = UInt8(text.dropFirst(3).dropLast(), radix: 16) {
        bytes.append(byte)
      } else {
        bytes += text.utf8
      }
    }
    var text = String.UnicodeScalarView()
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      text.append(scalar == SentencePieceNormalizer.mark ? " " : scalar)
    }
    if text.first == " " { text.removeFirst() }
    return String(text)
  }
}

/// A file that a tokenizer was read from; it stays mapped, so that it can be written again wherever the tokenizer goes.
struct PieceFile: Sendable {
  /// The name under which it is saved.
  let name: String
  let map: MemoryMap

  init(_ path: String, as name: String? = nil) throws {
    self.name = name ?? Folder.name(of: path)
    map = try MemoryMap(path: path)
  }
}

import CLIPFiles

/// Hugging Face's `tokenizer.json` of a unigram model, or of pairs that fall back to bytes.
extension PieceTokenizer {
  /// Whether a document is of this kind rather than CLIP's.
  static func isLikely(_ document: JSONValue) -> Bool {
    guard let model = document["model"] else { return false }
    switch model["type"]?.stringValue {
    case "Unigram": return true
    case "BPE": return model["byte_fallback"]?.boolValue == true
    default: return false
    }
  }

  /// - Parameters:
  ///   - path: of the `tokenizer.json`; what lies beside it says how texts are filled up
  /// - Throws: ``InputError`` for a step that is not computed here, or a damaged file.
  init(json document: JSONValue, at path: String) throws {
    let folder = Folder.parent(of: path)
    var files = [try PieceFile(path, as: "tokenizer.json")]
    let settings = try TokenizerSettings(beside: folder)
    files += settings.files
    let entries = try Self.list(document["added_tokens"], at: "added_tokens")
    let added = try entries.enumerated().map { try Self.checked(AddedToken($1, at: "added_tokens[\($0)]"), $0) }
    let normalizer = try TextNormalizer(json: document["normalizer"], at: "normalizer")
    let splitter = try TextSplitter(json: document["pre_tokenizer"], at: "pre_tokenizer")
    let (model, spellings) = try Self.model(document["model"] ?? .null)
    var ids = Dictionary(spellings.enumerated().compactMap { id, text in text.map { ($0, id) } }) { first, _ in first }
    for token in added { ids[token.content] = token.id }
    let own = document["padding"]?["pad_id"]?.intValue
    let named = settings.padToken ?? "<pad>"
    guard settings.padToken == nil || ids[named] != nil else {
      throw InputError("the token \(named.quoted()) that fills texts up is none of the vocabulary's", at: "pad_token")
    }
    self.init(
      model, spellings: spellings, added: added, normalizer: normalizer, splitter: splitter,
      padding: try Self.id(settings.padToken == nil ? own ?? ids[named] ?? 0 : ids[named] ?? 0, at: "padding.pad_id"),
      files: files)
    padsLeft = settings.padsLeft
    (before, after) = try Self.template(document["post_processor"], at: "post_processor") ?? ([], [])
  }

  private static func checked(_ token: AddedToken, _ index: Int) throws -> AddedToken {
    guard !token.content.isEmpty else { throw InputError("is empty", at: "added_tokens[\(index)].content") }
    _ = try id(token.id, at: "added_tokens[\(index)].id")
    return token
  }

  /// A number that a token may have.
  private static func id(_ number: Int, at place: String) throws -> Int32 {
    guard (0..<2 * Vocabulary.sizeLimit).contains(number) else {
      throw InputError("\(number) is no token's number", at: place)
    }
    return Int32(number)
  }

  private static func list(_ value: JSONValue?, at place: String) throws -> [JSONValue] {
    guard let value, value != .null else { return [] }
    guard let list = value.arrayValue else { throw InputError("expected a list, found \(value.kind)", at: place) }
    guard list.count <= Vocabulary.sizeLimit else {
      throw InputError("\(list.count) entries, more than the \(Vocabulary.sizeLimit) allowed", at: place)
    }
    return list
  }

  private static func model(_ model: JSONValue) throws -> (any PieceModel, [String?]) {
    model["type"]?.stringValue == "Unigram" ? try unigrams(model) : try pairs(model)
  }

  private static func unigrams(_ model: JSONValue) throws -> (any PieceModel, [String?]) {
    let place = "model.vocab"
    let pieces = try list(model["vocab"], at: place).enumerated().map { index, entry -> UnigramModel.Piece in
      guard let pair = entry.arrayValue, pair.count == 2, let text = pair[0].stringValue,
        let score = pair[1].doubleValue, score.isFinite
      else { throw InputError("expected a piece and its score, as [\"a\", -3.5]", at: "\(place)[\(index)]") }
      return UnigramModel.Piece(text: text, score: score)
    }
    guard !pieces.isEmpty else { throw InputError("holds no pieces", at: place, advice: "fetch the file again") }
    let unknown = model["unk_id"]?.intValue
    if let unknown, !pieces.indices.contains(unknown) {
      throw InputError("\(unknown) is none of the \(pieces.count) pieces", at: "model.unk_id")
    }
    return (
      UnigramModel(
        pieces, unknown: unknown, fallsBackToBytes: model["byte_fallback"]?.boolValue ?? false, isSinglePrecision: false
      ),
      pieces.map(\.text)
    )
  }

  private static func pairs(_ model: JSONValue) throws -> (any PieceModel, [String?]) {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] where model[key]?.stringValue ?? "" != "" {
      throw InputError("is not supported beside byte_fallback", at: "model.\(key)")
    }
    guard let vocabulary = model["vocab"]?.objectValue else {
      throw InputError("expected an object", at: "model.vocab")
    }
    guard vocabulary.count <= Vocabulary.sizeLimit else {
      throw InputError("\(vocabulary.count) tokens, more than the \(Vocabulary.sizeLimit) allowed", at: "model.vocab")
    }
    var spellings: [String?] = [], pieces: [(bytes: [UInt8], id: Int32)] = []
    for (text, value) in vocabulary.pairs {
      guard let number = value.intValue else {
        throw InputError("expected a whole number for \(text.quoted()), found \(value.kind)", at: "model.vocab")
      }
      let id = Int(try id(number, at: "model.vocab"))
      while spellings.count <= id { spellings.append(nil) }
      guard spellings[id] == nil else {
        throw InputError("\(text.quoted()) shares its number \(id) with another token", at: "model.vocab")
      }
      spellings[id] = text
      if !text.isEmpty { pieces.append((Array(text.utf8), Int32(id))) }
    }
    guard !pieces.isEmpty else {
      throw InputError("holds no tokens", at: "model.vocab", advice: "fetch the file again")
    }
    let index = PieceIndex(pieces)
    let merges = try list(model["merges"], at: "model.merges").enumerated().map { number, entry -> Merge in
      let place = "model.merges[\(number)]"
      let parts = entry.arrayValue?.compactMap(\.stringValue) ?? split(entry.stringValue)
      guard parts.count == 2, let left = index.id(of: parts[0].utf8), let right = index.id(of: parts[1].utf8),
        let result = index.id(of: Array(parts[0].utf8) + Array(parts[1].utf8))
      else { throw InputError("two tokens, or what they make, are none of the vocabulary's", at: place) }
      return Merge(left: left, right: right, result: result)
    }
    let unknown = try model["unk_token"]?.stringValue.map { name -> Int32 in
      guard let id = index.id(of: name.utf8) else {
        throw InputError("\(name.quoted()) is none of the vocabulary's", at: "model.unk_token")
      }
      return id
    }
    return (
      PairModel(
        pieces, size: spellings.count, merges: merges, unknown: unknown,
        joinsUnknown: model["fuse_unk"]?.boolValue ?? false, fallsBackToBytes: true,
        ignoresMerges: model["ignore_merges"]?.boolValue ?? false), spellings
    )
  }

  /// `a b`, at its only blank.
  private static func split(_ text: String?) -> [String] {
    guard let text else { return [] }
    let parts = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
      ? parts.map { String(String.UnicodeScalarView($0)) } : []
  }

  /// The tokens around a text; nil where nothing says.
  private static func template(_ value: JSONValue?, at place: String) throws -> (before: [Int32], after: [Int32])? {
    guard let value, value != .null else { return nil }
    switch value["type"]?.stringValue ?? "" {
    case "Sequence":
      return try list(value["processors"], at: "\(place).processors").enumerated()
        .compactMap { try template($1, at: "\(place).processors[\($0)]") }.last
    case "TemplateProcessing": break
    case "ByteLevel": return nil
    case let type:
      throw InputError("the step \(type.quoted()) is not supported", at: "\(place).type")
    }
    var before: [Int32] = [], after: [Int32] = [], isBehind = false
    for (index, entry) in try list(value["single"], at: "\(place).single").enumerated() {
      let spot = "\(place).single[\(index)]"
      if entry["Sequence"] != nil {
        guard !isBehind else { throw InputError("a text that stands twice is not supported", at: spot) }
        isBehind = true
        continue
      }
      guard let name = entry["SpecialToken"]?["id"]?.stringValue,
        let numbers = value["special_tokens"]?[name]?["ids"]?.arrayValue?.compactMap(\.intValue)
      else { throw InputError("expected a text or one of special_tokens", at: spot) }
      let ids = try numbers.map { try id($0, at: spot) }
      if isBehind { after += ids } else { before += ids }
    }
    guard isBehind else { throw InputError("has no place for the text", at: "\(place).single") }
    return (before, after)
  }
}

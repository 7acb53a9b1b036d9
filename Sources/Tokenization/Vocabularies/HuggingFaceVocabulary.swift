import CLIPFiles

/// Hugging Face's two ways of storing the same vocabulary: `tokenizer.json`, and `vocab.json` beside
/// `merges.txt`.
enum HuggingFaceVocabulary {
  static let startName = "<|startoftext|>"
  static let endName = "<|endoftext|>"
  private static let startNames = [startName, "<start_of_text>"]
  private static let endNames = [endName, "<end_of_text>"]

  /// Reads the document of a `tokenizer.json`.
  /// - Throws: ``InputError`` when the model is not CLIP's kind of byte-pair encoding, or is malformed.
  static func parse(tokenizer document: JSONValue, beside: [AddedToken] = []) throws -> Vocabulary {
    guard let model = document["model"], model.objectValue != nil else {
      throw InputError("expected an object", at: "model", advice: "name the tokenizer.json of a CLIP model")
    }
    if let type = model["type"], type.stringValue != "BPE" {
      throw InputError(
        "expected \"BPE\", found \((type.stringValue ?? type.kind).quoted())", at: "model.type",
        advice: "only CLIP's byte-pair encoding is supported")
    }
    guard model["end_of_word_suffix"]?.stringValue == Token.endMark else {
      throw InputError(
        "expected \"</w>\"", at: "model.end_of_word_suffix",
        advice: "only CLIP's byte-pair encoding is supported")
    }
    guard let vocabulary = model["vocab"]?.objectValue else {
      throw InputError("expected an object", at: "model.vocab")
    }
    guard let merges = model["merges"]?.arrayValue else {
      throw InputError("expected a list", at: "model.merges")
    }
    let ids = try ids(of: vocabulary, at: "model.vocab")
    let entries = document["added_tokens"]?.arrayValue ?? []
    guard entries.count <= Vocabulary.sizeLimit else { throw tooLarge(entries.count, "tokens", at: "added_tokens") }
    var added = try entries.enumerated().map { try AddedToken($1, at: "added_tokens[\($0)]") }
    // transformers takes tokens from the files beside it, too.
    let known = Set(added.map(\.content)).union(ids.keys)
    added += beside.filter { !known.contains($0.content) }
    guard merges.count <= Vocabulary.sizeLimit else {
      throw tooLarge(merges.count, "merges", at: "model.merges")
    }
    let pairs = try merges.enumerated().map { index, merge in try pair(merge, at: "model.merges[\(index)]") }
    return try assemble(ids: ids, added: added, pairs: pairs) { "model.merges[\($0)]" }
  }

  /// Joins the document of a `vocab.json` with the bytes of its `merges.txt`.
  /// - Parameter added: tokens that files beside the two add
  /// - Throws: ``InputError`` when either is malformed or they do not belong together.
  static func parse(
    vocabulary document: JSONValue, merges: [UInt8], mergesPath: String, added: [AddedToken] = []
  ) throws -> Vocabulary {
    guard let object = document.objectValue else {
      throw InputError("expected an object, found \(document.kind)")
    }
    let ids = try ids(of: object, at: nil)
    let pairs = try namingFile(mergesPath) { try MergeList.pairs(merges, limit: Vocabulary.sizeLimit) }
    return try assemble(ids: ids, added: added, pairs: pairs) { "\(Folder.name(of: mergesPath)), line \($0 + 2)" }
  }

  private static func ids(of object: JSONObject, at place: String?) throws -> [String: Int] {
    guard object.count <= Vocabulary.sizeLimit else { throw tooLarge(object.count, "tokens", at: place) }
    var ids: [String: Int] = [:]
    ids.reserveCapacity(object.count)
    for (name, value) in object.pairs {
      guard let id = value.intValue else {
        throw InputError("expected a whole number for \(name.quoted()), found \(value.kind)", at: place)
      }
      ids[name] = id
    }
    return ids
  }

  private static func tooLarge(_ count: Int, _ what: String, at place: String?) -> InputError {
    InputError("\(count) \(what), more than the \(Vocabulary.sizeLimit) allowed", at: place)
  }

  private static func pair(_ merge: JSONValue, at place: String) throws -> (left: Token, right: Token) {
    let parts: [String] =
      if let text = merge.stringValue {
        text.split(separator: " ").map(String.init)
      } else {
        (merge.arrayValue ?? []).compactMap(\.stringValue)
      }
    guard parts.count == 2, let left = Token(spelling: parts[0]), let right = Token(spelling: parts[1]) else {
      throw InputError("expected two tokens, as \"a b\" or [\"a\", \"b\"]", at: place)
    }
    return (left, right)
  }

  private static func assemble(
    ids given: [String: Int], added: [AddedToken], pairs: [(left: Token, right: Token)], place: (Int) -> String
  ) throws -> Vocabulary {
    var ids = given
    for (index, token) in added.enumerated() {
      guard !token.content.isEmpty else { throw InputError("is empty", at: "added_tokens[\(index)].content") }
      if let known = ids.updateValue(token.id, forKey: token.content), known != token.id {
        throw InputError(
          "\(token.content.quoted()) has id \(token.id) here and \(known) in the vocabulary",
          at: "added_tokens[\(index)]")
      }
    }
    var names = [String?](repeating: nil, count: ids.count)
    for (name, id) in ids {
      guard names.indices.contains(id) else {
        throw InputError(
          "\(name.quoted()) has id \(id), but \(ids.count) tokens must be numbered 0 to \(ids.count - 1)")
      }
      if let other = names[id] {
        let both = [name, other].sorted()
        throw InputError("\(both[0].quoted()) and \(both[1].quoted()) share the id \(id)")
      }
      names[id] = name
    }
    let start = try special(startNames, ids, "start")
    let end = try special(endNames, ids, "end")
    var tokens: [Token?] = names.map { $0.flatMap { Token(spelling: $0) } }
    // Special tokens are spelled in the same characters, but stand for no bytes.
    for name in startNames + endNames { if let id = ids[name] { tokens[id] = nil } }
    var known: [Token: Int32] = [:]
    known.reserveCapacity(tokens.count)
    for (id, token) in tokens.enumerated() { if let token { known[token] = Int32(id) } }
    for byte in ByteAlphabet.bytes {
      for endsWord in [false, true] {
        let token = Token(bytes: [byte], endsWord: endsWord)
        guard known[token] != nil else {
          throw InputError("the token \(token.spelling.quoted()) is missing", advice: "fetch the file again")
        }
      }
    }
    var seen: Set<[Int32]> = []
    let merges = try pairs.enumerated().map { index, pair in
      let joined = Token(bytes: pair.left.bytes + pair.right.bytes, endsWord: pair.right.endsWord)
      guard !pair.left.endsWord, let left = known[pair.left], let right = known[pair.right],
        let result = known[joined]
      else {
        throw InputError(
          "\(pair.left.spelling.quoted()), \(pair.right.spelling.quoted()) or what they make is no token",
          at: place(index), advice: "take both files from the same model")
      }
      guard seen.insert([left, right]).inserted else {
        throw InputError(
          "the merge of \(pair.left.spelling.quoted()) and \(pair.right.spelling.quoted()) stands twice",
          at: place(index))
      }
      return Merge(left: left, right: right, result: result)
    }
    // What is no byte and is made by no merge can only be found as a whole.
    let others = added.filter { $0.id != start && $0.id != end }
    let made = Set(merges.map(\.result))
    for token in others where !made.contains(Int32(token.id)) && tokens[token.id]?.bytes.count != 1 {
      tokens[token.id] = nil
    }
    return Vocabulary(
      tokens: tokens, merges: merges, startToken: start, endToken: end, added: others.sorted { $0.id < $1.id })
  }

  private static func special(_ names: [String], _ ids: [String: Int], _ kind: String) throws -> Int {
    for name in names { if let id = ids[name] { return id } }
    throw InputError(
      "the \(kind) token is missing",
      advice: "expected \(names.map { $0.quoted() }.joined(separator: " or "))")
  }
}

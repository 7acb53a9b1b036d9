import CLIPFiles

extension Vocabulary {
  /// The largest file read, packed and unpacked; CLIP's own unpacks to 3 MB.
  private static let fileLimit = 1 << 26

  /// Reads a vocabulary, recognized by what the file holds and not by its name.
  ///
  /// - Parameter path: one of
  ///   - a merge list such as `bpe_simple_vocab_16e6.txt.gz`, plain or gzip: after a header line, the first
  ///     48,894 merges count, as in open_clip;
  ///   - Hugging Face's `tokenizer.json`;
  ///   - Hugging Face's `vocab.json`, with `merges.txt` in the same folder, or that `merges.txt`;
  ///   - a folder that holds one of these
  /// - Throws: ``InputError`` when the file is missing, cut short, malformed or for another kind of
  ///   tokenizer.
  public static func read(_ path: String) throws -> Vocabulary {
    if Folder.exists(path) { return try read(folder: path) }
    var bytes = try TextFile.bytes(of: path, limit: fileLimit)
    return try namingFile(path) {
      if Gzip.isCompressed(bytes) { bytes = try Gzip.decompress(bytes, limit: fileLimit) }
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
        throw InputError("is empty", advice: "fetch the file again")
      }
      let folder = Folder.parent(of: path)
      guard first == UInt8(ascii: "{") else {
        let vocabulary = "\(folder)/vocab.json"
        // Beside its vocab.json a merges.txt leaves the numbering of tokens to that.
        if Folder.name(of: path) == "merges.txt", Folder.containsFile(vocabulary) {
          let document = try JSONParser.parse(file: vocabulary, limit: fileLimit)
          return try namingFile(vocabulary) {
            try HuggingFaceVocabulary.parse(
              vocabulary: document, merges: bytes, mergesPath: path, added: try added(in: folder))
          }
        }
        return try MergeList.parse(bytes)
      }
      let document = try JSONParser.parse(bytes)
      if document["model"]?.objectValue != nil || document["added_tokens"] != nil {
        return try HuggingFaceVocabulary.parse(tokenizer: document, beside: try added(in: folder))
      }
      let merges = "\(folder)/merges.txt"
      guard Folder.containsFile(merges) else {
        throw InputError(
          "looks like a vocab.json, but has no merges.txt beside it", advice: "put the two together")
      }
      return try HuggingFaceVocabulary.parse(
        vocabulary: document, merges: try TextFile.bytes(of: merges, limit: fileLimit), mergesPath: merges,
        added: try added(in: folder))
    }
  }

  private static func read(folder: String) throws -> Vocabulary {
    let names = try Folder.names(in: folder)
    let lists = names.filter { $0.hasSuffix(".txt.gz") || $0.hasSuffix(".txt") }
    // The one that transformers takes first: it holds added tokens, too.
    if names.contains("tokenizer.json") { return try read("\(folder)/tokenizer.json") }
    if names.contains("vocab.json"), names.contains("merges.txt") { return try read("\(folder)/vocab.json") }
    for name in ["merges.txt", "bpe_simple_vocab_16e6.txt.gz"] where names.contains(name) {
      return try read("\(folder)/\(name)")
    }
    if let list = lists.first, lists.count == 1 { return try read("\(folder)/\(list)") }
    throw InputError(
      lists.isEmpty
        ? "holds no vocabulary"
        : "holds \(lists.count) text files, and it is unclear which is the vocabulary",
      file: folder,
      advice:
        "expected tokenizer.json, vocab.json with merges.txt, or a merge list; a file may be named instead")
  }

  /// Tokens added to a `vocab.json`: with their properties in `tokenizer_config.json`, by older versions of transformers in
  /// `added_tokens.json` as numbers alone.
  private static func added(in folder: String) throws -> [AddedToken] {
    var tokens: [String: AddedToken] = [:]
    let numbers = "\(folder)/added_tokens.json", configuration = "\(folder)/tokenizer_config.json"
    if Folder.containsFile(numbers) {
      try namingFile(numbers) {
        let object = try JSONParser.parse(file: numbers, limit: fileLimit).objectValue ?? [:]
        for (content, value) in object.pairs {
          guard let id = value.intValue else { throw InputError("expected a whole number", at: content) }
          tokens[content] = AddedToken(content: content, id: id)
        }
      }
    }
    if Folder.containsFile(configuration) {
      try namingFile(configuration) {
        let document = try JSONParser.parse(file: configuration, limit: fileLimit)
        for (number, value) in (document["added_tokens_decoder"]?.objectValue ?? [:]).pairs {
          let place = "added_tokens_decoder.\(number)"
          guard let id = Int(number) else { throw InputError("expected a token's number", at: place) }
          let token = try AddedToken(value, id: id, at: place)
          tokens[token.content] = token
        }
      }
    }
    return tokens.values.sorted { ($0.id, $0.content) < ($1.id, $1.content) }
  }
}

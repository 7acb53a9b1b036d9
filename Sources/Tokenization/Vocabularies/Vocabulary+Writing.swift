import CLIPFiles

extension Vocabulary {
  /// Writes a merge list that open_clip and ``read(_:)`` read back to the same vocabulary; plain text, not
  /// packed.
  ///
  /// It numbers tokens in the order of their merges: a vocabulary numbered otherwise must be saved with
  /// ``save(to:contextLength:)``.
  /// - Throws: ``InputError`` when the file cannot be written or the numbering would be lost.
  public func writeMerges(to path: String) throws {
    let text = MergeList.text(of: self)
    guard let again = try? MergeList.parse(Array(text.utf8)), again == self else {
      throw InputError(
        "a merge list cannot hold this vocabulary, whose tokens are numbered otherwise", file: path,
        advice: "save it in Hugging Face's format")
    }
    try AtomicFile.write(text, to: path)
  }

  /// Writes the files from which Hugging Face's `AutoTokenizer` and `CLIPTokenizer` make the same tokens:
  /// `vocab.json`, `merges.txt`, `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`.
  ///
  /// - Parameters:
  ///   - folder: made if it is missing; files of these names are replaced
  ///   - contextLength: the length to which those tokenizers cut and pad
  /// - Throws: ``InputError`` when a file cannot be written.
  public func save(to folder: String, contextLength: Int = 77) throws {
    try Folder.make(folder)
    let names = names
    var ids = JSONObject()
    for (id, name) in names.enumerated() { ids[name] = .integer(id) }
    let start = HuggingFaceVocabulary.startName
    let end = HuggingFaceVocabulary.endName
    try AtomicFile.write(JSONValue.object(ids).text(), to: "\(folder)/vocab.json")
    try AtomicFile.write(MergeList.text(of: self) + "\n", to: "\(folder)/merges.txt")
    try AtomicFile.write(tokenizerDocument(ids).text(indentation: 2) + "\n", to: "\(folder)/tokenizer.json")
    var configuration: JSONObject = [
      "tokenizer_class": "CLIPTokenizer", "bos_token": .string(start), "eos_token": .string(end),
      "unk_token": .string(end), "pad_token": .string(end), "do_lower_case": true, "errors": "replace",
      "model_max_length": .integer(contextLength),
    ]
    if !added.isEmpty {
      var decoder = JSONObject()
      for token in added { decoder["\(token.id)"] = token.json }
      configuration["added_tokens_decoder"] = .object(decoder)
    }
    try AtomicFile.write(
      JSONValue.object(configuration).text(indentation: 2) + "\n", to: "\(folder)/tokenizer_config.json")
    let special: JSONValue = [
      "bos_token": .string(start), "eos_token": .string(end), "unk_token": .string(end),
      "pad_token": .string(end),
    ]
    try AtomicFile.write(special.text(indentation: 2) + "\n", to: "\(folder)/special_tokens_map.json")
  }

  /// Each token's name in Hugging Face's files.
  private var names: [String] {
    let contents = Dictionary(added.map { ($0.id, $0.content) }) { first, _ in first }
    return tokens.enumerated().map { id, token in
      if let content = contents[id] { return content }
      if id == startToken { return HuggingFaceVocabulary.startName }
      if id == endToken { return HuggingFaceVocabulary.endName }
      return token?.spelling ?? "<|special_\(id)|>"
    }
  }

  private func tokenizerDocument(_ ids: JSONObject) -> JSONValue {
    let bounds = [(startToken, HuggingFaceVocabulary.startName), (endToken, HuggingFaceVocabulary.endName)].map {
      var token = AddedToken(content: $0.1, id: $0.0)
      token.isNormalized = false
      token.isSpecial = true
      return token
    }
    let all: [JSONValue] = (bounds + added).sorted { $0.id < $1.id }.map(\.json)
    let names = names
    let pairs = merges.map { JSONValue.array([.string(names[Int($0.left)]), .string(names[Int($0.right)])]) }
    let end = HuggingFaceVocabulary.endName
    return [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": .array(all),
      "normalizer": [
        "type": "Sequence",
        "normalizers": [
          ["type": "NFC"], ["type": "Replace", "pattern": ["Regex": "\\s+"], "content": " "],
          ["type": "Lowercase"],
        ],
      ],
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split",
            "pattern": ["Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"],
            "behavior": "Removed", "invert": true,
          ],
          ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
        ],
      ],
      "post_processor": [
        "type": "RobertaProcessing", "sep": [.string(end), .integer(endToken)],
        "cls": [.string(HuggingFaceVocabulary.startName), .integer(startToken)], "trim_offsets": false,
        "add_prefix_space": false,
      ],
      "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
      "model": [
        "type": "BPE", "dropout": .null, "unk_token": .string(end), "continuing_subword_prefix": "",
        "end_of_word_suffix": .string(Token.endMark), "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": false, "vocab": .object(ids), "merges": .array(pairs),
      ],
    ]
  }
}

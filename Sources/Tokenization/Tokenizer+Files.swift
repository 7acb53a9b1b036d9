import CLIPFiles

extension Tokenizer {
  /// The largest file read: Gemma's `tokenizer.json` has 34 MB.
  private static let fileLimit = 1 << 28

  /// Reads the tokenizer at `path`, recognized by what the file holds: CLIP's vocabularies (see ``Vocabulary/read(_:)``),
  /// Hugging Face's `tokenizer.json` of unigrams or of pairs that fall back to bytes, a model of SentencePiece's, or a
  /// folder with one of these.
  ///
  /// - Parameter cleaning: what is done to a text first; nil does what the kind of tokenizer was trained with: `lower` for
  ///   CLIP's, nothing but what their own files say for others
  /// - Throws: ``InputError`` when the file is missing, cut short, malformed or for another kind of tokenizer.
  public static func load(_ path: String, cleaning: Cleaning? = nil) throws -> Tokenizer {
    if let pieces = try pieces(at: path) { return Tokenizer(pieces, cleaning: cleaning) }
    return Tokenizer(try Vocabulary.read(path), cleaning: cleaning ?? .lower)
  }

  /// Whether texts become pieces of another kind than CLIP's byte pairs.
  package var hasPieces: Bool { pieces != nil }

  /// The pieces of a file or a folder; nil where it holds CLIP's byte pairs, or nothing that can be read.
  private static func pieces(at path: String) throws -> PieceTokenizer? {
    if Folder.exists(path) {
      for name in ["tokenizer.json"] + PieceTokenizer.modelNames where Folder.containsFile("\(path)/\(name)") {
        return try pieces(at: "\(path)/\(name)")
      }
      return nil
    }
    guard Folder.containsFile(path) else { return nil }
    return try namingFile(path) {
      let map = try MemoryMap(path: path)
      guard map.bytes.count <= fileLimit else {
        throw InputError("is \(map.bytes.count) bytes long, more than the \(fileLimit) allowed here")
      }
      let head = Array(map.bytes.prefix(16))
      if SentencePieceFile.isLikely(head) { return try PieceTokenizer(sentencePiece: Array(map.bytes), at: path) }
      guard Folder.name(of: path) == "tokenizer.json" || head.first == UInt8(ascii: "{") else { return nil }
      guard let document = try? JSONParser.parse(map.bytes.bindMemory(to: UInt8.self)),
        PieceTokenizer.isLikely(document)
      else { return nil }
      return try PieceTokenizer(json: document, at: path)
    }
  }

  /// Writes the files from which Hugging Face's `AutoTokenizer` and `CLIPTokenizer` make the same tokens, or those that
  /// pieces were read from.
  ///
  /// - Parameters:
  ///   - folder: made if it is missing; files of these names are replaced
  ///   - contextLength: the length to which those tokenizers cut and pad
  ///   - includesCleaning: whether the files do the cleaning, too, for readers that know nothing of it: transformers. Of
  ///     pieces in open_clip's layout the model's configuration says it
  /// - Throws: ``InputError`` when one cannot be written.
  public func save(to folder: String, contextLength: Int = 77, includesCleaning: Bool = false) throws {
    guard let pieces else { return try vocabulary.save(to: folder, contextLength: contextLength) }
    try Folder.make(folder)
    for file in pieces.files {
      let path = "\(folder)/\(file.name)"
      if includesCleaning, file.name == "tokenizer.json", let cleaning {
        try AtomicFile.write(try Self.document(file, cleaning).text(), to: path)
      } else {
        try AtomicFile.write(Array(file.map.bytes), to: path)
      }
    }
    if includesCleaning, cleaning == .canonicalize, pieces.files.contains(where: { $0.name == "spiece.model" }) {
      try AtomicFile.write(
        JSONValue.object([
          "tokenizer_class": "SiglipTokenizer", "do_lower_case": true, "model_max_length": .integer(contextLength),
        ]).text(indentation: 2) + "\n", to: "\(folder)/tokenizer_config.json")
    }
  }

  /// A `tokenizer.json` that cleans texts first; repair of texts and HTML references aside.
  private static func document(_ file: PieceFile, _ cleaning: Cleaning) throws -> JSONValue {
    let document = try JSONParser.parse(file.map.bytes.bindMemory(to: UInt8.self))
    func replace(_ pattern: JSONValue, _ content: JSONValue) -> JSONValue {
      ["type": "Replace", "pattern": pattern, "content": content]
    }
    let canonical: [JSONValue] = [
      replace(["String": "_"], " "), replace(["Regex": .string(TextPattern.punctuationExpression)], ""),
    ]
    let steps: [JSONValue] =
      (cleaning == .canonicalize ? canonical : []) + (cleaning == .whitespace ? [] : [["type": "Lowercase"]])
      + [replace(["Regex": "\\s+"], " "), ["type": "Strip", "strip_left": true, "strip_right": true]]
    var object = document.objectValue ?? [:]
    let own = object["normalizer"].flatMap { $0 == .null ? nil : $0 }
    object["normalizer"] = ["type": "Sequence", "normalizers": .array(steps + (own.map { [$0] } ?? []))]
    return .object(object)
  }
}

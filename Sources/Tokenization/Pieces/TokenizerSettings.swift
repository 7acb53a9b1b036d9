import CLIPFiles

/// What lies beside a tokenizer's file: `tokenizer_config.json` and `special_tokens_map.json`.
struct TokenizerSettings {
  /// The token that fills texts up, where a file names it.
  private(set) var padToken: String?
  /// The token that ends a text, where a file names it.
  private(set) var endToken: String?
  private(set) var padsLeft = false
  /// transformers' class, without `Fast`.
  private(set) var className: String?
  private(set) var lowersCase = true
  private(set) var files: [PieceFile] = []

  /// - Throws: ``InputError`` when a file is there and cannot be read.
  init(beside folder: String) throws {
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
      let path = "\(folder)/\(name)"
      guard Folder.containsFile(path) else { continue }
      try namingFile(path) {
        let document = try JSONParser.parse(file: path, limit: 1 << 26)
        func token(_ key: String) throws -> String? {
          guard let value = document[key], value != .null else { return nil }
          guard let text = value.stringValue ?? value["content"]?.stringValue else {
            throw InputError("expected a token, found \(value.kind)", at: key)
          }
          return text
        }
        padToken = try token("pad_token") ?? padToken
        endToken = try token("eos_token") ?? endToken
        if let given = try token("tokenizer_class") {
          className = given.hasSuffix("Fast") ? String(given.dropLast(4)) : given
        }
        lowersCase = document["do_lower_case"]?.boolValue ?? lowersCase
        if let side = try token("padding_side") {
          guard ["left", "right"].contains(side) else {
            throw InputError("expected \"left\" or \"right\", found \(side.quoted())", at: "padding_side")
          }
          padsLeft = side == "left"
        } else if let className, ["GemmaTokenizer", "Siglip2Tokenizer"].contains(className) {
          // Their own habit, where a file does not say.
          padsLeft = true
        }
      }
      files.append(try PieceFile(path))
    }
  }
}

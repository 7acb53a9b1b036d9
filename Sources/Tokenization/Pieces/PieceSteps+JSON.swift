import CLIPFiles

extension TextNormalizer {
  /// A `normalizer` of a `tokenizer.json`; nil where there is none.
  /// - Throws: ``InputError`` with the place of a step that is not computed here.
  init?(json value: JSONValue?, at place: String, depth: Int = 0) throws {
    guard let value, value != .null else { return nil }
    guard depth < 8 else { throw InputError("steps within steps, deeper than 8", at: place) }
    switch value["type"]?.stringValue ?? "" {
    case "Sequence":
      self = .steps(
        try (value["normalizers"]?.arrayValue ?? []).enumerated().compactMap {
          try TextNormalizer(json: $1, at: "\(place).normalizers[\($0)]", depth: depth + 1)
        })
    case "Replace":
      guard let content = value["content"]?.stringValue else {
        throw InputError("expected a string", at: "\(place).content")
      }
      self = .replace(try TextPattern(json: value["pattern"], at: "\(place).pattern"), with: content)
    case "Strip":
      self = .strip(left: value["strip_left"]?.boolValue ?? true, right: value["strip_right"]?.boolValue ?? true)
    case "Lowercase": self = .lowercase
    case "NFC": self = .compose
    case "Prepend":
      guard let content = value["prepend"]?.stringValue else {
        throw InputError("expected a string", at: "\(place).prepend")
      }
      self = .prepend(content)
    case "Precompiled":
      let spot = "\(place).precompiled_charsmap"
      guard let text = value["precompiled_charsmap"]?.stringValue, let bytes = Base64.bytes(of: text) else {
        throw InputError("expected bytes in base 64", at: spot)
      }
      do { self = .characterMap(try CharacterMap(bytes)) } catch let error as InputError {
        throw InputError(error.problem, at: spot, advice: "fetch the file again")
      }
    case let type: throw InputError("the step \(type.quoted()) is not supported", at: "\(place).type")
    }
  }
}

extension TextSplitter {
  /// A `pre_tokenizer` of a `tokenizer.json`; nil where there is none.
  /// - Throws: ``InputError`` with the place of a step that is not computed here.
  init?(json value: JSONValue?, at place: String, depth: Int = 0) throws {
    guard let value, value != .null else { return nil }
    guard depth < 8 else { throw InputError("steps within steps, deeper than 8", at: place) }
    switch value["type"]?.stringValue ?? "" {
    case "Sequence":
      self = .steps(
        try (value["pretokenizers"]?.arrayValue ?? []).enumerated().compactMap {
          try TextSplitter(json: $1, at: "\(place).pretokenizers[\($0)]", depth: depth + 1)
        })
    case "Metaspace":
      let text = value["replacement"]?.stringValue ?? String(SentencePieceNormalizer.mark)
      guard let mark = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
        throw InputError("expected one character", at: "\(place).replacement")
      }
      let prepending: Prepending
      switch value["prepend_scheme"]?.stringValue {
      case "always": prepending = .always
      case "first": prepending = .first
      case "never": prepending = .never
      // Older files say whether, not when.
      default: prepending = value["add_prefix_space"]?.boolValue ?? true ? .always : .never
      }
      self = .mark(mark, prepends: prepending, splits: value["split"]?.boolValue ?? true)
    case "WhitespaceSplit": self = .whiteSpace
    case "Split":
      guard value["invert"]?.boolValue != true else {
        throw InputError("cutting between places is not supported", at: "\(place).invert")
      }
      let name = value["behavior"]?.stringValue ?? ""
      guard let remainder = Remainder(rawValue: name) else {
        throw InputError(
          "unknown value \(name.quoted())", at: "\(place).behavior",
          advice: "one of: " + Remainder.allCases.map(\.rawValue).joined(separator: ", "))
      }
      self = .split(try TextPattern(json: value["pattern"], at: "\(place).pattern"), remainder)
    case let type: throw InputError("the step \(type.quoted()) is not supported", at: "\(place).type")
    }
  }
}

extension TextPattern {
  fileprivate init(json value: JSONValue?, at place: String) throws {
    if let text = value?["String"]?.stringValue {
      guard !text.isEmpty else { throw InputError("is empty", at: place) }
      self = .text(text)
    } else if let expression = value?["Regex"]?.stringValue {
      guard let pattern = TextPattern(expression: expression) else {
        throw InputError("the regular expression \(expression.quoted()) is not supported", at: place)
      }
      self = pattern
    } else {
      throw InputError("expected a String or a Regex", at: place)
    }
  }
}

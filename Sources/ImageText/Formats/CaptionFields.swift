import CLIPFiles

/// Captions and labels out of the small files that stand beside an image.
struct CaptionFields {
  /// The largest text or JSON file read, in bytes.
  static let maximumFileBytes = 1 << 20

  let maximumCaptionBytes: Int

  /// A problem with one sample's captions, for ``SkippedSample/reason``.
  struct Fault: Error {
    let reason: String
  }

  /// The captions of a sample that has a `.txt`, a `.json` or both.
  ///
  /// A `captions` list in the JSON says exactly what the captions are, so it comes first. Otherwise each line of the
  /// text is a caption, unless the JSON's `caption` shows that the lines are one. JSON that cannot be read matters only
  /// where it is all there is: crawlers write `NaN` into it.
  func captions(text: UnsafeRawBufferPointer?, json: UnsafeRawBufferPointer?) throws -> ([String], JSONValue?) {
    var metadata: JSONValue?
    if let json {
      do { metadata = try document(json) } catch let fault as Fault { if text == nil { throw fault } }
    }
    if let list = metadata?["captions"]?.arrayValue {
      return (try list.map { try caption($0) }.filter { !$0.isEmpty }, metadata)
    }
    if let text {
      let whole = try self.text(text)
      let trimmed = Self.trimmed(Substring(whole))
      if let single = metadata?["caption"]?.stringValue, Self.trimmed(Substring(single)) == trimmed {
        return (try checked([trimmed]), metadata)
      }
      let lines = whole.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map { Self.trimmed(Substring($0)) }
      return (try checked(lines.filter { !$0.isEmpty }), metadata)
    }
    for key in ["captions", "caption", "text"] {
      if let value = metadata?[key] { return ([try caption(value)].filter { !$0.isEmpty }, metadata) }
    }
    return ([], metadata)
  }

  /// A class number written in decimal digits.
  func label(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    let label = try number(bytes)
    guard label >= 0 else { throw Fault(reason: "its cls is no class number: \"\(label)\"") }
    return label
  }

  /// A whole number written in decimal digits, below zero too.
  func number(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    let text = Self.trimmed(Substring(String(decoding: bytes.prefix(64), as: UTF8.self)))
    guard bytes.count <= 64, let number = Int(text) else {
      throw Fault(reason: "its cls is no class number: \(text.quoted(limit: 20))")
    }
    return number
  }

  /// A caption from a JSON value, trimmed and checked.
  func caption(_ value: JSONValue) throws -> String {
    guard let text = value.stringValue else { throw Fault(reason: "expected a caption, found \(value.kind)") }
    return try checked([Self.trimmed(Substring(text))])[0]
  }

  /// The captions themselves.
  /// - Throws: ``Fault`` when one is too long.
  func checked(_ captions: [String]) throws -> [String] {
    for caption in captions where caption.utf8.count > maximumCaptionBytes {
      throw Fault(
        reason: "a caption of \(caption.utf8.count) bytes is longer than the \(maximumCaptionBytes) allowed")
    }
    return captions
  }

  /// Text without the white space around it. U+0085 stays: in captions it is a Windows-1252 ellipsis read as Latin-1,
  /// which the tokenizer's repair makes one again, as ftfy does.
  static func trimmed(_ text: Substring) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace && scalar != "\u{85}" }
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
    while let last = scalars.last, isSpace(last) { scalars.removeLast() }
    return String(Substring(scalars))
  }

  private func text(_ bytes: UnsafeRawBufferPointer) throws -> String {
    guard bytes.count <= Self.maximumFileBytes else {
      throw Fault(reason: "a txt of \(bytes.count) bytes is longer than the \(Self.maximumFileBytes) allowed")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(
        reason: TextEncoding.foreign(bytes).map { "its txt is \($0), not UTF-8 text" } ?? "its txt is not UTF-8 text")
    }
    return text
  }

  private func document(_ bytes: UnsafeRawBufferPointer) throws -> JSONValue {
    guard bytes.count <= Self.maximumFileBytes else {
      throw Fault(
        reason: "a json of \(bytes.count) bytes is longer than the \(Self.maximumFileBytes) allowed")
    }
    do {
      let value = try JSONParser.parse(bytes.bindMemory(to: UInt8.self))
      guard value.objectValue != nil else {
        throw Fault(reason: "its json holds \(value.kind), not an object")
      }
      return value
    } catch let error as InputError {
      throw Fault(reason: "its json is \(error.problem), \(error.location ?? "")")
    }
  }
}

import Files

/// What the JSON formats have in common.
enum CaptionDocument {
  /// The largest document read; Karpathy's for COCO is 144 MB.
  static let maximumBytes = 1 << 29

  /// Whether a .json file holds a word near its beginning: enough to tell the formats apart without parsing.
  static func holds(_ word: String, _ path: String, within limit: Int = 1 << 16) -> Bool {
    guard path.lowercased().hasSuffix(".json"), let map = try? MemoryMap(path: path) else { return false }
    let bytes = UnsafeRawBufferPointer(rebasing: map.bytes.prefix(limit)), word = Array(word.utf8)
    return withExtendedLifetime(map) {
      bytes.indices.contains { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
    }
  }

  /// A member of the document that must be a list.
  static func list(_ key: String, in document: JSONValue, _ path: String) throws -> [JSONValue] {
    guard let list = document[key]?.arrayValue else {
      throw InputError(
        "expected a list, found \(document[key]?.kind ?? "nothing")", file: path, at: key,
        advice: "see docs/data.md")
    }
    return list
  }

  static func fileName(_ value: JSONValue?) throws -> String {
    guard let name = value?.stringValue, !name.isEmpty, !name.utf8.contains(0) else {
      throw CaptionFields.Fault(reason: "no file name")
    }
    return name
  }

  /// The entry that `body` describes, unusable when it fails or has no caption.
  static func entry(origin: String, _ body: () throws -> (path: String, captions: [String]))
    -> ImageFileList.Entry
  {
    do {
      let (path, captions) = try body()
      guard !captions.isEmpty else { throw CaptionFields.Fault(reason: "no caption") }
      return .image(path: path, captions: captions, label: nil)
    } catch {
      let reason = (error as? CaptionFields.Fault)?.reason ?? "\(error)"
      return .unusable(SkippedSample(origin: origin, reason: reason))
    }
  }
}

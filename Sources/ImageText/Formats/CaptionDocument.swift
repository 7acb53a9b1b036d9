import CLIPFiles

/// What the JSON formats have in common.
enum CaptionDocument {
  /// The largest document read; Karpathy's for COCO is 144 MB.
  static let maximumBytes = 1 << 29

  /// Whether a .json file holds a word near its beginning: enough to tell the formats apart without parsing.
  static func holds(_ word: String, _ path: String, within limit: Int = 1 << 16) -> Bool {
    guard let map = try? MemoryMap(path: path), startsAsObject(map.bytes) else { return false }
    let word = Array(word.utf8)
    return map.read {
      let bytes = $0.prefix(limit)
      return bytes.indices.contains { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
    }
  }

  /// Whether the first letter behind a byte-order mark and white space opens an object, whatever the file's name.
  private static func startsAsObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let head = bytes.prefix(1 << 10), start = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    return head.dropFirst(start).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
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

  /// The name of an image's file.
  static func fileName(_ key: String, of image: JSONValue) throws -> String {
    guard let value = image[key], value != .null else {
      let address = ["coco_url", "flickr_url", "url"].first { image[$0]?.stringValue != nil }
      throw CaptionFields.Fault(
        reason: "no \(key)"
          + (address.map { ", only \($0): download the images and write their names into \(key)" } ?? ""))
    }
    guard let name = value.stringValue else {
      throw CaptionFields.Fault(reason: "its \(key) is \(value.kind), not a string")
    }
    guard !name.isEmpty, !name.utf8.contains(0) else { throw CaptionFields.Fault(reason: "its \(key) is empty") }
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

import Files

/// Karpathy's split files (`dataset_coco.json`, `dataset_flickr8k.json`, `dataset_flickr30k.json`): images with their
/// split and sentences in one JSON document.
///
/// Source: Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", CVPR 2015. COCO's
/// `restval` (the validation images that are in neither part) belongs to `train`, as published results count it.
enum KarpathySplits {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "karpathy", summary: "dataset_*.json with images, sentences and splits; image files in --image-root",
    recognizes: { path, _ in
      CaptionDocument.holds("\"sentences\"", path) && CaptionDocument.holds("\"split\"", path)
    }, open: { try open($0, $1) })

  /// The images of one split.
  /// - Throws: ``InputError`` when the document has another form or no such split.
  static func open(_ path: String, _ options: DataSetOptions) throws -> ImageFileList {
    let document = try JSONParser.parse(file: path, limit: CaptionDocument.maximumBytes)
    let images = try CaptionDocument.list("images", in: document, path)
    let split = options.splitOrTest
    let fields = CaptionFields(maximumCaptionBytes: options.maximumCaptionBytes)
    var entries: [ImageFileList.Entry] = []
    var splits: Set<String> = []
    for (index, image) in images.enumerated() {
      guard var ownSplit = image["split"]?.stringValue else {
        entries.append(.unusable(SkippedSample(origin: "\(path): images[\(index)]", reason: "no split")))
        continue
      }
      if ownSplit == "restval" { ownSplit = "train" }
      if splits.count < 20 { splits.insert(ownSplit) }
      guard ownSplit == split else { continue }
      entries.append(
        CaptionDocument.entry(origin: "\(path): images[\(index)]") {
          let name = try CaptionDocument.fileName(image["filename"])
          let folder = image["filepath"]?.stringValue ?? ""
          guard let sentences = image["sentences"]?.arrayValue else { throw CaptionFields.Fault(reason: "no sentences") }
          let captions = try sentences.map { try fields.caption($0["raw"] ?? .null) }.filter { !$0.isEmpty }
          return (folder.isEmpty ? name : "\(folder)/\(name)", captions)
        })
    }
    guard splits.contains(split) else {
      let advice = Suggestion.advice(for: split, among: splits.sorted())
      throw InputError("no split \(split.quoted())", file: path, advice: advice)
    }
    return try ImageFileList(
      path: path, root: options.imageRoot ?? Folder.parent(of: path), entries: entries,
      advice: "name the folder of the images with --image-root")
  }
}

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
        "expected a list, found \(document[key]?.kind ?? "nothing")", file: path, at: key, advice: "see docs/data.md")
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
  static func entry(origin: String, _ body: () throws -> (path: String, captions: [String])) -> ImageFileList.Entry {
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

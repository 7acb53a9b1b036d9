import CLIPFiles

/// Karpathy's split files (`dataset_coco.json`, `dataset_flickr8k.json`, `dataset_flickr30k.json`): images with their
/// split and sentences in one JSON document.
///
/// Source: Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", CVPR 2015. COCO's
/// `restval` (the validation images that are in neither part) belongs to `train`, as published results count it.
enum KarpathySplits {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "karpathy",
    summary: "dataset_*.json with images, sentences and splits; image files in --image-root",
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
          let name = try CaptionDocument.fileName("filename", of: image)
          let folder = image["filepath"]?.stringValue ?? ""
          guard let sentences = image["sentences"]?.arrayValue else {
            throw CaptionFields.Fault(reason: "no sentences")
          }
          let captions = try sentences.enumerated().map { number, sentence in
            guard let raw = sentence["raw"] else {
              throw CaptionFields.Fault(reason: "sentences[\(number)] has no raw: the caption as it was written")
            }
            return try fields.caption(raw)
          }.filter { !$0.isEmpty }
          return (folder.isEmpty ? name : "\(folder)/\(name)", captions)
        })
    }
    guard splits.contains(split) else {
      let advice = Suggestion.advice(for: split, among: splits.sorted())
      throw InputError("no split \(split.quoted())", file: path, advice: advice)
    }
    return try ImageFileList(
      format: format.name, path: path, root: options.imageRoot ?? Folder.parent(of: path), entries: entries,
      advice: "name the folder of the images with --image-root")
  }
}

import Files

/// COCO's own caption files (`captions_val2017.json`): a list of images, and a list of annotations that name them.
///
/// Source: cocodataset.org, "Data format". A file is one split, so the split option plays no part.
enum COCOCaptions {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "coco", summary: "captions_*.json with images and annotations; image files in --image-root",
    recognizes: { path, _ in
      CaptionDocument.holds("\"annotations\"", path, within: .max)
        && CaptionDocument.holds("\"image_id\"", path, within: .max)
    }, open: { try open($0, $1) })

  /// The images that have captions, in the order of the file's list of images.
  /// - Throws: ``InputError`` when the document has another form.
  static func open(_ path: String, _ options: DataSetOptions) throws -> ImageFileList {
    let document = try JSONParser.parse(file: path, limit: CaptionDocument.maximumBytes)
    let images = try CaptionDocument.list("images", in: document, path)
    let annotations = try CaptionDocument.list("annotations", in: document, path)
    let fields = CaptionFields(maximumCaptionBytes: options.maximumCaptionBytes)
    var annotationsOfImage: [Int: [Int]] = [:]
    var entries: [ImageFileList.Entry] = []
    for (index, annotation) in annotations.enumerated() {
      if let image = annotation["image_id"]?.intValue {
        annotationsOfImage[image, default: []].append(index)
      } else {
        entries.append(
          .unusable(SkippedSample(origin: "\(path): annotations[\(index)]", reason: "no image_id")))
      }
    }
    var seen: Set<Int> = []
    for (index, image) in images.enumerated() {
      entries.append(
        CaptionDocument.entry(origin: "\(path): images[\(index)]") {
          guard let id = image["id"]?.intValue else { throw CaptionFields.Fault(reason: "no id") }
          guard seen.insert(id).inserted else {
            throw CaptionFields.Fault(reason: "the id \(id) stands twice")
          }
          let own = annotationsOfImage[id] ?? []
          let captions = try own.map { try fields.caption(annotations[$0]["caption"] ?? .null) }
          return (try CaptionDocument.fileName(image["file_name"]), captions.filter { !$0.isEmpty })
        })
    }
    return try ImageFileList(
      format: format.name, path: path, root: options.imageRoot ?? Folder.parent(of: path), entries: entries,
      advice: "name the folder of the images with --image-root")
  }
}

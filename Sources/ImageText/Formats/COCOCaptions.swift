import CLIPFiles

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
    var annotationsOfImage: [ImageID: [Int]] = [:]
    var entries: [ImageFileList.Entry] = []
    for (index, annotation) in annotations.enumerated() {
      do {
        annotationsOfImage[try ImageID("image_id", of: annotation), default: []].append(index)
      } catch let fault as CaptionFields.Fault {
        entries.append(.unusable(SkippedSample(origin: "\(path): annotations[\(index)]", reason: fault.reason)))
      }
    }
    var seen: Set<ImageID> = [], named = 0
    for (index, image) in images.enumerated() {
      entries.append(
        CaptionDocument.entry(origin: "\(path): images[\(index)]") {
          let id = try ImageID("id", of: image)
          guard seen.insert(id).inserted else {
            throw CaptionFields.Fault(reason: "the id \(id) stands twice")
          }
          let own = annotationsOfImage[id] ?? annotationsOfImage[id.otherSpelling] ?? []
          named += own.count
          let captions = try own.map { number in
            guard let caption = annotations[number]["caption"] else {
              throw CaptionFields.Fault(
                reason: "annotations[\(number)] has no caption; instances_ and person_keypoints_ files have none")
            }
            return try fields.caption(caption)
          }
          return (try CaptionDocument.fileName("file_name", of: image), captions.filter { !$0.isEmpty })
        })
    }
    if named == 0, let image = seen.first, let annotation = annotationsOfImage.keys.first {
      throw InputError(
        "no annotation's image_id is the id of an image: there are ids such as \(image) and image_ids such as "
          + "\(annotation)", file: path, advice: "give both lists the same ids")
    }
    return try ImageFileList(
      format: format.name, path: path, root: options.imageRoot ?? Folder.parent(of: path), entries: entries,
      advice: "name the folder of the images with --image-root")
  }
}

/// What joins annotations to images: mostly a number, a string in files that other tools wrote.
private enum ImageID: Hashable, CustomStringConvertible {
  case number(Int)
  case text(String)

  init(_ key: String, of value: JSONValue) throws {
    guard let id = value[key] else { throw CaptionFields.Fault(reason: "no \(key)") }
    if let number = id.intValue {
      self = .number(number)
    } else if let text = id.stringValue, !text.isEmpty {
      self = .text(text)
    } else {
      throw CaptionFields.Fault(reason: "its \(key) is \(id.kind), not a whole number or a string")
    }
  }

  /// `12` for "12" and the other way round: for files that write the same id both ways.
  var otherSpelling: ImageID {
    switch self {
    case .number(let number): .text("\(number)")
    case .text(let text): Int(text).map { .number($0) } ?? self
    }
  }

  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text.quoted(limit: 40)
    }
  }
}

import CLIPFiles

/// A folder of folders: each class's images lie in a folder of its name. Labels count the folders in order of their
/// names' bytes, or are the places of their names in `classnames.txt`.
enum ClassFolders {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "folders", summary: "a folder with one folder of images for each class",
    recognizes: { path, options in
      guard Folder.exists(path), let classes = try? classes(in: place(path, options)) else { return false }
      return classes.contains { name in
        ((try? Folder.names(in: "\(place(path, options))/\(name)")) ?? []).contains {
          PictureName.kind(of: $0) == .image
        }
      }
    }, open: { try open($0, $1) })

  /// What programs and systems leave beside the classes, beyond hidden folders.
  static let foreignNames: Set<String> = [
    "__pycache__", "__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found",
    "RECYCLER", "Network Trash Folder", "Temporary Items",
  ]

  /// The folder that holds the classes: `path/split` where that is a folder of folders, or `path` itself.
  static func place(_ path: String, _ options: DataSetOptions) -> String {
    let inside = "\(path)/\(options.splitOrTest)"
    return (try? classes(in: inside))?.isEmpty == false ? inside : path
  }

  /// The class folders' names, sorted by their bytes; hidden and foreign ones are none.
  static func classes(in place: String) throws -> [String] {
    try Folder.names(in: place).filter {
      !$0.hasPrefix(".") && !foreignNames.contains($0) && Folder.exists("\(place)/\($0)")
    }
  }

  /// Every image of every class, class by class.
  /// - Throws: ``InputError`` when there are no folders, a class has no image, or `classnames.txt` names other classes.
  static func open(_ path: String, _ options: DataSetOptions) throws -> ImageFileList {
    guard Folder.exists(path) else {
      throw InputError("is not a folder", file: path, advice: "check the path")
    }
    let place = place(path, options), classes = try classes(in: place)
    var files: [[String]] = [], empty: [String] = []
    for name in classes {
      let own = try Folder.names(in: "\(place)/\(name)").filter { !$0.hasPrefix(".") }
      if !own.contains(where: { PictureName.kind(of: $0) == .image && !Folder.exists("\(place)/\(name)/\($0)") }) {
        empty.append(name)
      }
      files.append(own)
    }
    try refuse(empty: empty, of: classes, in: place)
    let names = try ClassNames.read(in: path)
    let labels = try names.map { try ClassNames.labels(of: classes, among: $0, in: place) } ?? Array(classes.indices)
    // In the order of the labels, as any reader of such folders has them.
    var entries: [ImageFileList.Entry] = []
    for index in classes.indices.sorted(by: { labels[$0] < labels[$1] }) {
      for file in files[index] {
        let image = "\(classes[index])/\(file)"
        if Folder.exists("\(place)/\(image)") {
          entries.append(unusable("\(place)/\(image)", "a folder inside a class's folder is not looked into"))
          continue
        }
        switch PictureName.kind(of: file) {
        case .image: entries.append(.image(path: image, captions: [], label: labels[index]))
        case .unsupportedImage: entries.append(unusable("\(place)/\(image)", "not a jpg, png or webp file"))
        case .other: break
        }
      }
    }
    return try ImageFileList(
      format: format.name, path: path, root: place, entries: entries,
      advice: "put each class's images into a folder of its own")
  }

  /// An empty folder would count as a class, become a prompt and take accuracy away; torchvision refuses it too.
  private static func refuse(empty: [String], of classes: [String], in place: String) throws {
    guard !empty.isEmpty else { return }
    let listed = empty.prefix(5).map { $0.quoted(limit: 40) }.joined(separator: ", ")
    let rest = empty.count > 5 ? " and \(empty.count - 5) more" : ""
    throw InputError(
      "\(empty.count) of \(classes.count) class folders \(empty.count == 1 ? "holds" : "hold") no jpg, png or webp "
        + "image: \(listed)\(rest)", file: place,
      advice: empty.count == classes.count
        ? "images lie in root/class/ or root/SPLIT/class/; choose a part with --split"
        : "put its images there, or move the folder out: each folder is a class")
  }

  private static func unusable(_ origin: String, _ reason: String) -> ImageFileList.Entry {
    .unusable(SkippedSample(origin: origin, reason: reason))
  }
}

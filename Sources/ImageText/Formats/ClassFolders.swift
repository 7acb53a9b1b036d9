import Files

/// A folder of folders: each class's images lie in a folder of its name. Labels count the folders in order of their
/// names' bytes.
enum ClassFolders {
  /// The catalog's entry.
  static let format = ImageTextFormat(
    name: "folders", summary: "a folder with one folder of images for each class",
    recognizes: { path, options in
      guard Folder.exists(path), let classes = try? classes(in: place(path, options)) else { return false }
      return classes.contains { name in
        ((try? Folder.names(in: "\(place(path, options))/\(name)")) ?? []).contains { kind(of: $0) == .image }
      }
    }, open: { try open($0, $1) })

  private enum Kind { case image, unsupportedImage, other }

  /// The folder that holds the classes: `path/split` where that is a folder of folders, or `path` itself.
  static func place(_ path: String, _ options: DataSetOptions) -> String {
    let inside = "\(path)/\(options.splitOrTest)"
    return (try? classes(in: inside))?.isEmpty == false ? inside : path
  }

  /// The class folders' names, sorted by their bytes.
  static func classes(in place: String) throws -> [String] {
    try Folder.names(in: place).filter { !$0.hasPrefix(".") && Folder.exists("\(place)/\($0)") }
  }

  /// Every image of every class, class by class.
  /// - Throws: ``InputError`` when there are no folders or no images.
  static func open(_ path: String, _ options: DataSetOptions) throws -> ImageFileList {
    guard Folder.exists(path) else {
      throw InputError("is not a folder", file: path, advice: "check the path")
    }
    let place = place(path, options)
    var entries: [ImageFileList.Entry] = []
    for (label, name) in try classes(in: place).enumerated() {
      for file in try Folder.names(in: "\(place)/\(name)") where !file.hasPrefix(".") {
        let image = "\(name)/\(file)"
        if Folder.exists("\(place)/\(image)") {
          entries.append(unusable("\(place)/\(image)", "a folder inside a class's folder is not looked into"))
          continue
        }
        switch kind(of: file) {
        case .image: entries.append(.image(path: image, captions: [], label: label))
        case .unsupportedImage: entries.append(unusable("\(place)/\(image)", "not a jpg, png or webp file"))
        case .other: break
        }
      }
    }
    return try ImageFileList(
      format: format.name, path: path, root: place, entries: entries, advice: "put each class's images into a folder of its own")
  }

  private static func unusable(_ origin: String, _ reason: String) -> ImageFileList.Entry {
    .unusable(SkippedSample(origin: origin, reason: reason))
  }

  private static func kind(of file: String) -> Kind {
    switch file.lowercased().split(separator: ".").last {
    case "jpg", "jpeg", "png", "webp": .image
    case "gif", "bmp", "tif", "tiff", "ppm", "pgm", "avif", "heic", "jp2", "svg": .unsupportedImage
    default: .other
    }
  }
}

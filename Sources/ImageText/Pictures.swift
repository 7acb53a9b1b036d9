import CLIPFiles

/// Pictures without captions or classes, as they lie on a disk: files, folders of any depth, and lists of files.
public enum Pictures {
  /// The pictures that some paths name, in their order; each one's key is the path by which it is opened.
  ///
  /// - Parameter paths: picture files; folders, looked through with all that is in them, in order of the names' bytes;
  ///   `.txt` files with a path on each line and `.json` files with a list of paths, which are relative to the folder that
  ///   one is in or, where they lead nowhere from there, to the list's own
  /// - Throws: ``InputError`` when a path leads nowhere, a list cannot be read, or there is no picture at all.
  public static func open(_ paths: [String]) throws -> any IndexedSource {
    var entries: [ImageFileList.Entry] = []
    for path in paths {
      try LocalData.require(path)
      if Folder.exists(path) {
        var seen: Set<String> = []
        let before = entries.count
        try walk(path, &entries, &seen)
        guard entries.count > before else {
          throw InputError(
            "holds no jpg, png or webp picture, in no folder in it either", file: path, advice: "check the path")
        }
      } else if !Folder.containsFile(path) {
        throw InputError("no such file or folder", file: path, advice: "check the path")
      } else if let listed = try listed(in: path) {
        let root = Folder.parent(of: path)
        entries += listed.map { name in
          let isHere = name.hasPrefix("/") || Folder.containsFile(name)
          return .image(
            path: isHere || !Folder.containsFile("\(root)/\(name)") ? name : "\(root)/\(name)", captions: [], label: nil
          )
        }
      } else {
        entries.append(.image(path: path, captions: [], label: nil))
      }
    }
    return try ImageFileList(
      format: "pictures", path: paths.joined(separator: " "), root: "", entries: entries,
      advice: "paths are relative to the folder that you are in, or to the list's own")
  }

  /// Whether a folder is not a data set of a known format, but pictures lie in it.
  public static func areIn(_ path: String, _ options: DataSetOptions = DataSetOptions()) -> Bool {
    guard options.datasetType == "auto", Folder.exists(path),
      !FormatCatalog.formats.contains(where: { $0.recognizes(path, options) })
    else { return false }
    var entries: [ImageFileList.Entry] = [], seen: Set<String> = []
    try? walk(path, &entries, &seen)
    return !entries.isEmpty
  }

  /// The lines of a `.txt` file or the texts of a `.json` list; nil for a file with another name.
  /// - Throws: ``InputError`` when it is no such list.
  public static func listed(in path: String) throws -> [String]? {
    let name = path.lowercased()
    if name.hasSuffix(".txt") {
      return try TextFile.lines(of: path).filter { !$0.allSatisfy(\.isWhitespace) }
    }
    guard name.hasSuffix(".json") else { return nil }
    let document = try namingFile(path) { try JSONParser.parse(try TextFile.text(of: path)) }
    let texts = document.arrayValue?.compactMap(\.stringValue)
    guard let texts, texts.count == document.arrayValue?.count else {
      throw InputError("is not a list of texts", file: path, advice: "expected [\"...\", \"...\"]")
    }
    return texts
  }

  /// Folders within folders, each one once, whatever links lead to it.
  private static func walk(_ folder: String, _ entries: inout [ImageFileList.Entry], _ seen: inout Set<String>) throws {
    guard seen.insert(Folder.real(folder) ?? folder).inserted else { return }
    for name in try Folder.names(in: folder) where !name.hasPrefix(".") && !ClassFolders.foreignNames.contains(name) {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      if Folder.exists(path) {
        try walk(path, &entries, &seen)
        continue
      }
      switch PictureName.kind(of: name) {
      case .image: entries.append(.image(path: path, captions: [], label: nil))
      case .unsupportedImage:
        entries.append(.unusable(SkippedSample(origin: path, reason: "not a jpg, png or webp file")))
      case .other: break
      }
    }
  }
}

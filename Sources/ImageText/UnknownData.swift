import CLIPFiles

/// Says what lies at a path that has no known format.
enum UnknownData {
  static func error(_ path: String) throws -> InputError {
    let names = FormatCatalog.formats.map(\.name).joined(separator: ", ")
    guard Folder.exists(path) else {
      return InputError(
        "has no known format", file: path,
        advice: "\(names) are read, see docs/data.md; a table's columns are named with --csv-img-key and "
          + "--csv-caption-key")
    }
    let files = try Folder.names(in: path).filter { !$0.hasPrefix(".") && Folder.containsFile("\(path)/\($0)") }
    if let image = files.first(where: { PictureName.kind(of: $0) == .image }) {
      return InputError(
        "holds images (\(image.quoted(limit: 40))) but no captions or classes", file: path,
        advice:
          "put them into a folder for each class, or list them in a .tsv file with the columns filepath and title; "
          + "carbonclip embed --images takes them as they are"
      )
    }
    if let error = packed(files, in: path) { return error }
    // One folder down: the parts of a data set.
    let folders = try Folder.names(in: path).filter { !$0.hasPrefix(".") && Folder.exists("\(path)/\($0)") }
    for folder in folders.prefix(20) {
      let inside = "\(path)/\(folder)", names = (try? Folder.names(in: inside)) ?? []
      if let error = packed(names.filter { Folder.containsFile("\(inside)/\($0)") }, in: inside) { return error }
    }
    if !folders.isEmpty, files.isEmpty {
      let listed = folders.prefix(5).map { $0.quoted(limit: 30) }.joined(separator: ", ")
      return InputError(
        "holds folders (\(listed)), but neither shards nor images in them", file: path,
        advice: "choose a part with --split, or name the folder itself")
    }
    let found = files.prefix(3).map { $0.quoted(limit: 40) }.joined(separator: ", ")
    return InputError(
      files.isEmpty ? "is an empty folder" : "has no known format (holds \(found))", file: path,
      advice: "\(names) are read, see docs/data.md; choose a part with --split or name the file itself")
  }

  /// What is wrong with a folder of archives that are compressed or have other names.
  private static func packed(_ files: [String], in path: String) -> InputError? {
    for file in files.prefix(20) where !file.hasPrefix(".") && PictureName.kind(of: file) != .image {
      if let content = FileContent.foreign(inFile: "\(path)/\(file)") {
        return InputError(
          "holds no *.tar; its file \(file.quoted(limit: 40)) is \(content.description)", file: path,
          advice: content.advice)
      }
      if FileContent.isTar("\(path)/\(file)") {
        return InputError(
          "holds no *.tar, but \(file.quoted(limit: 40)) is a tar archive", file: path,
          advice: "give the shards names that end in .tar")
      }
    }
    return nil
  }
}

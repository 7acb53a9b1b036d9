import Files

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
    if let image = files.first(where: { isImage($0) }) {
      return InputError(
        "holds images (\(image.quoted(limit: 40))) but no captions or classes", file: path,
        advice: "put them into a folder for each class, or list them in a .tsv file with the columns filepath and title")
    }
    for file in files.prefix(20) {
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
    let found = files.prefix(3).map { $0.quoted(limit: 40) }.joined(separator: ", ")
    return InputError(
      files.isEmpty ? "is a folder without data" : "has no known format (holds \(found))", file: path,
      advice: "\(names) are read, see docs/data.md; choose a part with --split or name the file itself")
  }

  private static func isImage(_ name: String) -> Bool {
    [".jpg", ".jpeg", ".png", ".webp"].contains { name.lowercased().hasSuffix($0) }
  }
}

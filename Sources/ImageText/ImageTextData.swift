import Files

/// The door to image-text data of any format.
public enum ImageTextData {
  /// Opens a data set, telling its format from its files unless the options name it.
  /// - Throws: ``InputError`` when there is nothing at `path`, or it has none of the formats of ``FormatCatalog``.
  public static func open(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws
    -> any ImageTextSource
  {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw InputError("no data set was named") }
    guard options.maximumCaptionBytes > 0 else {
      throw InputError("the longest caption allowed must be at least 1 byte")
    }
    let path = withoutFinalSlash(path)
    if options.datasetType != "auto" {
      guard let format = FormatCatalog.formats.first(where: { $0.name == options.datasetType }) else {
        throw InputError(
          "no data set type \(options.datasetType.quoted())",
          advice: Suggestion.advice(for: options.datasetType, among: FormatCatalog.names))
      }
      return try format.open(path, options)
    }
    for format in FormatCatalog.formats where format.recognizes(path, options) {
      return try format.open(path, options)
    }
    guard Folder.exists(path) || Folder.containsFile(path) else {
      throw InputError("no such file or folder", file: path, advice: "check the path")
    }
    let known = FormatCatalog.formats.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")
    throw InputError("has no known format", file: path, advice: "the formats are \(known)")
  }

  private static func withoutFinalSlash(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return path
  }
}

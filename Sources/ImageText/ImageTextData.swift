import CLIPFiles

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
    try LocalData.require(path)
    let path = withoutFinalSlash(path)
    if options.datasetType != "auto" {
      guard let format = FormatCatalog.formats.first(where: { $0.name == options.datasetType }) else {
        throw InputError(
          "no data set type \(options.datasetType.quoted())",
          advice: Suggestion.advice(for: options.datasetType, among: FormatCatalog.names))
      }
      try refuseForeign(path)
      return try format.open(path, options)
    }
    try refuseForeign(path)
    for format in FormatCatalog.formats where format.recognizes(path, options) {
      return try format.open(path, options)
    }
    guard Folder.exists(path) || Folder.containsFile(path) else {
      throw InputError("no such file or folder", file: path, advice: "check the path")
    }
    throw try UnknownData.error(path)
  }

  /// Opens a data set whose samples have captions: labeled images count with their classes' prompts.
  /// - Throws: ``InputError`` when there is nothing at `path`, or it has no known format.
  public static func openCaptioned(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws
    -> any ImageTextSource
  {
    guard ClassificationData.recognizes(path, options) else { return try open(path, options) }
    return try LabeledCaptions(ClassificationData.open(path, options))
  }

  /// A file is known by its content before its name: a compressed table is no table.
  private static func refuseForeign(_ path: String) throws {
    guard Folder.containsFile(path), let content = FileContent.foreign(inFile: path) else { return }
    throw InputError("is \(content.description)", file: path, advice: content.advice)
  }

  /// The part that a generator's path names: `test` of `scenes:test?count=100`; nil for data that lies in files.
  public static func generatedPart(_ path: String) -> String? {
    guard path.hasPrefix(SceneSource.prefix) else { return nil }
    return String(path.dropFirst(SceneSource.prefix.count).prefix { $0 != "?" })
  }

  private static func withoutFinalSlash(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return path
  }
}

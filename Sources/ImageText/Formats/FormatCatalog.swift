/// One way in which image-text data may lie on disk, or be made.
public struct ImageTextFormat: Sendable {
  /// What `--dataset-type` calls it.
  public let name: String
  /// One line for help texts and errors.
  public let summary: String
  /// Whether a path looks like this format; looks at names and beginnings only.
  public let recognizes: @Sendable (_ path: String, _ options: DataSetOptions) -> Bool
  /// Opens a path as this format.
  public let open: @Sendable (_ path: String, _ options: DataSetOptions) throws -> any ImageTextSource

  /// A format to be listed in ``FormatCatalog``.
  public init(
    name: String, summary: String, recognizes: @escaping @Sendable (String, DataSetOptions) -> Bool,
    open: @escaping @Sendable (String, DataSetOptions) throws -> any ImageTextSource
  ) {
    self.name = name
    self.summary = summary
    self.recognizes = recognizes
    self.open = open
  }
}

/// Every format, in the order in which a path is tried.
public enum FormatCatalog {
  /// The list itself: a new format is one line here.
  public static let formats: [ImageTextFormat] = [
    SceneSource.format,
    WebDataset.format,
    CaptionTable.format,
    KarpathySplits.format,
    COCOCaptions.format,
    ClassFolders.format,
  ]

  /// The names that `--dataset-type` accepts.
  public static var names: [String] { ["auto"] + formats.map(\.name) }
}

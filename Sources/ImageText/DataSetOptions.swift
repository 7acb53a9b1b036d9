/// How a data set is to be read. The names follow open_clip's flags.
public struct DataSetOptions: Equatable, Sendable {
  /// `--dataset-type`: a name from ``FormatCatalog``, or `auto` to look at the files.
  public var datasetType = "auto"
  /// The part to read, where a data set has several; nil takes each format's own default, mostly `test`.
  public var split: String?
  /// `--csv-img-key`: the column of image paths.
  public var csvImageKey = "filepath"
  /// `--csv-caption-key`: the column of captions.
  public var csvCaptionKey = "title"
  /// `--csv-separator`: one character; `\t` written out is a tab too.
  public var csvSeparator = "\t"
  /// The folder that image paths are relative to; nil takes the folder of the file that names them.
  public var imageRoot: String?
  /// A file of class names, a class a line in the order of the labels; nil takes the data set's own.
  public var classNames: String?
  /// A file of templates, a sentence with `{c}` a line; nil takes the data set's own.
  public var templates: String?
  /// A longer caption makes its sample unusable.
  public var maximumCaptionBytes = 1 << 16

  /// open_clip's defaults.
  public init() {}

  /// The same with the class names and templates of others.
  package func naming(classesOf other: DataSetOptions) -> DataSetOptions {
    var options = self
    options.classNames = other.classNames
    options.templates = other.templates
    return options
  }

  /// The part to read.
  var splitOrTest: String { split ?? "test" }
}

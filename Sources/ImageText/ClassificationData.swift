import CLIPFiles
internal import CLIPScenes

/// Labeled images with their classes' names and the prompts to classify them by, for zero-shot evaluation.
///
/// Two layouts are read: CLIP_benchmark's (`classnames.txt`, `zeroshot_classification_templates.txt` and a folder of
/// shards for each split) and class folders, whose names stand in where `classnames.txt` is missing.
public struct ClassificationData: Sendable {
  /// Used where the data set brings no templates.
  public static let defaultTemplates = ["a photo of a {c}."]

  /// What each label means.
  public let classNames: [String]
  /// Sentences with `{c}` or, as in open_clip's and OpenAI's lists, `{}` in the class name's place.
  public let templates: [String]
  /// The labeled images.
  public let source: any ImageTextSource
  /// What is odd about the whole set but no fault: classes without an image.
  public private(set) var notes: [String] = []

  /// - Throws: ``InputError`` when class names are missing, a template has no place for one, or labels do not fit the
  ///   names: all labels are looked at.
  public init(classNames: [String], templates: [String], source: any ImageTextSource) throws {
    guard !classNames.isEmpty else { throw InputError("no class names", file: source.path) }
    guard !templates.isEmpty else { throw InputError("no prompt templates", file: source.path) }
    for (index, template) in templates.enumerated() where Self.place(in: template) == nil {
      throw InputError("template \(index + 1), \(template.quoted()), has no {c}", file: source.path)
    }
    self.classNames = classNames
    self.templates = templates
    self.source = source
    guard let survey = try source.surveyLabels() else { return }
    try survey.check(classes: classNames.count, file: source.path)
    let unused = survey.counts.isEmpty ? [] : survey.unusedClasses(of: classNames.count)
    if !unused.isEmpty {
      let listed = unused.prefix(3).map { classNames[$0].quoted(limit: 30) }.joined(separator: ", ")
      notes.append(
        "\(source.path): \(unused.count) of \(classNames.count) classes have no image: \(listed)"
          + (unused.count > 3 ? " ..." : ""))
    }
  }

  /// Whether a path looks like labeled data with class names rather than captions.
  /// - Parameter options: with class names of a user's own any data is labeled
  public static func recognizes(_ path: String, _ options: DataSetOptions = DataSetOptions()) -> Bool {
    if options.classNames != nil { return true }
    return SceneSource.isLabeled(path) || Folder.containsFile("\(path)/\(ClassNames.fileName)")
  }

  /// Opens a folder of either layout; the split is `test` unless the options say otherwise.
  public static func open(_ path: String, _ options: DataSetOptions = DataSetOptions()) throws
    -> ClassificationData
  {
    let source = try ImageTextData.open(path, options)
    if SceneSource.isLabeled(path) {
      return try ClassificationData(classNames: SceneClasses.names, templates: SceneClasses.templates, source: source)
    }
    let ownTemplates = options.templates != nil
    let templatesFile = options.templates ?? "\(path)/zeroshot_classification_templates.txt"
    let classNames: [String]
    if let file = options.classNames {
      classNames = try ClassNames.read(file: file)
    } else if let names = try ClassNames.read(in: path) {
      classNames = names
    } else if source is ImageFileList, Folder.exists(path) {
      classNames = try ClassFolders.classes(in: ClassFolders.place(path, options))
    } else {
      throw InputError(
        "no classnames.txt", file: path, advice: "write one, a class a line in the order of the labels")
    }
    let templates =
      ownTemplates || Folder.containsFile(templatesFile)
      ? try lines(of: templatesFile).filter { !$0.isEmpty } : defaultTemplates
    return try ClassificationData(classNames: classNames, templates: templates, source: source)
  }

  /// The prompts for one class, a template each.
  public func prompts(for label: Int) -> [String] {
    templates.map { template in
      guard let place = Self.place(in: template) else { return template }
      return template.split(separator: place, omittingEmptySubsequences: false).joined(separator: classNames[label])
    }
  }

  /// What stands in the class name's place.
  private static func place(in template: String) -> String? { ["{c}", "{}"].first { template.contains($0) } }

  /// A sample's class.
  /// - Throws: ``SkippedSample`` when it has no label or one without a name.
  public func label(of sample: ImageTextSample) throws -> Int {
    guard let label = sample.label else { throw SkippedSample(origin: sample.origin, reason: "no label") }
    guard classNames.indices.contains(label) else {
      throw SkippedSample(
        origin: sample.origin, reason: "label \(label), but there are \(classNames.count) classes")
    }
    return label
  }

  private static func lines(of path: String) throws -> [String] {
    try TextFile.lines(of: path).map { CaptionFields.trimmed(Substring($0)) }
  }
}

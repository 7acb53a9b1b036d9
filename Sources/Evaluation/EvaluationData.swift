import CLIPFiles
public import CLIPImageText

/// What a model is measured on: pictures with captions, or labeled pictures with their classes' names.
public enum EvaluationData: Sendable {
  /// Retrieval: pictures and captions find each other.
  case captions(any ImageTextSource)
  /// Zero-shot classification: pictures find their class's name.
  case classes(ClassificationData)

  /// Opens what lies under a path, or is generated from it: classes where there are class names, else captions.
  /// - Throws: ``InputError`` when it is missing, or has no known format.
  public init(opening path: String, _ options: DataSetOptions = DataSetOptions()) throws {
    self =
      ClassificationData.recognizes(path, options)
      ? .classes(try ClassificationData.open(path, options)) : .captions(try ImageTextData.open(path, options))
  }

  /// The pictures' source.
  public var source: any ImageTextSource {
    switch self {
    case .captions(let source): source
    case .classes(let data): data.source
    }
  }

  /// The path as the user named it.
  public var path: String { source.path }

  /// Which data this is, told from lists and sizes; classes count with their prompts.
  /// - Throws: ``InputError`` when it cannot be read.
  public func identity() throws -> DataIdentity {
    switch self {
    case .captions(let source): try source.identity()
    case .classes(let data): try LabeledCaptions(data).identity()
    }
  }
}

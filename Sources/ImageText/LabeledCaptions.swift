/// Labeled images as image-text data: a sample's captions are its class's prompts.
///
/// So a data set made for classification can be trained on.
public struct LabeledCaptions: IndexedSource {
  private let data: ClassificationData
  private let source: any IndexedSource
  private let prompts: [[String]]

  /// - Throws: ``InputError`` when the images cannot be indexed.
  public init(_ data: ClassificationData) throws {
    self.data = data
    source = try data.source.indexed()
    prompts = data.classNames.indices.map(data.prompts)
  }

  /// Of the labeled images.
  public var path: String { source.path }
  /// How many labeled images there are.
  public var count: Int { source.count }

  /// The images' identity, with the prompts in its digest.
  public func identity() throws -> DataIdentity {
    var identity = try source.identity(), digest = IdentityDigest()
    digest.add(identity.digest)
    for prompt in prompts.joined() { digest.add(prompt) }
    identity.digest = digest.text()
    return identity
  }

  /// An image with all prompts of its class as captions.
  /// - Throws: ``SkippedSample`` when it cannot be used, has no label or one without a name.
  public func sample(at index: Int) throws -> ImageTextSample {
    var sample = try source.sample(at: index)
    sample.captions = prompts[try data.label(of: sample)]
    return sample
  }
}

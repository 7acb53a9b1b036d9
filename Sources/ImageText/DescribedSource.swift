/// A source whose identity is told once and kept: for data that several runs learn from.
public struct DescribedSource: IndexedSource {
  private let source: any IndexedSource
  private let known: DataIdentity

  /// Asks a source which data it is.
  /// - Throws: ``InputError`` when it cannot be read.
  public init(_ source: any IndexedSource) throws {
    self.source = source
    known = try source.identity()
  }

  /// Of the source that was asked.
  public var path: String { source.path }
  /// Of the source that was asked.
  public var count: Int { source.count }
  /// A sample of the source that was asked.
  /// - Throws: ``SkippedSample`` when it cannot be used.
  public func sample(at index: Int) throws -> ImageTextSample { try source.sample(at: index) }
  /// What the source said when it was asked; it is not asked again.
  public func identity() -> DataIdentity { known }
  /// Asks the source, which may have to scan its data once.
  public func surveyLabels() throws -> LabelSurvey? { try source.surveyLabels() }
}

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

  public var path: String { source.path }
  public var count: Int { source.count }
  public func sample(at index: Int) throws -> ImageTextSample { try source.sample(at: index) }
  public func identity() -> DataIdentity { known }
  public func surveyLabels() throws -> LabelSurvey? { try source.surveyLabels() }
}

public import CLIPCompute
import CLIPFiles

/// How well a model does on image-text pairs, told from their features. A user's own can be measured with
/// ``Evaluator/measure(_:on:_:progress:)`` and made large by a search.
public protocol AccuracyMetric: Sendable {
  /// What results call it. What was measured is kept under it, so a metric with parameters says them here.
  var name: String { get }

  /// The accuracy of a model with these features; larger is better.
  /// - Throws: ``InputError`` where the data does not suit.
  func accuracy(of features: FeatureExtraction.Features, on pool: ThreadPool) throws -> MeasuredAccuracy
}

/// An accuracy with its standard error.
public struct MeasuredAccuracy: Equatable, Sendable {
  /// Larger is better.
  public var value: Double
  /// 0 for an exact one.
  public var standardError: Double

  /// An accuracy of its parts.
  public init(_ value: Double, standardError: Double = 0) {
    self.value = value
    self.standardError = standardError
  }
}

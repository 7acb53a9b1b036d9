public import CLIPCompute
public import CLIPModelShapes
public import CLIPTensors

/// Whatever turns pictures and texts into features of unit length: a model in floats, or one in 8-bit arithmetic.
public protocol FeatureEncoder: Sendable {
  /// The model's shape.
  var configuration: CLIPConfiguration { get }
  /// Unit-length image features `[batch, embed]` of preprocessed pictures `[batch, 3, imageSize, imageSize]`.
  func imageFeatures(_ images: Tensor, on pool: ThreadPool) throws -> Tensor
  /// Unit-length text features `[batch, embed]` of token ids `[batch, contextLength]`, row by row.
  func textFeatures(_ ids: [Int32], on pool: ThreadPool) throws -> Tensor
  /// The same for many calls: what can be done once is done, as long as weights stay as they are.
  func prepared() -> any FeatureEncoder
}

extension FeatureEncoder {
  /// The encoder itself: nothing can be done beforehand.
  public func prepared() -> any FeatureEncoder { self }
}

extension CLIPModel: FeatureEncoder {
  /// The model with its weights laid out for products; itself where they are.
  public func prepared() -> any FeatureEncoder { isPacked ? self : packed() }
}

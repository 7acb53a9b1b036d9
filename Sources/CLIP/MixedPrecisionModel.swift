public import CLIPCompute
public import CLIPModelShapes
public import CLIPTensors

/// A model whose towers multiply in another arithmetic than 32-bit floats; norms, softmax, activations, the last projection
/// and the features stay floats.
public struct MixedPrecisionModel: FeatureEncoder {
  /// The model, its weights in 32-bit floats.
  public let model: CLIPModel
  /// What products are computed in, but for those of fewer than eight rows, columns or terms.
  public let products: ProductArithmetic

  /// A model, and what its products are computed in.
  public init(_ model: CLIPModel, products: ProductArithmetic) {
    self.model = model
    self.products = products
  }

  public var configuration: CLIPConfiguration { model.configuration }

  public func imageFeatures(_ images: Tensor, on pool: ThreadPool) throws -> Tensor {
    try model.vision(images, on: pool, in: products).normalizedRows()
  }

  public func textFeatures(_ ids: [Int32], on pool: ThreadPool) throws -> Tensor {
    try model.text(ids, on: pool, in: products).normalizedRows()
  }
}

public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPTensors

/// A CLIP model: two towers into one embedding, and the scale of their similarities.
///
/// Source: arXiv:2103.00020; SigLIP's logit bias: arXiv:2303.15343.
public struct CLIPModel: Sendable {
  /// The sizes that both towers were made with.
  public let configuration: CLIPConfiguration
  /// Gives image features `[batch, embed]`, not yet of unit length.
  public var vision: VisionTower
  /// Gives text features `[batch, embed]`, not yet of unit length.
  public var text: TextTower
  /// The logarithm of the logit scale, `[]`.
  public var logitScale: Tensor
  /// `[]`, or nil
  public var logitBias: Tensor?

  /// - Throws: an error naming the parameter that is missing or has another shape.
  public init(_ configuration: CLIPConfiguration, from source: some ParameterSource) throws {
    self.configuration = configuration
    vision = try VisionTower(configuration, from: source)
    text = try TextTower(configuration, from: source)
    logitScale = try source.parameter("logit_scale", [])
    logitBias = configuration.initialLogitBias == nil ? nil : try source.parameter("logit_bias", [])
  }

  /// The factor of the similarities, `exp(logitScale)`.
  public var scale: Float { exponential(logitScale.scalar) }

  /// Unit-length image features `[batch, embed]` of preprocessed pictures `[batch, 3, imageSize, imageSize]`.
  public func imageFeatures(_ images: Tensor, on pool: ThreadPool) throws -> Tensor {
    try vision(images, on: pool).normalizedRows()
  }

  /// Unit-length text features `[batch, embed]` of token ids `[batch, contextLength]`.
  public func textFeatures(_ ids: [Int32], on pool: ThreadPool) throws -> Tensor {
    try text(ids, on: pool).normalizedRows()
  }

  /// Scaled similarities, one row an image.
  ///
  ///     logits = exp(logitScale) * image text^T + logitBias
  ///
  /// - Parameters:
  ///   - image: `[images, embed]`, unit length
  ///   - text: `[texts, embed]`, unit length
  /// - Returns: `[images, texts]`
  public func logits(image: Tensor, text: Tensor) -> Tensor {
    SimilarityOperator.forward(image, text, scale: scale, bias: logitBias?.scalar ?? 0)
  }
}

public import CLIPCompute
public import CLIPLayers
public import CLIPModelShapes
public import CLIPTensors

/// The image encoder: a vision transformer.
///
/// Source: arXiv:2010.11929, with CLIP's layer norm before the first block (arXiv:2103.00020); parameter names and
/// pooling as in open_clip's `VisionTransformer`.
public struct VisionTower: Sendable {
  /// The sizes and the pooling that the tower was made with.
  public let configuration: VisionConfiguration
  /// `[width, 3, patchSize, patchSize]`
  public var patchWeight: Tensor { didSet { packedPatches = nil } }
  /// `[width]`, or nil
  public var patchBias: Tensor?
  /// `[width]`, or nil
  public var classEmbedding: Tensor?
  /// `[tokens, width]`
  public var positionalEmbedding: Tensor
  /// Before the first block: `ln_pre`, or nil.
  public var preNorm: LayerNorm?
  /// The blocks, over `[batch, tokens, width]`, and the attention that pools, where one does.
  public var transformer: Transformer
  /// After the last block; that of the attention that pools, where one does.
  public var postNorm: LayerNorm
  /// `[width, embed]`, or `[embed, width]` when there is a bias; nil where the tower ends without one
  public var projection: Tensor? { didSet { packedProjection = nil } }
  /// `[embed]`, or nil
  public var projectionBias: Tensor?
  /// The patches' weight laid out for products, where it has been.
  package private(set) var packedPatches: PackedMatrix?
  /// The projection laid out for products, where it has been.
  package private(set) var packedProjection: PackedMatrix?
  package let embedDimension: Int

  /// - Throws: an error naming the parameter that is missing or has another shape.
  public init(_ model: CLIPConfiguration, from source: some ParameterSource) throws {
    let shape = model.vision
    configuration = shape
    embedDimension = model.embedDimension
    let width = shape.width, side = shape.patchSize
    classEmbedding = shape.hasClassToken ? try source.parameter("visual.class_embedding", [width]) : nil
    positionalEmbedding = try source.parameter("visual.positional_embedding", [shape.tokens, width])
    patchWeight = try source.parameter("visual.conv1.weight", [width, 3, side, side])
    patchBias = shape.hasPatchBias ? try source.parameter("visual.conv1.bias", [width]) : nil
    let epsilon = shape.layerNormEpsilon
    preNorm =
      shape.hasPreLayerNorm ? try LayerNorm(width: width, epsilon: epsilon, from: source, at: "visual.ln_pre") : nil
    transformer = try Transformer(shape, quickGELU: model.usesQuickGELU, from: source)
    transformer.pool = try shape.pool(quickGELU: model.usesQuickGELU).map {
      try ResidualBlock($0, from: source, at: VisionConfiguration.poolPath)
    }
    postNorm = try LayerNorm(width: width, epsilon: epsilon, from: source, at: shape.lastNormPath)
    switch (shape.projType, shape.projectionBias) {
    case (.none, _): break
    case (.linear, false): projection = try source.parameter("visual.proj", [width, embedDimension])
    case (.linear, true):
      projection = try source.parameter("visual.proj.weight", [embedDimension, width])
      projectionBias = try source.parameter("visual.proj.bias", [embedDimension])
    }
  }

  /// Lays the weights out for the products of inference; the projection's is float32 in any arithmetic.
  mutating func pack(in arithmetic: ProductArithmetic) {
    transformer.pack(in: arithmetic)
    packedPatches = PackedMatrix(patchWeight, in: arithmetic)
    packedProjection = projection.flatMap { PackedMatrix($0, transposed: projectionBias != nil, in: .float32) }
  }

  /// Encodes preprocessed pictures.
  ///
  /// - Parameters:
  ///   - images: `[batch, 3, imageSize, imageSize]`, normalized
  ///   - pool: the threads to work on
  ///   - observe: shown the activations `ln_pre`, `block0` ... and `ln_post`, which costs time
  /// - Returns: `[batch, embed]`, not normalized
  /// - Throws: ``ShapeError`` when the pictures have another size.
  public func callAsFunction(
    _ images: Tensor, on pool: ThreadPool, observe: ActivationObserver? = nil
  ) throws -> Tensor {
    let size = configuration.imageSize
    guard images.shape.rank == 4, Array(images.shape.extents.dropFirst()) == [3, size, size] else {
      throw ShapeError("vision tower", expected: "[batch, 3, \(size), \(size)]", found: images.shape)
    }
    return features(of: images, on: pool, observe: observe)
  }
}

extension VisionTower: ReadTower {
  package var prefix: Int { configuration.prefix }
  package var lastNorm: LayerNorm { postNorm }
}

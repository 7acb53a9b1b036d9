import CLIPFiles

/// The image tower: a vision transformer over square patches of a square image.
public struct VisionConfiguration: TowerConfiguration {
  /// How the tower's tokens become one feature vector.
  public enum Pooling: String, Sendable, CaseIterable {
    /// The class token.
    case tok
    /// The mean over the patch tokens, without the class token.
    case avg
    /// No pooling: features for every token.
    case none
  }

  /// How the positional embedding came about; its values stand in the checkpoint either way.
  public enum PositionalEmbedding: String, Sendable, CaseIterable {
    case learnable
    case sineCosine = "sin_cos_2d"
  }

  /// Rows, and columns, of the image in pixels.
  public var imageSize: Int
  /// Rows, and columns, of a patch in pixels.
  public var patchSize: Int
  /// Channels of the residual stream.
  public var width: Int
  /// Channels of one attention head.
  public var headWidth: Int
  /// Attention heads of each block.
  public var headsPerLayer: [Int]
  /// Hidden channels of each block's feed-forward layer.
  public var mlpWidth: [Int]
  /// Initial value of the layer scales, or nil where blocks have none.
  public var layerScaleInit: Float?
  /// Added to the variance by every layer norm.
  public var layerNormEpsilon: Float
  /// How tokens become features.
  public var poolType: Pooling
  /// Whether the last layer norm follows the pooling instead of preceding it.
  public var finalLayerNormAfterPool: Bool
  /// Whether a layer norm stands before the first block (`visual.ln_pre`); open_clip's `no_ln_pre` is its
  /// negation.
  public var hasPreLayerNorm: Bool
  /// How the positional embedding came about.
  public var positionalEmbedding: PositionalEmbedding

  /// A tower whose blocks are given one by one; see
  /// ``init(imageSize:patchSize:width:layers:heads:headWidth:mlpWidth:)``.
  public init(
    imageSize: Int, patchSize: Int, width: Int, headWidth: Int, headsPerLayer: [Int], mlpWidth: [Int],
    layerScaleInit: Float? = nil, layerNormEpsilon: Float = 1e-5, poolType: Pooling = .tok,
    finalLayerNormAfterPool: Bool = false, hasPreLayerNorm: Bool = true,
    positionalEmbedding: PositionalEmbedding = .learnable
  ) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.width = width
    self.headWidth = headWidth
    self.headsPerLayer = headsPerLayer
    self.mlpWidth = mlpWidth
    self.layerScaleInit = layerScaleInit
    self.layerNormEpsilon = layerNormEpsilon
    self.poolType = poolType
    self.finalLayerNormAfterPool = finalLayerNormAfterPool
    self.hasPreLayerNorm = hasPreLayerNorm
    self.positionalEmbedding = positionalEmbedding
  }

  /// A tower of equal blocks.
  public init(
    imageSize: Int, patchSize: Int, width: Int, layers: Int, heads: Int, headWidth: Int, mlpWidth: Int
  ) {
    self.init(
      imageSize: imageSize, patchSize: patchSize, width: width, headWidth: headWidth,
      headsPerLayer: Array(repeating: heads, count: layers),
      mlpWidth: Array(repeating: mlpWidth, count: layers))
  }

  /// Whether images of a size can be cut into patches: at least one, and not more than are supported.
  /// - Throws: ``InputError`` that names both sizes.
  static func checkPatches(_ patchSize: Int, of imageSize: Int, at location: String?) throws {
    guard ShapeLimits.image.contains(imageSize) else {
      throw InputError(
        "images of \(imageSize) pixels; expected \(ShapeLimits.image.lowerBound) to \(ShapeLimits.image.upperBound)",
        at: location)
    }
    guard ShapeLimits.image.contains(patchSize), patchSize <= imageSize else {
      throw InputError("a patch of \(patchSize) pixels is larger than the image of \(imageSize)", at: location)
    }
    let patches = (imageSize / patchSize) * (imageSize / patchSize)
    guard ShapeLimits.patches.contains(patches) else {
      throw InputError(
        "\(patches) patches an image are more than the \(ShapeLimits.patches.upperBound) supported", at: location)
    }
  }

  /// Patches along one side; pixels that do not fill a patch are left out, as a strided convolution does.
  public var gridSize: Int { imageSize / patchSize }
  /// Patches of an image.
  public var patches: Int { gridSize * gridSize }
  /// Tokens of an image: the class token and the patches.
  public var tokens: Int { patches + 1 }
}

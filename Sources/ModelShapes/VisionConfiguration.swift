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
    /// A learned row that attends to all tokens, and a feed-forward layer behind it: SigLIP's (arXiv:2303.15343), timm's
    /// `map`, after arXiv:1810.00825.
    case attention = "map"
  }

  /// The sizes of the block that pools by attention.
  public struct AttentionPool: Hashable, Sendable {
    /// Attention heads.
    public var heads: Int
    /// Hidden channels of the feed-forward layer.
    public var hidden: Int
    /// Channels of a head; nil where they are the tower's.
    public var headWidth: Int?

    /// A block of its sizes.
    public init(heads: Int, hidden: Int, headWidth: Int? = nil) {
      self.heads = heads
      self.hidden = hidden
      self.headWidth = headWidth
    }
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
  /// The residual blocks.
  public var tower: TowerShape
  /// How tokens become features.
  public var poolType: Pooling
  /// The sizes of the attention that pools, with ``Pooling/attention``.
  public var attentionPool: AttentionPool? = nil
  /// Whether the last layer norm follows the pooling instead of preceding it.
  public var finalLayerNormAfterPool: Bool
  /// Whether a layer norm stands before the first block (`visual.ln_pre`); open_clip's `no_ln_pre` is its
  /// negation.
  public var hasPreLayerNorm: Bool
  /// How the positional embedding came about.
  public var positionalEmbedding: PositionalEmbedding
  /// Whether a class token stands before the patches.
  public var hasClassToken = true
  /// Whether the patch convolution has a bias.
  public var hasPatchBias = false
  /// What maps the pooled row to the embedding.
  public var projType = TextConfiguration.Projection.linear
  /// Whether the projection has a bias (`visual.proj` is then a linear layer, `[embed, width]`).
  public var projectionBias = false
  /// For rotary positions, the patches along a side on which the tower was trained first; nil where there are none.
  public var rotaryReference: Int?
  /// The place of the first row, and of the first column, where positions are rotary.
  public var rotaryOffset = 0
  /// Whether rotary positions go by columns first.
  public var rotaryStartsWithColumns = false

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
    tower = TowerShape(width: width, headWidth: headWidth, headsPerLayer: headsPerLayer, mlpWidth: mlpWidth)
    tower.layerScaleInit = layerScaleInit
    tower.layerNormEpsilon = layerNormEpsilon
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

  /// Whether its images can be cut into its patches.
  /// - Throws: ``InputError`` that names both sizes.
  package func checkPatches() throws { try Self.checkPatches(patchSize, of: imageSize, at: nil) }

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
  /// Tokens of an image: the class token, where there is one, and the patches.
  public var tokens: Int { patches + prefix }
  /// Tokens before the patches.
  public var prefix: Int { hasClassToken ? 1 : 0 }

  /// As in open_clip.
  public static let blockPath = "visual.transformer.resblocks"
  /// False: every token sees all others.
  public var isCausal: Bool { false }
  /// How patches are turned by their places in the grid; nil without ``rotaryReference``.
  public var rotary: RotaryShape? {
    rotaryReference.map { reference in
      var shape = RotaryShape(grid: gridSize, reference: reference, prefix: prefix)
      shape.offset = rotaryOffset
      shape.startsWithColumns = rotaryStartsWithColumns
      return shape
    }
  }

  /// As ``poolType`` says: the class token's row, the mean of the patches, or the row that has attended to all.
  public var ending: TowerEnding {
    switch poolType {
    case .tok: TowerEnding(rows: .oneToken, steps: [.norm])
    case .avg, .none: TowerEnding(rows: .all, steps: finalLayerNormAfterPool ? [.mean, .norm] : [.norm, .mean])
    case .attention: TowerEnding(rows: .learned, steps: [])
    }
  }

  /// The path of the attention that pools.
  public static let poolPath = "visual.pool"

  /// The attention that pools, or nil: a block whose first norm is the tower's last. It is pruned in width only.
  public func pool(quickGELU: Bool) -> BlockShape? {
    guard poolType == .attention, let attentionPool else { return nil }
    var shape = BlockShape(
      width: width, heads: attentionPool.heads, headWidth: attentionPool.headWidth ?? headWidth,
      hidden: attentionPool.hidden)
    shape.feedForward = activation(quickGELU: quickGELU)
    shape.epsilon = layerNormEpsilon
    shape.hasLearnedQuery = true
    return shape
  }

  /// Where the tower's last layer norm lies.
  public var lastNormPath: String { poolType == .attention ? "\(Self.poolPath).ln_1" : "visual.ln_post" }
}

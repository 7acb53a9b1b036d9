/// What the vision and the text tower have in common: a stack of residual blocks of one width, whose heads
/// and feed-forward widths may differ from block to block once a tower has been pruned.
public protocol TowerConfiguration: Equatable, Sendable {
  /// Channels of the residual stream.
  var width: Int { get set }
  /// Channels of one attention head; the same in every block.
  var headWidth: Int { get set }
  /// Attention heads of each block; `heads * headWidth` need not equal `width`.
  var headsPerLayer: [Int] { get set }
  /// Hidden channels of each block's feed-forward layer.
  var mlpWidth: [Int] { get set }
  /// Initial value of the layer scales (`ls_init_value`), or nil where blocks have none.
  var layerScaleInit: Float? { get set }
  /// Added to the variance by every layer norm; open_clip uses 1e-5.
  var layerNormEpsilon: Float { get set }
}

extension TowerConfiguration {
  /// How many residual blocks there are.
  public var layers: Int { headsPerLayer.count }

  /// The heads of a block, or of the block that has most where they differ.
  public var heads: Int { headsPerLayer.max() ?? 0 }

  /// Whether every block has as many heads as every other.
  public var hasUniformHeads: Bool { headsPerLayer.allSatisfy { $0 == headsPerLayer.first } }

  /// Whether every block has the same feed-forward width.
  public var hasUniformMLP: Bool { mlpWidth.allSatisfy { $0 == mlpWidth.first } }

  /// Whether the heads of every block fill the width, as PyTorch's attention demands.
  public var headsFillWidth: Bool { headsPerLayer.allSatisfy { $0 * headWidth == width } }

  /// The ratio that open_clip multiplies by the width and cuts to a whole number, or nil where blocks differ.
  public var mlpRatio: Double? {
    guard hasUniformMLP, let hidden = mlpWidth.first, width > 0 else { return nil }
    let ratio = Double(hidden) / Double(width)
    // The quotient may be rounded down, and its product then cut to one less.
    for candidate in [ratio, ratio.nextUp, ratio.nextUp.nextUp] where Int(Double(width) * candidate) == hidden {
      return candidate
    }
    return nil
  }

  /// Whether open_clip's own keys can express the tower.
  public var isStock: Bool { headsFillWidth && mlpRatio != nil }
}

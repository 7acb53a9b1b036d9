/// A stack of residual blocks of one width, whose heads and feed-forward widths may differ from block to block once a
/// tower has been pruned: what the vision and the text tower have in common.
public struct TowerShape: Equatable, Sendable {
  /// Channels of the residual stream.
  public var width: Int
  /// Channels of one attention head; the same in every block.
  public var headWidth: Int
  /// Attention heads of each block; `heads * headWidth` need not equal `width`.
  public var headsPerLayer: [Int]
  /// Hidden channels of each block's feed-forward layer; 0 for a block without one.
  public var mlpWidth: [Int]
  /// Initial value of the layer scales (`ls_init_value`), or nil where blocks have none.
  public var layerScaleInit: Float? = nil
  /// Added to the variance by every layer norm; open_clip uses 1e-5.
  public var layerNormEpsilon: Float = 1e-5
  /// Whether feed-forward layers are gated (SwiGLU).
  public var isGated = false
  /// Whether a layer norm stands before the second matrix of each branch.
  public var hasInnerNorms = false
  /// Whether GELU is approximated by a hyperbolic tangent.
  public var usesTanhGELU = false
  /// Which of queries, keys and values have a bias.
  public var inputBias = BlockShape.InputBias.all

  /// A stack of its sizes.
  public init(width: Int, headWidth: Int, headsPerLayer: [Int], mlpWidth: [Int]) {
    self.width = width
    self.headWidth = headWidth
    self.headsPerLayer = headsPerLayer
    self.mlpWidth = mlpWidth
  }
}

/// How a tower's stream becomes the rows that its projection reads. Decided here, once, for all that computes a tower.
public struct TowerEnding: Equatable, Sendable {
  /// Which rows the last block gives.
  public enum Rows: Sendable {
    /// One token of each sequence: nothing else is read.
    case oneToken
    /// All tokens.
    case all
    /// A learned row of each sequence, which has attended to all tokens.
    case learned
  }

  /// What follows.
  public enum Step: Sendable {
    /// The tower's last layer norm.
    case norm
    /// The mean over all tokens but a class token.
    case mean
  }

  /// Which rows the last block gives.
  public let rows: Rows
  /// What is done with them, in order.
  public let steps: [Step]
}

/// A tower: its stack of blocks and what stands around it.
public protocol TowerConfiguration: Equatable, Sendable {
  /// The stack.
  var tower: TowerShape { get set }
  /// Where the blocks' parameters lie, such as `visual.transformer.resblocks`.
  static var blockPath: String { get }
  /// Tokens of a sequence.
  var tokens: Int { get }
  /// Whether a token sees only itself and those before it.
  var isCausal: Bool { get }
  /// How tokens are turned by their places, or nil.
  var rotary: RotaryShape? { get }
  /// How the stream is read.
  var ending: TowerEnding { get }
}

extension TowerConfiguration {
  /// Channels of the residual stream.
  public var width: Int {
    get { tower.width }
    set { tower.width = newValue }
  }
  /// Channels of one attention head; the same in every block.
  public var headWidth: Int {
    get { tower.headWidth }
    set { tower.headWidth = newValue }
  }
  /// Attention heads of each block; `heads * headWidth` need not equal `width`.
  public var headsPerLayer: [Int] {
    get { tower.headsPerLayer }
    set { tower.headsPerLayer = newValue }
  }
  /// Hidden channels of each block's feed-forward layer.
  public var mlpWidth: [Int] {
    get { tower.mlpWidth }
    set { tower.mlpWidth = newValue }
  }
  /// Initial value of the layer scales (`ls_init_value`), or nil where blocks have none.
  public var layerScaleInit: Float? {
    get { tower.layerScaleInit }
    set { tower.layerScaleInit = newValue }
  }
  /// Added to the variance by every layer norm; open_clip uses 1e-5.
  public var layerNormEpsilon: Float {
    get { tower.layerNormEpsilon }
    set { tower.layerNormEpsilon = newValue }
  }

  /// One block of the stack.
  public func block(_ layer: Int, quickGELU: Bool) -> BlockShape {
    block(heads: headsPerLayer[layer], hidden: mlpWidth[layer], quickGELU: quickGELU)
  }

  func block(heads: Int, hidden: Int, quickGELU: Bool) -> BlockShape {
    var shape = BlockShape(width: width, heads: heads, headWidth: headWidth, hidden: hidden)
    shape.feedForward = tower.isGated ? .swiGLU : activation(quickGELU: quickGELU)
    shape.epsilon = layerNormEpsilon
    shape.hasLayerScale = layerScaleInit != nil
    shape.hasInnerNorms = tower.hasInnerNorms
    shape.inputBias = tower.inputBias
    shape.isCausal = isCausal
    shape.rotary = rotary
    return shape
  }

  /// What follows the first matrix of a feed-forward layer without a gate.
  func activation(quickGELU: Bool) -> BlockShape.FeedForward {
    tower.usesTanhGELU ? .geluTanh : quickGELU ? .quickGELU : .gelu
  }

  /// The whole stack.
  public func blocks(quickGELU: Bool) -> [BlockShape] { (0..<layers).map { block($0, quickGELU: quickGELU) } }

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
    guard hasUniformMLP, let hidden = mlpWidth.first, hidden > 0, width > 0 else { return nil }
    let ratio = Double(hidden) / Double(width)
    // The quotient may be rounded down, and its product then cut to one less.
    for candidate in [ratio, ratio.nextUp, ratio.nextUp.nextUp] where Int(Double(width) * candidate) == hidden {
      return candidate
    }
    return nil
  }
}

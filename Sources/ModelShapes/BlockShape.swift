/// One residual block as plain data: its sizes, and the steps it takes.
///
/// Everything that carries a block out (in floats, in 8 bits, as a graph), lists its parameters or counts its work
/// follows ``branches``; nothing else says in which order norms, attention and feed-forward layer come.
public struct BlockShape: Hashable, Sendable {
  /// What stands between the two matrices of the feed-forward layer.
  public enum FeedForward: String, Sendable, CaseIterable {
    /// `x Φ(x)`, the exact form. Source: arXiv:1606.08415.
    case gelu
    /// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`, an approximation of the exact form: SigLIP 2's.
    case geluTanh = "gelu_tanh"
    /// `x sigmoid(1.702 x)`, OpenAI CLIP's approximation.
    case quickGELU = "quick_gelu"
    /// `silu(x G) * (x W)`: a second matrix opens and closes the hidden units. Source: arXiv:2002.05202.
    case swiGLU = "swiglu"
  }

  /// Which of queries, keys and values have a bias. Where one has none its place in `attn.in_proj_bias` stays zero.
  public enum InputBias: String, Sendable, CaseIterable {
    case all
    /// EVA's (arXiv:2211.07636). Where tokens are not turned, a bias of keys changes nothing: it moves all scores of a
    /// query alike.
    case withoutKeys = "without_keys"
    case none
  }

  /// Channels of the residual stream.
  public var width: Int
  /// Attention heads; `heads * headWidth` need not equal `width`.
  public var heads: Int
  /// Channels of a head.
  public var headWidth: Int
  /// Hidden channels of the feed-forward layer; 0: there is none, and the block is its attention alone.
  public var hidden: Int
  /// What stands between its matrices.
  public var feedForward = FeedForward.gelu
  /// Added to the variance by every layer norm.
  public var epsilon: Float = 1e-5
  /// Whether each branch has a factor for each channel (arXiv:2103.17239).
  public var hasLayerScale = false
  /// Whether a layer norm stands before the second matrix of each branch (EVA-02, arXiv:2303.11331).
  public var hasInnerNorms = false
  /// Which of queries, keys and values have a bias.
  public var inputBias = InputBias.all
  /// Whether a token sees only itself and those before it.
  public var isCausal = false
  /// How queries and keys are turned by their places, or nil.
  public var rotary: RotaryShape? = nil
  /// Whether one learned row asks for each sequence, in place of its tokens: attention that pools.
  public var hasLearnedQuery = false

  /// A pre-norm block of sizes; all else as open_clip has it.
  public init(width: Int, heads: Int, headWidth: Int, hidden: Int) {
    self.width = width
    self.heads = heads
    self.headWidth = headWidth
    self.hidden = hidden
  }

  /// The places of `attn.in_proj_bias` that stay zero.
  public var heldBiases: Range<Int> {
    switch inputBias {
    case .all: 0..<0
    case .withoutKeys: inner..<2 * inner
    case .none: 0..<3 * inner
    }
  }

  /// Whether there is a feed-forward branch.
  public var hasFeedForward: Bool { hidden > 0 }

  /// `heads * headWidth`
  public var inner: Int { heads * headWidth }
}

/// Where the tokens of a square grid stand, for rotary positions: pairs of channels of queries and keys are turned by
/// angles that grow with the row, in the first half of a head, and with the column, in the second.
///
/// Source: arXiv:2104.09864, in two dimensions as EVA-02 has it (arXiv:2303.11331).
public struct RotaryShape: Hashable, Sendable {
  /// Tokens along one side of the grid.
  public var grid: Int
  /// Tokens along the side on which the model was trained: places are stretched to it.
  public var reference: Int
  /// Tokens before the grid's, which are not turned.
  public var prefix: Int
  /// The place of the first row, and of the first column.
  public var offset = 0
  /// Whether the first half of a head goes by the column and the second by the row, Perception Encoder's order
  /// (arXiv:2504.13181); otherwise the other way around.
  public var startsWithColumns = false

  /// A grid of so many tokens a side.
  public init(grid: Int, reference: Int, prefix: Int) {
    self.grid = grid
    self.reference = reference
    self.prefix = prefix
  }
}

/// A part of a block that has parameters; its raw value is the parameters' path below the block's.
public enum BlockPart: String, Sendable, CaseIterable {
  /// The norm before attention.
  case attentionNorm = "ln_1"
  /// Queries, keys and values: `attn.in_proj_weight` and `attn.in_proj_bias`.
  case attention = "attn"
  /// The norm of the heads' outputs, where branches have one.
  case attendedNorm = "attn.ln_inner"
  /// What takes the heads' outputs back to the stream.
  case output = "attn.out_proj"
  /// The norm before the feed-forward layer.
  case feedForwardNorm = "ln_2"
  /// The matrix that opens and closes hidden units, where there is a gate.
  case gate = "mlp.c_gate"
  /// From the stream to the hidden units.
  case expansion = "mlp.c_fc"
  /// The norm of the hidden units, where branches have one.
  case hiddenNorm = "mlp.ln_inner"
  /// From the hidden units back to the stream.
  case contraction = "mlp.c_proj"
}

/// One step of a branch. A branch reads the stream through a norm, works on the rows, and adds them to the stream.
public enum BlockStep: Hashable, Sendable {
  /// `rows = layerNorm(stream)`
  case norm(BlockPart)
  /// `rows = heads(rows)`: projections to queries, keys and values, and the softmax's mix of values.
  case attend
  /// `rows = layerNorm(rows)`
  case innerNorm(BlockPart)
  /// `rows = activation(rows W^T + b)`, or `silu(rows G^T + c) * (rows W^T + b)`
  case expand
  /// `stream = stream + scale * (rows W^T + b)`
  case add(BlockPart)
}

extension BlockShape {
  /// The block's branches, each a list of steps.
  ///
  ///     x = x + scale1 * attention(layerNorm1(x))
  ///     x = x + scale2 * feedForward(layerNorm2(x))      where there is one
  ///
  /// Source: open_clip's `ResidualAttentionBlock`.
  public var branches: [[BlockStep]] {
    let attention: [BlockStep] =
      [.norm(.attentionNorm), .attend] + (hasInnerNorms ? [.innerNorm(.attendedNorm)] : []) + [.add(.output)]
    guard hasFeedForward else { return [attention] }
    return [
      attention,
      [.norm(.feedForwardNorm), .expand] + (hasInnerNorms ? [.innerNorm(.hiddenNorm)] : []) + [.add(.contraction)],
    ]
  }

  /// The path of a branch's layer scale below the block's.
  public static func scalePath(_ part: BlockPart) -> String { part == .output ? "ls_1.gamma" : "ls_2.gamma" }

  /// Channels that a part's norm takes in.
  public func channels(of norm: BlockPart) -> Int {
    switch norm {
    case .attendedNorm: inner
    case .hiddenNorm: hidden
    default: width
    }
  }

  /// The block's parameters, in the order of its steps.
  /// - Parameter path: such as `visual.transformer.resblocks.3`
  public func parameters(at path: String) -> [ParameterDescription] {
    var list: [ParameterDescription] = []
    func add(_ name: String, _ shape: [Int], _ kind: ParameterDescription.Kind) {
      list.append(ParameterDescription(name: "\(path).\(name)", shape: shape, kind: kind))
    }
    func linear(_ part: BlockPart, _ outputs: Int, _ inputs: Int) {
      add("\(part.rawValue).weight", [outputs, inputs], .matrix)
      add("\(part.rawValue).bias", [outputs], .bias)
    }
    if hasLearnedQuery { add("latent", [1, width], .classEmbedding) }
    for step in branches.joined() {
      switch step {
      case .norm(let part), .innerNorm(let part):
        add("\(part.rawValue).weight", [channels(of: part)], .layerNormWeight)
        add("\(part.rawValue).bias", [channels(of: part)], .layerNormBias)
      case .attend:
        add("attn.in_proj_weight", [3 * inner, width], .matrix)
        add("attn.in_proj_bias", [3 * inner], .bias)
      case .expand:
        if feedForward == .swiGLU { linear(.gate, hidden, width) }
        linear(.expansion, hidden, width)
      case .add(let part):
        linear(part, width, part == .output ? inner : hidden)
        if hasLayerScale { add(Self.scalePath(part), [width], .layerScale) }
      }
    }
    return list
  }

  /// Multiply-adds of the block's matrix products over `tokens` tokens, or for one asking row where a learned row asks.
  ///
  ///     tokens * width * 3 H        queries, keys and values
  ///     + 2 * tokens^2 * H          scores, and the mix of values
  ///     + tokens * H * width        output projection
  ///     + 2 * tokens * width * hidden, or 3 with a gate
  ///
  /// with `H = heads * headWidth`. A causal mask is not taken off, since the products are computed whole. PyTorch's
  /// `FlopCounterMode` counts twice this.
  /// - Parameter asking: the tokens that are computed behind keys and values; nil for all
  public func multiplyAdds(tokens: Int, asking: Int? = nil) -> Int {
    let asking = hasLearnedQuery ? 1 : asking ?? tokens
    // The learned row's query is the same for every input, so it is no work.
    let projected = 2 * tokens + (hasLearnedQuery ? 0 : asking)
    return projected * width * inner + 2 * asking * tokens * inner + asking * inner * width
      + (feedForward == .swiGLU ? 3 : 2) * asking * width * hidden
  }
}

/// The text tower: a transformer over byte-pair tokens.
public struct TextConfiguration: TowerConfiguration {
  /// Which token's features stand for the text.
  public enum Pooling: String, Sendable, CaseIterable {
    /// The token with the largest id: OpenAI's end token.
    case argmax
    /// The first token whose id is `eosID`.
    case eos
    /// The token at place 0.
    case first
    /// The token at the context's end, padding or not.
    case last
  }

  /// What maps the pooled token to the embedding.
  public enum Projection: String, Sendable, CaseIterable {
    /// A matrix, with a bias where ``projectionBias`` says so.
    case linear
    /// Nothing: the tower's width is the embedding's.
    case none
  }

  /// Tokens of a text, padding included.
  public var contextLength: Int
  /// How many token ids there are.
  public var vocabularySize: Int
  /// The residual blocks.
  public var tower: TowerShape
  /// Which token stands for the text.
  public var poolType: Pooling
  /// Whether every token attends to every other; otherwise only to itself and those before it.
  public var noCausalMask: Bool
  /// Whether the projection has a bias (`text_projection` is then a linear layer, `[embed, width]`).
  public var projectionBias: Bool
  /// What maps the pooled token to the embedding.
  public var projType: Projection
  /// The end token's id; it matters for `poolType == .eos` only.
  public var eosID: Int
  /// The id that fills a text up to the context length.
  public var padID: Int
  /// The tokenizer's name on the Hugging Face Hub, where it is not CLIP's own.
  public var tokenizerName: String?
  /// How the tokenizer cleans text (`tokenizer_kwargs.clean`): lower, canonicalize or whitespace.
  public var tokenizerCleaning: String?

  /// A tower whose blocks are given one by one.
  public init(
    contextLength: Int, vocabularySize: Int, width: Int, headWidth: Int, headsPerLayer: [Int],
    mlpWidth: [Int],
    layerScaleInit: Float? = nil, layerNormEpsilon: Float = 1e-5, poolType: Pooling = .argmax,
    noCausalMask: Bool = false, projectionBias: Bool = false, projType: Projection = .linear, eosID: Int = 2,
    padID: Int = 0, tokenizerName: String? = nil, tokenizerCleaning: String? = nil
  ) {
    self.contextLength = contextLength
    self.vocabularySize = vocabularySize
    tower = TowerShape(width: width, headWidth: headWidth, headsPerLayer: headsPerLayer, mlpWidth: mlpWidth)
    tower.layerScaleInit = layerScaleInit
    tower.layerNormEpsilon = layerNormEpsilon
    self.poolType = poolType
    self.noCausalMask = noCausalMask
    self.projectionBias = projectionBias
    self.projType = projType
    self.eosID = eosID
    self.padID = padID
    self.tokenizerName = tokenizerName
    self.tokenizerCleaning = tokenizerCleaning
  }

  /// A tower of equal blocks whose heads fill the width.
  public init(contextLength: Int, vocabularySize: Int, width: Int, layers: Int, heads: Int, mlpWidth: Int) {
    self.init(
      contextLength: contextLength, vocabularySize: vocabularySize, width: width,
      headWidth: width / max(heads, 1),
      headsPerLayer: Array(repeating: heads, count: layers),
      mlpWidth: Array(repeating: mlpWidth, count: layers))
  }

  /// Tokens of a text.
  public var tokens: Int { contextLength }

  /// As in open_clip.
  public static let blockPath = "transformer.resblocks"
  /// As ``noCausalMask`` leaves it.
  public var isCausal: Bool { !noCausalMask }
  /// Nil: a text's places are learned.
  public var rotary: RotaryShape? { nil }
  /// One token's row, as ``poolType`` says which, and the last norm.
  public var ending: TowerEnding { TowerEnding(rows: .oneToken, steps: [.norm]) }
}

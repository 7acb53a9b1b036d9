/// One parameter of a model: its name in open_clip and its shape in PyTorch.
public struct ParameterDescription: Equatable, Sendable {
  /// What a parameter does, which decides how it starts, decays and is pruned.
  public enum Kind: Sendable, CaseIterable {
    case patchConvolution, matrix, bias, layerNormWeight, layerNormBias, layerScale
    case classEmbedding, positionalEmbedding, tokenEmbedding
    /// Maps a pooled token to the embedding.
    case projection
    case logitScale, logitBias
  }

  /// Its name in open_clip.
  public let name: String
  /// Its extents in PyTorch, outermost first.
  public let shape: [Int]
  /// What it does.
  public let kind: Kind

  /// How many numbers it holds.
  public var count: Int { shape.reduce(1, *) }

  /// A parameter of its parts.
  public init(name: String, shape: [Int], kind: Kind) {
    self.name = name
    self.shape = shape
    self.kind = kind
  }
}

/// Every parameter of a model, in the order of open_clip's `state_dict()`.
///
/// With heads that fill the width `H = heads * headWidth = width`; a pruned block's attention has
/// `in_proj_weight [3 H, width]` and `out_proj.weight [width, H]`.
public struct ParameterList: Sendable {
  /// The parameters in order.
  public private(set) var parameters: [ParameterDescription] = []

  /// Numbers that are no parameters: biases that queries, keys or values have not, zero in the packed projections' biases.
  private var held = 0

  /// How many numbers the model holds.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } - held }

  /// The parameters of a model.
  public init(_ model: CLIPConfiguration) {
    let text = model.text
    let vision = model.vision
    add("positional_embedding", [text.contextLength, text.width], .positionalEmbedding)
    if text.projType == .linear, !text.projectionBias {
      add("text_projection", [text.width, model.embedDimension], .projection)
    }
    add("logit_scale", [], .logitScale)
    if model.initialLogitBias != nil { add("logit_bias", [], .logitBias) }

    if vision.hasClassToken { add("visual.class_embedding", [vision.width], .classEmbedding) }
    add("visual.positional_embedding", [vision.tokens, vision.width], .positionalEmbedding)
    if vision.projType == .linear, !vision.projectionBias {
      add("visual.proj", [vision.width, model.embedDimension], .projection)
    }
    add("visual.conv1.weight", [vision.width, 3, vision.patchSize, vision.patchSize], .patchConvolution)
    if vision.hasPatchBias { add("visual.conv1.bias", [vision.width], .bias) }
    if vision.hasPreLayerNorm { addLayerNorm("visual.ln_pre", vision.width) }
    addBlocks(vision, model)
    if let pool = vision.pool(quickGELU: model.usesQuickGELU) {
      parameters += pool.parameters(at: VisionConfiguration.poolPath)
    } else {
      addLayerNorm(vision.lastNormPath, vision.width)
    }
    if vision.projType == .linear, vision.projectionBias {
      add("visual.proj.weight", [model.embedDimension, vision.width], .projection)
      add("visual.proj.bias", [model.embedDimension], .bias)
    }

    addBlocks(text, model)
    add("token_embedding.weight", [text.vocabularySize, text.width], .tokenEmbedding)
    addLayerNorm("ln_final", text.width)
    if text.projType == .linear, text.projectionBias {
      add("text_projection.weight", [model.embedDimension, text.width], .projection)
      add("text_projection.bias", [model.embedDimension], .bias)
    }
  }

  private mutating func add(_ name: String, _ shape: [Int], _ kind: ParameterDescription.Kind) {
    parameters.append(ParameterDescription(name: name, shape: shape, kind: kind))
  }

  private mutating func addLayerNorm(_ name: String, _ width: Int) {
    add("\(name).weight", [width], .layerNormWeight)
    add("\(name).bias", [width], .layerNormBias)
  }

  private mutating func addBlocks<Tower: TowerConfiguration>(_ tower: Tower, _ model: CLIPConfiguration) {
    for (layer, block) in tower.blocks(quickGELU: model.usesQuickGELU).enumerated() {
      parameters += block.parameters(at: "\(Tower.blockPath).\(layer)")
      held += block.heldBiases.count
    }
  }
}

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

  /// How many numbers the model holds.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

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

    add("visual.class_embedding", [vision.width], .classEmbedding)
    add("visual.positional_embedding", [vision.tokens, vision.width], .positionalEmbedding)
    add("visual.proj", [vision.width, model.embedDimension], .projection)
    add("visual.conv1.weight", [vision.width, 3, vision.patchSize, vision.patchSize], .patchConvolution)
    if vision.hasPreLayerNorm { addLayerNorm("visual.ln_pre", vision.width) }
    addBlocks("visual.transformer", vision)
    addLayerNorm("visual.ln_post", vision.width)

    addBlocks("transformer", text)
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

  private mutating func addBlocks(_ name: String, _ tower: some TowerConfiguration) {
    for layer in 0..<tower.layers {
      let block = "\(name).resblocks.\(layer)"
      let attention = tower.headsPerLayer[layer] * tower.headWidth
      let hidden = tower.mlpWidth[layer]
      addLayerNorm("\(block).ln_1", tower.width)
      add("\(block).attn.in_proj_weight", [3 * attention, tower.width], .matrix)
      add("\(block).attn.in_proj_bias", [3 * attention], .bias)
      add("\(block).attn.out_proj.weight", [tower.width, attention], .matrix)
      add("\(block).attn.out_proj.bias", [tower.width], .bias)
      if tower.layerScaleInit != nil { add("\(block).ls_1.gamma", [tower.width], .layerScale) }
      addLayerNorm("\(block).ln_2", tower.width)
      add("\(block).mlp.c_fc.weight", [hidden, tower.width], .matrix)
      add("\(block).mlp.c_fc.bias", [hidden], .bias)
      add("\(block).mlp.c_proj.weight", [tower.width, hidden], .matrix)
      add("\(block).mlp.c_proj.bias", [tower.width], .bias)
      if tower.layerScaleInit != nil { add("\(block).ls_2.gamma", [tower.width], .layerScale) }
    }
  }
}

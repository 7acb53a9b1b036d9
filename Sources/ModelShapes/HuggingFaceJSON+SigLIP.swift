import CLIPFiles

/// transformers' `SiglipModel`: SigLIP's (arXiv:2303.15343), and SigLIP 2's of one image size (arXiv:2502.14786).
extension CLIPConfiguration {
  private enum Activation: String, CaseIterable {
    case tanh = "gelu_pytorch_tanh"
    case exact = "gelu"
  }

  /// The shape of both sections of a `config.json`, with `SiglipConfig`'s defaults.
  init(sigLIP vision: HuggingFaceSection, _ text: HuggingFaceSection) throws {
    guard try vision.flag("vision_use_head", default: true) else {
      throw InputError(
        "an image tower without its head is not supported", at: vision.location("vision_use_head"),
        advice: "only the attention that pools is")
    }
    guard try vision.whole("num_channels", 1...64, default: 3) == 3 else {
      throw InputError("only images of 3 channels are supported", at: vision.location("num_channels"))
    }
    let image = try vision.square("image_size", ShapeLimits.image, default: 224)
    let patch = try vision.square("patch_size", ShapeLimits.image, default: 16)
    try VisionConfiguration.checkPatches(patch, of: image, at: vision.location("patch_size"))
    let own = try Self.tower(vision)
    var images = VisionConfiguration(
      imageSize: image, patchSize: patch, width: own.width, headWidth: own.headWidth, headsPerLayer: own.headsPerLayer,
      mlpWidth: own.mlpWidth, poolType: .attention, hasPreLayerNorm: false)
    images.tower = own
    images.attentionPool = .init(heads: own.headsPerLayer[0], hidden: own.mlpWidth[0])
    images.hasClassToken = false
    images.hasPatchBias = true
    images.projType = .none

    let other = try Self.tower(text)
    var texts = TextConfiguration(
      contextLength: try text.whole("max_position_embeddings", ShapeLimits.context, default: 64),
      vocabularySize: try text.whole("vocab_size", ShapeLimits.vocabulary, default: 32_000), width: other.width,
      headWidth: other.headWidth, headsPerLayer: other.headsPerLayer, mlpWidth: other.mlpWidth, poolType: .last,
      noCausalMask: true, projectionBias: true,
      padID: try text.whole("pad_token_id", 0...ShapeLimits.vocabulary.upperBound, default: 1))
    texts.tower = other
    let embedding = try text.whole("projection_size", ShapeLimits.embedding, default: other.width)
    guard embedding == own.width else {
      throw InputError(
        "texts become \(embedding) numbers and images \(own.width)", at: text.location("projection_size"))
    }
    // Both are in the weights; these are what big_vision starts with.
    self.init(
      embedDimension: embedding, vision: images, text: texts, initialLogitScale: Self.logitScaleOfSigLIP,
      initialLogitBias: -10)
  }

  /// log(10), arXiv:2303.15343, section 3.
  private static let logitScaleOfSigLIP: Float = 2.302_585_1

  private static func tower(_ section: HuggingFaceSection) throws -> TowerShape {
    let width = try section.whole("hidden_size", ShapeLimits.width, default: 768)
    let layers = try section.whole("num_hidden_layers", ShapeLimits.layers, default: 12)
    let heads = try section.heads(default: 12, width: width)
    let hidden = try section.whole("intermediate_size", ShapeLimits.mlpWidth, default: 3072)
    var tower = TowerShape(
      width: width, headWidth: width / heads, headsPerLayer: Array(repeating: heads, count: layers),
      mlpWidth: Array(repeating: hidden, count: layers))
    tower.layerNormEpsilon = Float(try section.number("layer_norm_eps", 0...1, default: 1e-6))
    tower.usesTanhGELU = try section.activation(default: Activation.tanh) == .tanh
    return tower
  }

  /// Whether the model is built like SigLIP, whatever its sizes: attention that pools, texts that see all and are read at
  /// their end, a bias of the logits.
  package var isSigLIP: Bool {
    vision.poolType == .attention && vision.projType == .none && text.poolType == .last && text.noCausalMask
      && initialLogitBias != nil
  }

  /// The model as a `config.json` of a `SiglipModel`.
  /// - Throws: ``InputError`` that names what that class cannot express.
  func sigLIPJSON() throws -> JSONValue {
    let pool = vision.attentionPool
    let obstacles: [(Bool, String)] = [
      (!vision.headsFillWidth || !text.headsFillWidth, "pruned heads (heads x head width other than the width)"),
      (!vision.hasUniformMLP || !text.hasUniformMLP, "feed-forward widths that differ from layer to layer"),
      (
        pool?.heads != vision.heads || pool?.hidden != vision.mlpWidth.first
          || (pool?.headWidth ?? vision.headWidth) != vision.headWidth,
        "a pooling attention of other sizes than the layers'"
      ),
      (vision.layerScaleInit != nil || text.layerScaleInit != nil, "layer scales"),
      (
        [vision.tower, text.tower].contains { $0.isGated || $0.hasInnerNorms || $0.inputBias != .all },
        "blocks of another kind"
      ),
      (
        vision.hasClassToken || !vision.hasPatchBias || vision.hasPreLayerNorm || vision.rotaryReference != nil,
        "this image tower"
      ),
      (text.projType == .none || !text.projectionBias, "a text tower without a projection, or one without a bias"),
      (usesQuickGELU, "QuickGELU"),
    ]
    if let obstacle = obstacles.first(where: \.0) {
      throw InputError(
        "Hugging Face's SiglipModel cannot express \(obstacle.1)", advice: "write the open_clip layout instead")
    }
    func section(_ type: String, _ tower: some TowerConfiguration, _ own: JSONObject) -> JSONValue {
      let activation: Activation = tower.tower.usesTanhGELU ? .tanh : .exact
      var object: JSONObject = [
        "model_type": .string(type), "hidden_size": .integer(tower.width), "num_hidden_layers": .integer(tower.layers),
        "num_attention_heads": .integer(tower.heads), "intermediate_size": .integer(tower.mlpWidth.first ?? 0),
        "hidden_act": .string(activation.rawValue),
        "layer_norm_eps": .number(Double("\(tower.layerNormEpsilon)") ?? Double(tower.layerNormEpsilon)),
      ]
      for (key, value) in own.pairs { object[key] = value }
      return .object(object)
    }
    return .object([
      "architectures": ["SiglipModel"], "model_type": "siglip",
      "text_config": section(
        "siglip_text_model", text,
        [
          "vocab_size": .integer(text.vocabularySize), "max_position_embeddings": .integer(text.contextLength),
          "projection_size": .integer(embedDimension), "pad_token_id": .integer(text.padID),
          "bos_token_id": .null, "eos_token_id": 1,
        ]),
      "vision_config": section(
        "siglip_vision_model", vision,
        [
          "image_size": .integer(vision.imageSize), "patch_size": .integer(vision.patchSize), "num_channels": 3,
          "vision_use_head": true,
        ]),
    ])
  }
}

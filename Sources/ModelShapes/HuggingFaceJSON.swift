public import CLIPFiles

extension CLIPConfiguration {
  /// The shape in a Hugging Face `config.json` of a `CLIPModel` or a `SiglipModel`, with that class's defaults for keys
  /// left out.
  ///
  /// Keys that do not concern the shape are ignored: the files carry the state of a whole library.
  /// - Throws: ``InputError`` with the key's path when a value is wrong or the file describes another model.
  public init(huggingFace document: JSONValue) throws {
    let reader = try KeyReader(document)
    let vision = try HuggingFaceSection(reader, "vision_config"), text = try HuggingFaceSection(reader, "text_config")
    switch try reader.string("model_type") ?? "clip" {
    case "clip": break
    case "siglip":
      self = try CLIPConfiguration(sigLIP: vision, text)
      return
    case "siglip2":
      throw InputError(
        "SigLIP 2's models of any image size (NaFlex) are not supported", at: "model_type",
        advice: "those of one size are, whose type is \"siglip\"")
    case let type:
      throw InputError(
        "the model type \(type.quoted()) is not supported", at: "model_type", advice: "only \"clip\" and \"siglip\" are"
      )
    }
    embedDimension = try reader.whole("projection_dim", ShapeLimits.embedding, default: 512)
    initialLogitScale = Float(
      try reader.number("logit_scale_init_value", -100...100, default: Double(Self.standardLogitScale)))
    initialLogitBias = nil
    let activation = try vision.activation(default: CLIPActivation.quickGELU)
    guard activation == (try text.activation(default: .quickGELU)) else {
      throw InputError("the two towers' activations differ", at: "text_config.hidden_act")
    }
    usesQuickGELU = activation == .quickGELU

    let visionLayers = try vision.whole("num_hidden_layers", ShapeLimits.layers, default: 12)
    let visionWidth = try vision.whole("hidden_size", ShapeLimits.width, default: 768)
    let visionHeads = try vision.heads(default: 12, width: visionWidth)
    guard try vision.whole("num_channels", 1...64, default: 3) == 3 else {
      throw InputError("only images of 3 channels are supported", at: "vision_config.num_channels")
    }
    let imageSize = try vision.square("image_size", ShapeLimits.image, default: 224)
    let patchSize = try vision.square("patch_size", ShapeLimits.image, default: 32)
    try VisionConfiguration.checkPatches(patchSize, of: imageSize, at: "vision_config.patch_size")
    self.vision = VisionConfiguration(
      imageSize: imageSize, patchSize: patchSize, width: visionWidth, headWidth: visionWidth / visionHeads,
      headsPerLayer: Array(repeating: visionHeads, count: visionLayers),
      mlpWidth: Array(
        repeating: try vision.whole("intermediate_size", ShapeLimits.mlpWidth, default: 3072),
        count: visionLayers),
      layerNormEpsilon: Float(try vision.number("layer_norm_eps", 0...1, default: 1e-5)))

    let textLayers = try text.whole("num_hidden_layers", ShapeLimits.layers, default: 12)
    let textWidth = try text.whole("hidden_size", ShapeLimits.width, default: 512)
    let textHeads = try text.heads(default: 8, width: textWidth)
    let endID = try text.whole("eos_token_id", 0...ShapeLimits.vocabulary.upperBound, default: 49407)
    self.text = TextConfiguration(
      contextLength: try text.whole("max_position_embeddings", ShapeLimits.context, default: 77),
      vocabularySize: try text.whole("vocab_size", ShapeLimits.vocabulary, default: 49408), width: textWidth,
      headWidth: textWidth / textHeads, headsPerLayer: Array(repeating: textHeads, count: textLayers),
      mlpWidth: Array(
        repeating: try text.whole("intermediate_size", ShapeLimits.mlpWidth, default: 2048), count: textLayers
      ),
      layerNormEpsilon: Float(try text.number("layer_norm_eps", 0...1, default: 1e-5)),
      // transformers reads 2, which early conversions wrote by mistake, as "take the largest id".
      poolType: endID == 2 ? .argmax : .eos, eosID: endID,
      padID: try text.whole("pad_token_id", 0...ShapeLimits.vocabulary.upperBound, default: 1))
  }
}

private enum CLIPActivation: String, CaseIterable {
  case quickGELU = "quick_gelu"
  case gelu
}

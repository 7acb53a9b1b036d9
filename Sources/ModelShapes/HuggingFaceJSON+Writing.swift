public import CLIPFiles

extension CLIPConfiguration {
  /// The model as a Hugging Face `config.json`, which transformers' `CLIPModel` loads, or `SiglipModel` where the model is
  /// built like SigLIP.
  /// - Parameter endID: the tokenizer's end token, for models that pool the largest id; else the last
  /// - Throws: ``InputError`` that names what `CLIPModel` cannot express.
  public func huggingFaceJSON(endID: Int? = nil) throws -> JSONValue {
    if isSigLIP { return try sigLIPJSON() }
    try refuseBeyondHuggingFace()
    let activation: JSONValue = usesQuickGELU ? "quick_gelu" : "gelu"
    // The first end token and the largest id are the same token, unless a text holds the last id itself.
    let end = endID ?? (text.poolType == .eos ? text.eosID : text.vocabularySize - 1)
    return .object([
      "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": .integer(embedDimension),
      "logit_scale_init_value": .number(Double("\(initialLogitScale)") ?? Double(initialLogitScale)),
      "text_config": .object([
        "model_type": "clip_text_model", "vocab_size": .integer(text.vocabularySize),
        "max_position_embeddings": .integer(text.contextLength), "hidden_size": .integer(text.width),
        "num_hidden_layers": .integer(text.layers), "num_attention_heads": .integer(text.heads),
        "intermediate_size": .integer(text.mlpWidth.first ?? 0), "projection_dim": .integer(embedDimension),
        "hidden_act": activation, "layer_norm_eps": Self.number(text.layerNormEpsilon),
        "bos_token_id": .integer(max(0, end - 1)), "eos_token_id": .integer(end),
        "pad_token_id": .integer(text.padID),
      ]),
      "vision_config": .object([
        "model_type": "clip_vision_model", "image_size": .integer(vision.imageSize),
        "patch_size": .integer(vision.patchSize), "num_channels": 3, "hidden_size": .integer(vision.width),
        "num_hidden_layers": .integer(vision.layers), "num_attention_heads": .integer(vision.heads),
        "intermediate_size": .integer(vision.mlpWidth.first ?? 0), "projection_dim": .integer(embedDimension),
        "hidden_act": activation, "layer_norm_eps": Self.number(vision.layerNormEpsilon),
      ]),
    ])
  }

  private static func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }

  private func refuseBeyondHuggingFace() throws {
    if let obstacle = obstacle(to: .huggingFace) {
      throw InputError(
        "Hugging Face's CLIPModel cannot express \(obstacle)", advice: "write the open_clip layout instead")
    }
  }
}

extension PreprocessConfiguration {
  /// A Hugging Face `preprocessor_config.json` of a `CLIPImageProcessor`: `size` is the shorter side, or height and
  /// width where proportions are given up; of a `SiglipImageProcessor` for pictures of SigLIP's that are squashed.
  /// - Throws: ``InputError`` for a resize mode that class does not have.
  public func huggingFaceJSON(isSigLIP: Bool = false) throws -> JSONValue {
    guard resizeMode != .longest else {
      throw InputError(
        "Hugging Face's CLIPImageProcessor cannot express the resize mode \"\(resizeMode.rawValue)\"",
        advice: "write the open_clip layout instead")
    }
    let square: JSONValue = ["height": .integer(size), "width": .integer(size)]
    if isSigLIP, resizeMode == .squash {
      return .object([
        "image_processor_type": "SiglipImageProcessor", "do_convert_rgb": true, "do_resize": true, "size": square,
        "resample": interpolation == .bicubic ? 3 : 2, "do_rescale": true, "rescale_factor": .number(1 / 255.0),
        "do_normalize": true, "image_mean": Self.list(mean), "image_std": Self.list(std),
      ])
    }
    return .object([
      "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": true, "do_resize": true,
      "size": resizeMode == .squash ? square : ["shortest_edge": .integer(size)],
      "resample": interpolation == .bicubic ? 3 : 2,
      "do_center_crop": .bool(resizeMode == .shortest), "crop_size": square, "do_rescale": true,
      "rescale_factor": .number(1 / 255.0), "do_normalize": true, "image_mean": Self.list(mean),
      "image_std": Self.list(std),
    ])
  }
}

public import CLIPFiles

extension CLIPConfiguration {
  /// The model as open_clip's JSON: its keys only where they can express the shape, this package's own
  /// (`heads`, `head_width`, `mlp_width`) where they cannot. Reading it back gives the same configuration.
  public func json() -> JSONValue {
    var object = JSONObject()
    object["embed_dim"] = .integer(embedDimension)
    if usesQuickGELU { object["quick_gelu"] = true }
    if initialLogitScale != Self.standardLogitScale { object["init_logit_scale"] = exact(initialLogitScale) }
    if let initialLogitBias { object["init_logit_bias"] = exact(initialLogitBias) }
    object["vision_cfg"] = .object(vision.json())
    object["text_cfg"] = .object(text.json())
    return .object(object)
  }

  /// An `open_clip_config.json`: the model and how its images are prepared.
  public func json(with preprocess: PreprocessConfiguration) -> JSONValue {
    .object(["model_cfg": json(), "preprocess_cfg": preprocess.json()])
  }
}

extension VisionConfiguration {
  func json() -> JSONObject {
    var object: JSONObject = [
      "image_size": .integer(imageSize), "patch_size": .integer(patchSize), "width": .integer(width),
      "layers": .integer(layers),
    ]
    if !headsFillWidth { object["heads"] = perLayer(headsPerLayer) }
    object["head_width"] = .integer(headWidth)
    writeBlocks(to: &object)
    if poolType != .tok { object["pool_type"] = .string(poolType.rawValue) }
    if finalLayerNormAfterPool { object["final_ln_after_pool"] = true }
    if !hasPreLayerNorm { object["no_ln_pre"] = true }
    if positionalEmbedding != .learnable { object["pos_embed_type"] = .string(positionalEmbedding.rawValue) }
    if poolType == .attention, let attentionPool {
      if attentionPool.heads != width / (attentionPool.headWidth ?? headWidth) {
        object["pool_heads"] = .integer(attentionPool.heads)
      }
      if attentionPool.hidden != 4 * width { object["pool_mlp_width"] = .integer(attentionPool.hidden) }
      if let own = attentionPool.headWidth { object["pool_head_width"] = .integer(own) }
    }
    if !hasClassToken { object["class_token"] = false }
    if hasPatchBias { object["patch_bias"] = true }
    if projType != .linear { object["proj_type"] = .string(projType.rawValue) }
    if projectionBias { object["proj_bias"] = true }
    if let rotaryReference { object["rotary_reference"] = .integer(rotaryReference) }
    if rotaryOffset != 0 { object["rotary_offset"] = .integer(rotaryOffset) }
    if rotaryStartsWithColumns { object["rotary_indexing"] = "xy" }
    return object
  }
}

extension TextConfiguration {
  func json() -> JSONObject {
    var object: JSONObject = [
      "context_length": .integer(contextLength), "vocab_size": .integer(vocabularySize),
      "width": .integer(width),
      "heads": perLayer(headsPerLayer), "layers": .integer(layers),
    ]
    if !headsFillWidth { object["head_width"] = .integer(headWidth) }
    writeBlocks(to: &object)
    if poolType != .argmax { object["pool_type"] = .string(poolType.rawValue) }
    if eosID != 2 { object["eos_id"] = .integer(eosID) }
    if padID != 0 { object["pad_id"] = .integer(padID) }
    if noCausalMask { object["no_causal_mask"] = true }
    if projectionBias { object["proj_bias"] = true }
    if projType != .linear { object["proj_type"] = .string(projType.rawValue) }
    if let tokenizerName { object["hf_tokenizer_name"] = .string(tokenizerName) }
    if let tokenizerCleaning { object["tokenizer_kwargs"] = ["clean": .string(tokenizerCleaning)] }
    return object
  }
}

extension TowerConfiguration {
  fileprivate func writeBlocks(to object: inout JSONObject) {
    if let mlpRatio {
      object["mlp_ratio"] = .number(mlpRatio)
    } else {
      object["mlp_width"] = perLayer(mlpWidth)
    }
    if tower.isGated { object["swiglu"] = true }
    if tower.hasInnerNorms { object["inner_norms"] = true }
    if tower.inputBias != (rotary == nil ? .all : .withoutKeys) {
      object["input_bias"] = .string(tower.inputBias.rawValue)
    }
    if tower.usesTanhGELU { object["act_kwargs"] = ["approximate": "tanh"] }
    if let layerScaleInit { object["ls_init_value"] = exact(layerScaleInit) }
    if layerNormEpsilon != 1e-5 { object["norm_kwargs"] = ["eps": exact(layerNormEpsilon)] }
  }
}

/// One number where all layers agree, else a list.
private func perLayer(_ values: [Int]) -> JSONValue {
  if let first = values.first, values.allSatisfy({ $0 == first }) { return .integer(first) }
  return .array(values.map { .integer($0) })
}

/// The shortest decimal that reads back as the same float, rather than the float's digits in double
/// precision.
private func exact(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }

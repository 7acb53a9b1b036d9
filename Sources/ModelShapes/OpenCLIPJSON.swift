public import CLIPFiles

/// What to do with keys that nobody knows.
public enum UnknownKeys: Sendable {
  case refused, ignored
}

extension CLIPConfiguration {
  /// The shape in an open_clip configuration: a model's own (`embed_dim`, `vision_cfg`, `text_cfg`) or an
  /// `open_clip_config.json`, which holds it under `model_cfg`.
  ///
  /// This package's own keys, needed by pruned models only: in both towers `heads` and `mlp_width` as a
  /// number or as a list with one number a layer, and `head_width`.
  /// - Throws: ``InputError`` with the key's path when a value is wrong, a key unknown or a feature
  ///   not supported.
  public init(openCLIP document: JSONValue, unknownKeys: UnknownKeys = .refused) throws {
    let outer = try KeyReader(document)
    if outer.value("model_cfg") != nil {
      if unknownKeys == .refused { try outer.refuseUnknown(besides: ["model_cfg", "preprocess_cfg"]) }
      try self.init(try outer.section("model_cfg"), unknownKeys)
    } else {
      try self.init(outer, unknownKeys)
    }
  }

  private init(_ reader: KeyReader, _ unknownKeys: UnknownKeys) throws {
    try reader.refuse(["multimodal_cfg"]) { _ in "CoCa models (with a multimodal decoder) are not supported" }
    try reader.refuse(["nonscalar_logit_scale"]) { _ in "a logit scale that is a vector is not supported" }
    try reader.refuse(["mask_image", "mask_text"]) { _ in
      "TinyCLIP's models with learned masks are not supported"
    }
    if unknownKeys == .refused { try reader.refuseUnknown(besides: OpenCLIPKeys.top) }
    // It changes names in the checkpoint, not the model.
    _ = try reader.flag("custom_text")
    embedDimension = try reader.whole("embed_dim", ShapeLimits.embedding)
    usesQuickGELU = try reader.flag("quick_gelu")
    vision = try VisionConfiguration(try reader.section("vision_cfg"), unknownKeys)
    let textReader = try reader.section("text_cfg")
    text = try TextConfiguration(textReader, unknownKeys)
    initialLogitScale = Float(
      try reader.number("init_logit_scale", -100...100, default: Double(Self.standardLogitScale)))
    initialLogitBias =
      reader.value("init_logit_bias") == nil ? nil : Float(try reader.number("init_logit_bias", -1e6...1e6))
    if usesQuickGELU, try reader.section("vision_cfg").value("timm_model_name") != nil {
      throw InputError("QuickGELU beside timm's image tower is not supported", at: reader.location("quick_gelu"))
    }
    if usesQuickGELU, vision.tower.usesTanhGELU || text.tower.usesTanhGELU {
      throw InputError("QuickGELU has no approximation (act_kwargs)", at: reader.location("quick_gelu"))
    }
    if vision.projType == .none, vision.width != embedDimension {
      throw InputError(
        "without a projection the width (\(vision.width)) must be embed_dim (\(embedDimension))",
        at: try reader.section("vision_cfg").location("proj_type"))
    }
    if text.projType == .none, text.width != embedDimension {
      throw InputError(
        "without a projection the width (\(text.width)) must be embed_dim (\(embedDimension))",
        at: textReader.location("proj_type"))
    }
  }
}

extension VisionConfiguration {
  init(_ reader: KeyReader, _ unknownKeys: UnknownKeys) throws {
    if let tower = try TimmTower.read(reader, unknownKeys) {
      self = tower
      return
    }
    if reader.value("layers")?.arrayValue != nil {
      throw InputError(
        "ResNet image towers (a list of layers) are not supported", at: reader.location("layers"),
        advice: "use a vision transformer such as ViT-B-32")
    }
    try reader.refuse(["attentional_pool"]) { _ in "attentional pooling is not supported" }
    try reader.refuse(["input_patchnorm"]) { _ in "a layer norm over the input's patches is not supported" }
    try reader.refuseCustomBlocks()
    if unknownKeys == .refused { try reader.refuseUnknown(besides: OpenCLIPKeys.vision) }
    try reader.checkHarmlessKeys()
    _ = try reader.number("patch_dropout", 0...1, default: 0)

    imageSize = try reader.square("image_size", ShapeLimits.image, default: 224)
    patchSize = try reader.square("patch_size", ShapeLimits.image, default: 16)
    try Self.checkPatches(patchSize, of: imageSize, at: reader.location("patch_size"))
    let width = try reader.whole("width", ShapeLimits.width, default: 768)
    let layers = try reader.whole("layers", ShapeLimits.layers, default: 12)
    tower = try reader.towerShape(heads: reader.visionHeads(width: width, layers: layers), width: width)
    let averages = try reader.flag("global_average_pool")
    poolType = try reader.choice("pool_type", default: averages ? Pooling.avg : .tok)
    finalLayerNormAfterPool = try reader.flag("final_ln_after_pool")
    hasPreLayerNorm = !(try reader.flag("no_ln_pre"))
    positionalEmbedding = try reader.choice("pos_embed_type", default: .learnable)
    hasClassToken = try reader.flag("class_token", default: true)
    hasPatchBias = try reader.flag("patch_bias")
    projType = try reader.choice("proj_type", default: .linear)
    projectionBias = try reader.flag("proj_bias")
    if reader.value("rotary_reference") != nil {
      rotaryReference = try reader.whole("rotary_reference", ShapeLimits.image)
      rotaryOffset = try reader.whole("rotary_offset", ShapeLimits.image.lowerBound - 1...1024, default: 0)
      rotaryStartsWithColumns = try reader.choice("rotary_indexing", default: RotaryIndexing.ij) == .xy
    } else {
      try reader.refuse(["rotary_offset", "rotary_indexing"]) { "\($0) has a meaning with rotary_reference only" }
    }
    try readAttentionPool(reader)
    try checkEnding(reader)
  }
}

/// Which coordinate the first half of a rotary head goes by: the row, or the column; timm's names.
private enum RotaryIndexing: String, CaseIterable { case ij, xy }

extension VisionConfiguration {
  private mutating func readAttentionPool(_ reader: KeyReader) throws {
    let sizes = ["pool_heads", "pool_mlp_width", "pool_head_width"]
    guard poolType == .attention else {
      try reader.refuse(sizes) { "\($0) has a meaning with pool_type map only" }
      return
    }
    let own =
      reader.value("pool_head_width") == nil ? nil : try reader.whole("pool_head_width", ShapeLimits.width)
    let pool = AttentionPool(
      heads: try reader.whole("pool_heads", ShapeLimits.heads, default: max(1, width / (own ?? headWidth))),
      hidden: try reader.whole("pool_mlp_width", ShapeLimits.mlpWidth, default: 4 * width), headWidth: own)
    guard ShapeLimits.attention.contains(pool.heads * (own ?? headWidth)) else {
      throw InputError(
        "\(pool.heads) heads of \(own ?? headWidth) channels are more than \(ShapeLimits.attention.upperBound)",
        at: reader.location("pool_heads"))
    }
    attentionPool = pool
  }

  /// What can be said key by key and not be computed together.
  private func checkEnding(_ reader: KeyReader) throws {
    if poolType == .attention, finalLayerNormAfterPool {
      throw InputError(
        "a norm behind the attention that pools is not supported", at: reader.location("final_ln_after_pool"),
        advice: "with pool_type map the last norm stands before it")
    }
    if poolType == .tok, !hasClassToken {
      throw InputError("pools a class token that the tower has not", at: reader.location("class_token"))
    }
    if rotary != nil, headWidth % 4 != 0 {
      throw InputError(
        "a head of \(headWidth) channels has no two equal halves of pairs", at: reader.location("head_width"),
        advice: "rotary positions need a multiple of 4")
    }
  }
}

extension TextConfiguration {
  init(_ reader: KeyReader, _ unknownKeys: UnknownKeys) throws {
    if let name = try reader.string("hf_model_name") {
      throw InputError(
        "text towers from Hugging Face transformers (\(name.quoted())) are not supported",
        at: reader.location("hf_model_name"), advice: "only open_clip's own text transformers are")
    }
    try reader.refuse(["embed_cls"]) { _ in "a class token at the end of the text (CoCa) is not supported" }
    try reader.refuseCustomBlocks()
    if unknownKeys == .refused { try reader.refuseUnknown(besides: OpenCLIPKeys.text) }
    try reader.checkHarmlessKeys()
    // open_clip reads this key and does not use it for texts.
    _ = try reader.flag("final_ln_after_pool")

    contextLength = try reader.whole("context_length", ShapeLimits.context, default: 77)
    vocabularySize = try reader.whole("vocab_size", ShapeLimits.vocabulary, default: 49408)
    let width = try reader.whole("width", ShapeLimits.width, default: 512)
    let layers = try reader.whole("layers", ShapeLimits.layers, default: 12)
    tower = try reader.towerShape(heads: reader.textHeads(width: width, layers: layers), width: width)
    poolType = try reader.choice("pool_type", default: .argmax)
    noCausalMask = try reader.flag("no_causal_mask")
    projectionBias = try reader.flag("proj_bias")
    projType = try reader.choice("proj_type", default: .linear)
    eosID = try reader.whole("eos_id", 0...ShapeLimits.vocabulary.upperBound, default: 2)
    padID = try reader.whole("pad_id", 0...ShapeLimits.vocabulary.upperBound, default: 0)
    tokenizerName = try reader.string("hf_tokenizer_name")
    _ = try reader.string("tokenizer_mode")
    tokenizerCleaning = nil
    if reader.value("tokenizer_kwargs") != nil {
      let options = try reader.section("tokenizer_kwargs")
      if unknownKeys == .refused { try options.refuseUnknown(besides: ["clean", "strip_sep_token"]) }
      tokenizerCleaning = try options.string("clean")
    }
  }
}

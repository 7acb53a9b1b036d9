import CLIPFiles

/// timm's image towers that are made of blocks known here, by timm's names: SigLIP's and SigLIP 2's, EVA-01's, EVA-02's and
/// Perception Encoder's.
///
/// Source: timm 1.0, `models/vision_transformer.py` and `models/eva.py`.
struct TimmTower {
  /// What a tower has besides its sizes.
  enum Kind {
    /// Attention that pools (arXiv:2303.15343), with the exact GELU or its approximation.
    case sigLIP, sigLIPTanh
    /// Keys without a bias (arXiv:2211.07636).
    case eva01
    /// Rotary positions, gates and inner norms (arXiv:2303.11331).
    case eva02
    /// Rotary positions beside learned ones, and 8 heads that pool (arXiv:2504.13181).
    case perception(reference: Int, hasClassToken: Bool)
    /// OpenAI's, with a bias behind it.
    case clip
    /// Layer scales, no biases of queries, keys and values, and the mean of all tokens.
    case averaged
  }

  let patch: Int, width: Int, layers: Int, heads: Int, mlpWidth: Int
  let kind: Kind

  private init(_ patch: Int, _ width: Int, _ layers: Int, _ heads: Int, _ mlpWidth: Int, _ kind: Kind) {
    self.patch = patch
    self.width = width
    self.layers = layers
    self.heads = heads
    self.mlpWidth = mlpWidth
    self.kind = kind
  }

  /// Patch, width, layers, heads and feed-forward width of the towers whose names begin alike, by image size.
  private static let towers: [(stem: String, images: [Int], tower: TimmTower)] = [
    ("vit_base_patch16_siglip", [224, 256, 384, 512], TimmTower(16, 768, 12, 12, 3072, .sigLIP)),
    ("vit_base_patch32_siglip", [256], TimmTower(32, 768, 12, 12, 3072, .sigLIPTanh)),
    ("vit_large_patch16_siglip", [256, 384], TimmTower(16, 1024, 24, 16, 4096, .sigLIP)),
    ("vit_large_patch16_siglip", [512], TimmTower(16, 1024, 24, 16, 4096, .sigLIPTanh)),
    ("vit_so400m_patch14_siglip", [224, 378, 384], TimmTower(14, 1152, 27, 16, 4304, .sigLIP)),
    ("vit_so400m_patch16_siglip", [256, 384, 512], TimmTower(16, 1152, 27, 16, 4304, .sigLIPTanh)),
    ("vit_giantopt_patch16_siglip", [256, 384], TimmTower(16, 1536, 40, 16, 6144, .sigLIPTanh)),
    ("vit_large_patch14_clip", [224], TimmTower(14, 1024, 24, 16, 4096, .clip)),
    ("vit_medium_patch16_gap", [256], TimmTower(16, 512, 12, 8, 2048, .averaged)),
    ("eva_giant_patch14", [224], TimmTower(14, 1408, 40, 16, 6144, .eva01)),
    ("eva_giant_patch14_clip", [224], TimmTower(14, 1408, 40, 16, 6144, .eva01)),
    ("eva02_base_patch16_clip", [224], TimmTower(16, 768, 12, 12, 2048, .eva02)),
    ("eva02_large_patch14_clip", [224, 336], TimmTower(14, 1024, 24, 16, 2730, .eva02)),
    (
      "vit_pe_core_tiny_patch16", [384], TimmTower(16, 192, 12, 3, 768, .perception(reference: 24, hasClassToken: true))
    ),
    (
      "vit_pe_core_small_patch16", [384],
      TimmTower(16, 384, 12, 6, 1536, .perception(reference: 24, hasClassToken: true))
    ),
    (
      "vit_pe_core_base_patch16", [224],
      TimmTower(16, 768, 12, 12, 3072, .perception(reference: 14, hasClassToken: true))
    ),
    (
      "vit_pe_core_large_patch14", [336],
      TimmTower(14, 1024, 24, 16, 4096, .perception(reference: 24, hasClassToken: true))
    ),
    (
      "vit_pe_core_gigantic_patch14", [448],
      TimmTower(14, 1536, 50, 16, 8960, .perception(reference: 32, hasClassToken: false))
    ),
  ]

  /// The tower of a name such as `vit_base_patch16_siglip_224`, or nil; what follows a dot names weights, not the tower.
  static func named(_ name: String) -> TimmTower? {
    let plain = name.prefix { $0 != "." }
    for (stem, images, tower) in towers where images.contains(where: { plain == "\(stem)_\($0)" }) { return tower }
    return nil
  }

  /// The tower for images of a size.
  func configuration(imageSize: Int) -> VisionConfiguration {
    var vision = VisionConfiguration(
      imageSize: imageSize, patchSize: patch, width: width, layers: layers, heads: heads, headWidth: width / heads,
      mlpWidth: mlpWidth)
    vision.layerNormEpsilon = 1e-6
    vision.hasPreLayerNorm = false
    vision.hasPatchBias = true
    vision.projectionBias = true
    switch kind {
    case .sigLIP, .sigLIPTanh:
      vision.hasClassToken = false
      vision.poolType = .attention
      vision.attentionPool = .init(heads: heads, hidden: mlpWidth)
      vision.projType = .none
      vision.projectionBias = false
      if case .sigLIPTanh = kind { vision.tower.usesTanhGELU = true }
    case .clip:
      vision.layerNormEpsilon = 1e-5
      vision.hasPreLayerNorm = true
      vision.hasPatchBias = false
    case .eva01: vision.tower.inputBias = .withoutKeys
    case .eva02:
      vision.tower.inputBias = .withoutKeys
      vision.tower.isGated = true
      vision.tower.hasInnerNorms = true
      vision.rotaryReference = 16
    case .perception(let reference, let hasClassToken):
      vision.layerNormEpsilon = 1e-5
      vision.hasPreLayerNorm = true
      vision.hasPatchBias = false
      vision.hasClassToken = hasClassToken
      vision.rotaryReference = reference
      // Towers with a class token count rows and columns from one.
      vision.rotaryOffset = hasClassToken ? 1 : 0
      vision.rotaryStartsWithColumns = true
      vision.poolType = .attention
      vision.attentionPool = .init(heads: 8, hidden: 4 * width, headWidth: width / 8)
    case .averaged:
      vision.tower.inputBias = .none
      vision.layerScaleInit = 1e-6
      vision.hasClassToken = false
      vision.poolType = .avg
      vision.projectionBias = false
    }
    return vision
  }

  /// How open_clip's `timm_pool` must pool it, and what `timm_proj` must say.
  private var ending: (pool: String, projection: String?) {
    switch kind {
    case .sigLIP, .sigLIPTanh: ("map", "none")
    case .perception: ("map", nil)
    case .clip, .eva01, .eva02: ("token", nil)
    case .averaged: ("", "linear")
    }
  }

  /// The tower that a configuration's `timm_` keys name; nil where there are none.
  /// - Throws: ``InputError`` for one that is not known here, or is pooled or projected otherwise.
  static func read(_ reader: KeyReader, _ unknownKeys: UnknownKeys) throws -> VisionConfiguration? {
    guard let name = try reader.string("timm_model_name") else { return nil }
    guard let tower = named(name) else {
      throw InputError(
        "timm's image tower \(name.quoted()) is not supported", at: reader.location("timm_model_name"),
        advice: "SigLIP's, SigLIP 2's, EVA-01's, EVA-02's and Perception Encoder's are, and open_clip's own")
    }
    // open_clip passes over its other keys beside the name, so they may hold anything.
    if unknownKeys == .refused { try reader.refuseUnknown(besides: OpenCLIPKeys.vision) }
    try reader.refuse(OpenCLIPKeys.ownVision) {
      "\($0) is not read beside timm_model_name, which says all of the tower"
    }
    let ending = tower.ending
    guard let pool = try reader.string("timm_pool") else {
      throw InputError(
        "is missing, which open_clip takes for \"avg\"; \(name) is pooled by \(ending.pool.quoted())",
        at: reader.location("timm_pool"))
    }
    let projection = try reader.string("timm_proj")
    guard pool == ending.pool else {
      throw InputError(
        "\(name) pooled by \(pool.quoted()) is not supported", at: reader.location("timm_pool"),
        advice: "only \(ending.pool.quoted()) is")
    }
    guard projection ?? "" == ending.projection ?? "", try !reader.flag("timm_proj_bias") else {
      throw InputError(
        "\(name) projected by \((projection ?? "its head").quoted())"
          + (try reader.flag("timm_proj_bias") ? " with a bias" : "") + " is not supported",
        at: reader.location("timm_proj"))
    }
    let imageSize = try reader.square("image_size", ShapeLimits.image, default: 224)
    try VisionConfiguration.checkPatches(tower.patch, of: imageSize, at: reader.location("image_size"))
    return tower.configuration(imageSize: imageSize)
  }
}

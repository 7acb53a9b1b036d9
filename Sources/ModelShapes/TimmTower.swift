import CLIPFiles

/// timm's image towers that are made of blocks known here, by timm's names: SigLIP's with the exact GELU, and EVA-02's.
///
/// Source: timm 1.0, `models/vision_transformer.py` and `models/eva.py`.
struct TimmTower {
  let patch: Int, width: Int, layers: Int, heads: Int, mlpWidth: Int
  /// Rotary positions, gates and inner norms; else attention that pools.
  let isEVA: Bool

  private static let towers: [(name: String, images: [Int], tower: TimmTower)] = [
    (
      "vit_base_patch16_siglip", [224, 256, 384, 512],
      TimmTower(patch: 16, width: 768, layers: 12, heads: 12, mlpWidth: 3072, isEVA: false)
    ),
    (
      "vit_large_patch16_siglip", [256, 384],
      TimmTower(patch: 16, width: 1024, layers: 24, heads: 16, mlpWidth: 4096, isEVA: false)
    ),
    (
      "vit_so400m_patch14_siglip", [224, 378, 384],
      TimmTower(patch: 14, width: 1152, layers: 27, heads: 16, mlpWidth: 4304, isEVA: false)
    ),
    (
      "eva02_base_patch16_clip", [224],
      TimmTower(patch: 16, width: 768, layers: 12, heads: 12, mlpWidth: 2048, isEVA: true)
    ),
    (
      "eva02_large_patch14_clip", [224, 336],
      TimmTower(patch: 14, width: 1024, layers: 24, heads: 16, mlpWidth: 2730, isEVA: true)
    ),
  ]

  /// The tower of a name such as `vit_base_patch16_siglip_224`, or nil.
  static func named(_ name: String) -> TimmTower? {
    for (stem, images, tower) in towers where images.contains(where: { name == "\(stem)_\($0)" }) { return tower }
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
    if isEVA {
      vision.tower.isGated = true
      vision.tower.hasInnerNorms = true
      vision.rotaryReference = 16
      vision.projectionBias = true
    } else {
      vision.hasClassToken = false
      vision.poolType = .attention
      vision.attentionPool = .init(heads: heads, hidden: mlpWidth)
      vision.projType = .none
    }
    return vision
  }

  /// The tower that a configuration's `timm_` keys name; nil where there are none.
  /// - Throws: ``InputError`` for one that is not known here, or is pooled or projected otherwise.
  static func read(_ reader: KeyReader, _ unknownKeys: UnknownKeys) throws -> VisionConfiguration? {
    guard let name = try reader.string("timm_model_name") else { return nil }
    guard let tower = named(name) else {
      throw InputError(
        "timm's image towers (\(name.quoted())) are not supported", at: reader.location("timm_model_name"),
        advice: "only open_clip's own vision transformers are, and SigLIP's and EVA-02's")
    }
    if unknownKeys == .refused { try reader.refuseUnknown(besides: ["image_size"] + OpenCLIPKeys.timm) }
    let pool = try reader.string("timm_pool") ?? "", projection = try reader.string("timm_proj")
    guard pool == (tower.isEVA ? "token" : "map") else {
      throw InputError("\(name) pooled by \(pool.quoted()) is not supported", at: reader.location("timm_pool"))
    }
    guard projection == (tower.isEVA ? nil : "none") else {
      throw InputError(
        "\(name) projected by \((projection ?? "its head").quoted()) is not supported", at: reader.location("timm_proj"))
    }
    let imageSize = try reader.square("image_size", ShapeLimits.image, default: 224)
    try VisionConfiguration.checkPatches(tower.patch, of: imageSize, at: reader.location("image_size"))
    return tower.configuration(imageSize: imageSize)
  }
}

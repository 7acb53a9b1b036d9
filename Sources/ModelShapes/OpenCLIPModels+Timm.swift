extension OpenCLIPModels {
  /// open_clip's names whose image towers are timm's: ``TimmTower``.
  static let timm: [NamedModel] =
    (sigLIP + sigLIP2).map(\.model)
    + [
      clip("EVA01-g-14", "eva_giant_patch14_224", 224, embed: 1024, text: (768, 12), .eva01),
      clip("EVA01-g-14-plus", "eva_giant_patch14_224", 224, embed: 1024, text: (1024, 24), .eva01),
      clip("EVA02-B-16", "eva02_base_patch16_clip_224", 224, embed: 512, text: (512, 12), .eva02),
      clip("EVA02-L-14", "eva02_large_patch14_clip_224", 224, embed: 768, text: (768, 12), .eva02),
      clip("EVA02-L-14-336", "eva02_large_patch14_clip_336", 336, embed: 768, text: (768, 12), .eva02),
      clip(
        "PE-Core-T-16-384", "vit_pe_core_tiny_patch16_384", 384, embed: 512, text: (512, 12), context: 32, .perception),
      clip(
        "PE-Core-S-16-384", "vit_pe_core_small_patch16_384", 384, embed: 512, text: (512, 12), context: 32, .perception),
      clip(
        "PE-Core-B-16", "vit_pe_core_base_patch16_224", 224, embed: 1024, text: (1024, 24), context: 32, .perception),
      clip(
        "PE-Core-L-14-336", "vit_pe_core_large_patch14_336", 336, embed: 1024, text: (1024, 24), context: 32,
        .perception),
      clip(
        "PE-Core-bigG-14-448", "vit_pe_core_gigantic_patch14_448", 448, embed: 1280, text: (1280, 24), context: 72,
        .perception),
      clip(
        "MobileCLIP2-L-14", "vit_large_patch14_clip_224", 224, embed: 768, text: (768, 12), isCausal: false,
        .mobileCLIP2),
      clip("vit_medium_patch16_gap_256", "vit_medium_patch16_gap_256", 256, embed: 512, text: (512, 12), .averaged),
    ].compactMap { $0 }

  /// arXiv:2303.15343, with T5's English vocabulary, or mT5's.
  private static let sigLIP: [SigLIP] = [
    SigLIP("ViT-B-16-SigLIP", "vit_base_patch16_siglip_224", 224),
    SigLIP("ViT-B-16-SigLIP-256", "vit_base_patch16_siglip_256", 256),
    SigLIP("ViT-B-16-SigLIP-384", "vit_base_patch16_siglip_384", 384),
    SigLIP("ViT-B-16-SigLIP-512", "vit_base_patch16_siglip_512", 512),
    SigLIP("ViT-B-16-SigLIP-i18n-256", "vit_base_patch16_siglip_256", 256, .multilingual),
    SigLIP("ViT-L-16-SigLIP-256", "vit_large_patch16_siglip_256", 256),
    SigLIP("ViT-L-16-SigLIP-384", "vit_large_patch16_siglip_384", 384),
    SigLIP("ViT-SO400M-14-SigLIP", "vit_so400m_patch14_siglip_224", 224, context: 16),
    SigLIP("ViT-SO400M-14-SigLIP-378", "vit_so400m_patch14_siglip_378", 378),
    SigLIP("ViT-SO400M-14-SigLIP-384", "vit_so400m_patch14_siglip_384", 384),
    SigLIP("ViT-SO400M-16-SigLIP-i18n-256", "vit_so400m_patch16_siglip_256", 256, .multilingual, projectsText: false),
  ].compactMap { $0 }

  /// arXiv:2502.14786, with Gemma's vocabulary.
  private static let sigLIP2: [SigLIP] = [
    SigLIP("ViT-B-32-SigLIP2-256", "vit_base_patch32_siglip_256", 256, .gemma),
    SigLIP("ViT-B-16-SigLIP2", "vit_base_patch16_siglip_224", 224, .gemma),
    SigLIP("ViT-B-16-SigLIP2-256", "vit_base_patch16_siglip_256", 256, .gemma),
    SigLIP("ViT-B-16-SigLIP2-384", "vit_base_patch16_siglip_384", 384, .gemma),
    SigLIP("ViT-B-16-SigLIP2-512", "vit_base_patch16_siglip_512", 512, .gemma),
    SigLIP("ViT-L-16-SigLIP2-256", "vit_large_patch16_siglip_256", 256, .gemma),
    SigLIP("ViT-L-16-SigLIP2-384", "vit_large_patch16_siglip_384", 384, .gemma),
    SigLIP("ViT-L-16-SigLIP2-512", "vit_large_patch16_siglip_512", 512, .gemma),
    SigLIP("ViT-SO400M-14-SigLIP2", "vit_so400m_patch14_siglip_224", 224, .gemma),
    SigLIP("ViT-SO400M-14-SigLIP2-378", "vit_so400m_patch14_siglip_378", 378, .gemma),
    SigLIP("ViT-SO400M-16-SigLIP2-256", "vit_so400m_patch16_siglip_256", 256, .gemma),
    SigLIP("ViT-SO400M-16-SigLIP2-384", "vit_so400m_patch16_siglip_384", 384, .gemma),
    SigLIP("ViT-SO400M-16-SigLIP2-512", "vit_so400m_patch16_siglip_512", 512, .gemma),
    SigLIP(
      "ViT-gopt-16-SigLIP2-256", "vit_giantopt_patch16_siglip_256", 256, .gemma, text: "vit_so400m_patch16_siglip_256"),
    SigLIP(
      "ViT-gopt-16-SigLIP2-384", "vit_giantopt_patch16_siglip_384", 384, .gemma, text: "vit_so400m_patch16_siglip_256"),
  ].compactMap { $0 }

  /// What to say of a model with CLIP's text tower.
  private enum Family: String {
    /// arXiv:2303.15389.
    case eva01 = "EVA-01: keys without a bias"
    case eva02 = "EVA-02: rotary positions, gates"
    /// arXiv:2504.13181.
    case perception = "Perception Encoder: rotary positions, attention that pools"
    /// arXiv:2508.20691.
    case mobileCLIP2 = "MobileCLIP 2's large tower"
    case averaged = "timm's ViT without a class token: averaged images, layer scales"
  }

  /// One of timm's towers beside CLIP's text tower.
  private static func clip(
    _ name: String, _ timm: String, _ image: Int, embed: Int, text: (width: Int, layers: Int), context: Int = 77,
    isCausal: Bool = true, _ family: Family
  ) -> NamedModel? {
    guard let tower = TimmTower.named(timm) else { return nil }
    var configuration = TextConfiguration(
      contextLength: context, vocabularySize: 49408, width: text.width, layers: text.layers, heads: text.width / 64,
      mlpWidth: 4 * text.width)
    configuration.noCausalMask = !isCausal
    return NamedModel(
      name: name, description: "\(family.rawValue), patches of \(tower.patch) pixels, images of \(image)",
      configuration: CLIPConfiguration(
        embedDimension: embed, vision: tower.configuration(imageSize: image), text: configuration))
  }
}

/// A SigLIP model and what its name means. The text tower has the image tower's sizes, but beside the largest.
private struct SigLIP {
  let model: NamedModel

  /// Vocabularies, by their size and open_clip's name.
  enum Vocabulary: Int {
    case english = 32_000
    case multilingual = 250_000
    /// SigLIP 2's.
    case gemma = 256_000

    func tokenizer(of model: String) -> String {
      switch self {
      case .english: "timm/ViT-B-16-SigLIP"
      case .multilingual: "timm/ViT-B-16-SigLIP-i18n-256"
      case .gemma: "timm/\(model)"
      }
    }
  }

  init?(
    _ name: String, _ timm: String, _ image: Int, _ vocabulary: Vocabulary = .english, context: Int = 64,
    text: String? = nil, projectsText: Bool = true
  ) {
    guard let tower = TimmTower.named(timm), let sizes = TimmTower.named(text ?? timm) else { return nil }
    var text = TextConfiguration(
      contextLength: context, vocabularySize: vocabulary.rawValue, width: sizes.width, layers: sizes.layers,
      heads: sizes.heads, mlpWidth: sizes.mlpWidth)
    text.layerNormEpsilon = 1e-6
    text.noCausalMask = true
    text.projectionBias = projectsText
    text.projType = projectsText ? .linear : .none
    text.poolType = .last
    text.tokenizerName = vocabulary.tokenizer(of: name)
    text.tokenizerCleaning = "canonicalize"
    text.tower.usesTanhGELU = vocabulary == .gemma
    model = NamedModel(
      name: name,
      description:
        "\(vocabulary == .gemma ? "SigLIP 2" : "SigLIP"), patches of \(tower.patch) pixels, images of \(image), "
        + "attention that pools" + (vocabulary == .multilingual ? ", many languages" : ""),
      configuration: CLIPConfiguration(
        embedDimension: tower.width, vision: tower.configuration(imageSize: image), text: text, initialLogitBias: -10))
  }
}

/// open_clip 3.3's configurations that run here, 83 of 144, by its names: those of its own two transformers, in this file,
/// and those with an image tower of timm's. The other 61 are in ``UnsupportedModels``.
///
/// What the first share is a size of towers; the rows say what else a name means. Held against open_clip's own JSON and
/// parameter counts by `Tests/ModelShapesTests`.
enum OpenCLIPModels {
  static let all: [NamedModel] = rows.map(\.model) + timm

  private static let rows = [
    Row("ViT-S-32-alt", .smallAlternative, patch: 32),
    Row("ViT-S-32", .small, patch: 32),
    Row("ViT-S-16-alt", .smallAlternative, patch: 16),
    Row("ViT-S-16", .small, patch: 16),
    Row("ViT-M-32-alt", .mediumAlternative, patch: 32),
    Row("ViT-M-32", .medium, patch: 32),
    Row("ViT-M-16-alt", .mediumAlternative, patch: 16, layerScale: 1e-4),
    Row("ViT-M-16", .medium, patch: 16),
    Row("ViT-B-32", .base, patch: 32),
    Row("ViT-B-32-quickgelu", .base, patch: 32, quickGELU: true),
    Row("ViT-B-32-256", .base, patch: 32, image: 256),
    Row("ViT-B-32-plus-256", .basePlus, patch: 32, image: 256),
    Row("ViT-B-16", .base, patch: 16),
    Row("ViT-B-16-quickgelu", .base, patch: 16, quickGELU: true),
    Row("ViT-B-16-plus", .basePlus, patch: 16),
    Row("ViT-B-16-plus-240", .basePlus, patch: 16, image: 240),
    Row("ViT-L-14", .large, patch: 14),
    Row("ViT-L-14-quickgelu", .large, patch: 14, quickGELU: true),
    Row("ViT-L-14-280", .large, patch: 14, image: 280),
    Row("ViT-L-14-336", .large, patch: 14, image: 336),
    Row("ViT-L-14-336-quickgelu", .large, patch: 14, image: 336, quickGELU: true),
    Row("ViT-L-14-CLIPA", .large, patch: 14, .clipa),
    Row("ViT-L-14-CLIPA-336", .large, patch: 14, image: 336, .clipa),
    Row("ViT-L-14-worldwide", .large, patch: 14, .worldwideMT5),
    Row("ViT-L-14-worldwide-quickgelu", .large, patch: 14, quickGELU: true, .worldwideMT5),
    Row("ViT-L-16", .large, patch: 16),
    Row("ViT-L-16-320", .large, patch: 16, image: 320),
    Row("ViT-H-14", .huge, patch: 14),
    Row("ViT-H-14-quickgelu", .huge, patch: 14, quickGELU: true),
    Row("ViT-H-14-378", .huge, patch: 14, image: 378),
    Row("ViT-H-14-378-quickgelu", .huge, patch: 14, image: 378, quickGELU: true),
    Row("ViT-H-14-CLIPA", .huge, patch: 14, .clipa),
    Row("ViT-H-14-CLIPA-336", .huge, patch: 14, image: 336, .clipa),
    Row("ViT-H-14-worldwide", .huge, patch: 14, .worldwideXLMV),
    Row("ViT-H-14-worldwide-quickgelu", .huge, patch: 14, quickGELU: true, .worldwideXLMV),
    Row("ViT-H-14-worldwide-378", .huge, patch: 14, image: 378, .worldwideXLMV),
    Row("ViT-H-16", .huge, patch: 16),
    Row("ViT-g-14", .giant, patch: 14),
    Row("ViT-bigG-14", .gigantic, patch: 14),
    Row("ViT-bigG-14-quickgelu", .gigantic, patch: 14, quickGELU: true),
    Row("ViT-bigG-14-CLIPA", .gigantic, patch: 14, .clipa),
    Row("ViT-bigG-14-CLIPA-336", .gigantic, patch: 14, image: 336, .clipa),
    Row("ViT-bigG-14-worldwide", .gigantic, patch: 14, .worldwideXLMV),
    Row("ViT-bigG-14-worldwide-378", .gigantic, patch: 14, image: 378, .worldwideXLMV),
    Row("ViT-e-14", .enormous, patch: 14),
  ]
}

/// Both towers of a size; the embedding is as long as the text tower is wide, whose heads have 64 channels.
private struct Size {
  let title: String
  let width: Int, layers: Int, headWidth: Int, mlpWidth: Int
  let textWidth: Int, textLayers: Int

  static let smallAlternative = Size(
    title: "small", width: 384, layers: 12, headWidth: 64, mlpWidth: 1536, textWidth: 256, textLayers: 10)
  static let small = Size(
    title: "small", width: 384, layers: 12, headWidth: 64, mlpWidth: 1536, textWidth: 384, textLayers: 12)
  static let mediumAlternative = Size(
    title: "medium", width: 512, layers: 12, headWidth: 64, mlpWidth: 2048, textWidth: 384, textLayers: 12)
  static let medium = Size(
    title: "medium", width: 512, layers: 12, headWidth: 64, mlpWidth: 2048, textWidth: 512, textLayers: 12)
  static let base = Size(
    title: "base", width: 768, layers: 12, headWidth: 64, mlpWidth: 3072, textWidth: 512, textLayers: 12)
  static let basePlus = Size(
    title: "wider base", width: 896, layers: 12, headWidth: 64, mlpWidth: 3584, textWidth: 640, textLayers: 12)
  static let large = Size(
    title: "large", width: 1024, layers: 24, headWidth: 64, mlpWidth: 4096, textWidth: 768, textLayers: 12)
  static let huge = Size(
    title: "huge", width: 1280, layers: 32, headWidth: 80, mlpWidth: 5120, textWidth: 1024, textLayers: 24)
  static let giant = Size(
    title: "giant", width: 1408, layers: 40, headWidth: 88, mlpWidth: 6144, textWidth: 1024, textLayers: 24)
  static let gigantic = Size(
    title: "gigantic", width: 1664, layers: 48, headWidth: 104, mlpWidth: 8192, textWidth: 1280, textLayers: 32)
  static let enormous = Size(
    title: "enormous", width: 1792, layers: 56, headWidth: 112, mlpWidth: 15360, textWidth: 1280, textLayers: 36)
}

/// What a project changed in the towers or the vocabulary.
private enum Variant {
  case plain
  /// CLIPA, arXiv:2305.07017: BERT's vocabulary, texts of 32 tokens that see each other, images averaged.
  case clipa
  /// MetaCLIP 2, arXiv:2507.22062, with the vocabulary of mT5 or of XLM-V.
  case worldwideMT5, worldwideXLMV

  var title: String {
    switch self {
    case .plain: ""
    case .clipa: ", CLIPA: averaged images, BERT's tokens"
    case .worldwideMT5: ", MetaCLIP 2: mT5's tokens"
    case .worldwideXLMV: ", MetaCLIP 2: XLM-V's tokens"
    }
  }

  func change(_ model: inout CLIPConfiguration) {
    switch self {
    case .plain: break
    case .clipa:
      model.vision.poolType = .avg
      model.vision.finalLayerNormAfterPool = true
      model.vision.hasPreLayerNorm = false
      model.text.contextLength = 32
      model.text.vocabularySize = 32_000
      model.text.tokenizerName = "bert-base-uncased"
      model.text.poolType = .last
      model.text.noCausalMask = true
    case .worldwideMT5:
      model.text.vocabularySize = 250_100
      model.text.tokenizerName = "google/mt5-base"
      model.text.tokenizerCleaning = "canonicalize"
      model.text.poolType = .eos
      model.text.eosID = 1
    case .worldwideXLMV:
      model.text.vocabularySize = 901_629
      model.text.tokenizerName = "facebook/xlm-v-base"
      model.text.poolType = .eos
      model.text.eosID = 2
    }
  }
}

/// A name and what it means.
private struct Row {
  let model: NamedModel

  init(
    _ name: String, _ size: Size, patch: Int, image: Int = 224, quickGELU: Bool = false, _ variant: Variant = .plain,
    layerScale: Float? = nil
  ) {
    var shape = CLIPConfiguration(
      embedDimension: size.textWidth, usesQuickGELU: quickGELU,
      vision: VisionConfiguration(
        imageSize: image, patchSize: patch, width: size.width, layers: size.layers,
        heads: size.width / size.headWidth, headWidth: size.headWidth, mlpWidth: size.mlpWidth),
      text: TextConfiguration(
        contextLength: 77, vocabularySize: 49408, width: size.textWidth, layers: size.textLayers,
        heads: size.textWidth / 64, mlpWidth: 4 * size.textWidth))
    shape.vision.layerScaleInit = layerScale
    variant.change(&shape)
    model = NamedModel(
      name: name,
      description: "\(size.title) tower, patches of \(patch) pixels\(image == 224 ? "" : ", images of \(image)")"
        + (quickGELU ? ", QuickGELU" : "") + (layerScale == nil ? "" : ", layer scales") + variant.title,
      configuration: shape)
  }
}

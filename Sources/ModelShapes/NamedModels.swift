import Files

/// A model shape known by name.
public struct NamedModel: Equatable, Sendable {
  /// The name, as open_clip spells it.
  public let name: String
  /// One line for lists and help texts.
  public let description: String
  /// The model's shape.
  public let configuration: CLIPConfiguration
}

/// The catalog of shapes known by name: open_clip's names and values where it has the model.
public enum NamedModels {
  /// Every named model, in the order in which they are shown.
  public static let all: [NamedModel] = [
    NamedModel(
      name: "micro", description: "this project's smallest teacher: 64-pixel images, 5.4 M parameters",
      configuration: CLIPConfiguration(
        embedDimension: 128,
        vision: VisionConfiguration(
          imageSize: 64, patchSize: 8, width: 192, layers: 8, heads: 4, headWidth: 48, mlpWidth: 768),
        text: microText(layers: 6))),
    NamedModel(
      name: "micro-s",
      description: "a shallower micro with narrower heads, for searches that finish in minutes",
      configuration: CLIPConfiguration(
        embedDimension: 128,
        vision: VisionConfiguration(
          imageSize: 64, patchSize: 8, width: 192, layers: 6, heads: 6, headWidth: 32, mlpWidth: 768),
        text: microText(layers: 4))),
    NamedModel(
      name: "TinyCLIP-ViT-8M-16-Text-3M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
      configuration: tiny(patch: 16, width: 256, layers: 10, textWidth: 256, textHeads: 4, textLayers: 3)),
    NamedModel(
      name: "TinyCLIP-ViT-39M-16-Text-19M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
      configuration: tiny(patch: 16, width: 512, layers: 12, textWidth: 512, textHeads: 8, textLayers: 6)),
    NamedModel(
      name: "TinyCLIP-ViT-40M-32-Text-19M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
      configuration: tiny(patch: 32, width: 512, layers: 12, textWidth: 512, textHeads: 8, textLayers: 6)),
    NamedModel(
      name: "TinyCLIP-ViT-61M-32-Text-29M", description: "Microsoft's TinyCLIP, arXiv:2309.12314",
      configuration: tiny(patch: 32, width: 640, layers: 12, textWidth: 512, textHeads: 8, textLayers: 9)),
    NamedModel(
      name: "ViT-B-32", description: "base tower, patches of 32 pixels",
      configuration: base(patch: 32)),
    NamedModel(
      name: "ViT-B-32-quickgelu", description: "ViT-B-32 as OpenAI trained it",
      configuration: base(patch: 32, quickGELU: true)),
    NamedModel(
      name: "ViT-B-16", description: "base tower, patches of 16 pixels",
      configuration: base(patch: 16)),
    NamedModel(
      name: "ViT-B-16-quickgelu", description: "ViT-B-16 as OpenAI trained it",
      configuration: base(patch: 16, quickGELU: true)),
    NamedModel(
      name: "ViT-L-14", description: "large tower, patches of 14 pixels",
      configuration: large(image: 224)),
    NamedModel(
      name: "ViT-L-14-quickgelu", description: "ViT-L-14 as OpenAI trained it",
      configuration: large(image: 224, quickGELU: true)),
    NamedModel(
      name: "ViT-L-14-336", description: "ViT-L-14 for 336-pixel images",
      configuration: large(image: 336)),
    NamedModel(
      name: "ViT-L-14-336-quickgelu", description: "ViT-L-14-336 as OpenAI trained it",
      configuration: large(image: 336, quickGELU: true)),
    NamedModel(
      name: "ViT-H-14", description: "huge tower, patches of 14 pixels",
      configuration: CLIPConfiguration(
        embedDimension: 1024,
        vision: VisionConfiguration(
          imageSize: 224, patchSize: 14, width: 1280, layers: 32, heads: 16, headWidth: 80, mlpWidth: 5120),
        text: text(width: 1024, layers: 24, heads: 16))),
  ]

  /// The model of that name, exactly as it is spelt.
  /// - Throws: ``InputError`` with the nearest name.
  public static func model(_ name: String) throws -> NamedModel {
    if let model = all.first(where: { $0.name == name }) { return model }
    throw InputError(
      "unknown model \(name.quoted())", advice: Suggestion.advice(for: name, among: all.map(\.name)))
  }

  private static func text(width: Int, layers: Int, heads: Int) -> TextConfiguration {
    TextConfiguration(
      contextLength: 77, vocabularySize: 49408, width: width, layers: layers, heads: heads,
      mlpWidth: 4 * width)
  }

  private static func microText(layers: Int) -> TextConfiguration {
    TextConfiguration(
      contextLength: 32, vocabularySize: 4096, width: 128, layers: layers, heads: 4, mlpWidth: 512)
  }

  private static func vision(image: Int = 224, patch: Int, width: Int, layers: Int) -> VisionConfiguration {
    VisionConfiguration(
      imageSize: image, patchSize: patch, width: width, layers: layers, heads: width / 64, headWidth: 64,
      mlpWidth: 4 * width)
  }

  private static func base(patch: Int, quickGELU: Bool = false) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 512, usesQuickGELU: quickGELU, vision: vision(patch: patch, width: 768, layers: 12),
      text: text(width: 512, layers: 12, heads: 8))
  }

  private static func large(image: Int, quickGELU: Bool = false) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 768, usesQuickGELU: quickGELU,
      vision: vision(image: image, patch: 14, width: 1024, layers: 24),
      text: text(width: 768, layers: 12, heads: 12))
  }

  private static func tiny(
    patch: Int, width: Int, layers: Int, textWidth: Int, textHeads: Int, textLayers: Int
  ) -> CLIPConfiguration {
    CLIPConfiguration(
      embedDimension: 512, vision: vision(patch: patch, width: width, layers: layers),
      text: text(width: textWidth, layers: textLayers, heads: textHeads))
  }
}

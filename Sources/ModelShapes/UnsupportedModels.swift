/// open_clip 3.3's configurations that nothing here runs, 61 of 144, and what each of them is.
enum UnsupportedModels {
  /// What keeps a configuration out: for `"RN50" has a ResNet for its image tower`.
  enum Reason: String, CaseIterable {
    case convolutions = "has a convolutional image tower, ConvNeXt"
    case hybrid = "has an image tower of convolutions and attention"
    case windows = "has an image tower with shifted windows, Swin"
    case relativePositions = "has an image tower with relative positions"
    case postNorm = "has an image tower whose norms follow its branches"
    case resNet = "has a ResNet for its image tower"
    case huggingFaceText = "has a text tower of Hugging Face's"
    case coca = "is a CoCa model, with a decoder that writes texts"
  }

  static let reasons: [String: Reason] = Dictionary(
    uniqueKeysWithValues: names.flatMap { reason, list in
      list.split(whereSeparator: \.isWhitespace).map { (String($0), reason) }
    })

  private static let names: [(Reason, String)] = [
    (
      .convolutions,
      """
      convnext_base convnext_base_w convnext_base_w_320 convnext_large convnext_large_d convnext_large_d_320
      convnext_small convnext_tiny convnext_xlarge convnext_xxlarge convnext_xxlarge_320
      """
    ),
    (
      .hybrid,
      """
      MobileCLIP-B MobileCLIP-S1 MobileCLIP-S2 MobileCLIP2-B MobileCLIP2-S0 MobileCLIP2-S2 MobileCLIP2-S3 MobileCLIP2-S4
      ViTamin-B ViTamin-B-LTT ViTamin-L ViTamin-L-256 ViTamin-L-336 ViTamin-L-384 ViTamin-L2 ViTamin-L2-256
      ViTamin-L2-336 ViTamin-L2-384 ViTamin-S ViTamin-S-LTT ViTamin-XL-256 ViTamin-XL-336 ViTamin-XL-384
      """
    ),
    (.windows, "swin_base_patch4_window7_224"),
    (.relativePositions, "vit_relpos_medium_patch16_cls_224"),
    (.postNorm, "EVA02-E-14 EVA02-E-14-plus"),
    (
      .resNet,
      """
      RN101 RN101-quickgelu RN50 RN50-quickgelu RN50x16 RN50x16-quickgelu RN50x4 RN50x4-quickgelu RN50x64
      RN50x64-quickgelu
      """
    ),
    (
      .huggingFaceText,
      """
      mt5-base-ViT-B-32 mt5-xl-ViT-H-14 nllb-clip-base nllb-clip-base-siglip nllb-clip-large nllb-clip-large-siglip
      roberta-ViT-B-32 xlm-roberta-base-ViT-B-32 xlm-roberta-large-ViT-H-14
      """
    ),
    (.coca, "coca_base coca_roberta-ViT-B-32 coca_ViT-B-32 coca_ViT-L-14"),
  ]
}

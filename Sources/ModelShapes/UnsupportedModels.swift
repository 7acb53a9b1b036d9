/// open_clip 3.3's configurations that nothing here runs, 86 of 144, and what each of them is.
enum UnsupportedModels {
  /// What keeps a configuration out: for `"ViT-B-16-SigLIP" has an image tower of timm's`.
  enum Reason: String, CaseIterable {
    case timmTower = "has an image tower of timm's"
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
      .timmTower,
      """
      convnext_base convnext_base_w convnext_base_w_320 convnext_large convnext_large_d convnext_large_d_320
      convnext_small convnext_tiny convnext_xlarge convnext_xxlarge convnext_xxlarge_320 EVA01-g-14 EVA01-g-14-plus
      EVA02-E-14 EVA02-E-14-plus MobileCLIP-B MobileCLIP-S1 MobileCLIP-S2 MobileCLIP2-B MobileCLIP2-L-14 MobileCLIP2-S0
      MobileCLIP2-S2 MobileCLIP2-S3 MobileCLIP2-S4 nllb-clip-base-siglip nllb-clip-large-siglip PE-Core-B-16
      PE-Core-bigG-14-448 PE-Core-L-14-336 PE-Core-S-16-384 PE-Core-T-16-384 swin_base_patch4_window7_224
      ViT-B-16-SigLIP2 ViT-B-16-SigLIP2-256 ViT-B-16-SigLIP2-384 ViT-B-16-SigLIP2-512 ViT-B-32-SigLIP2-256
      ViT-gopt-16-SigLIP2-256 ViT-gopt-16-SigLIP2-384 ViT-L-16-SigLIP2-256 ViT-L-16-SigLIP2-384 ViT-L-16-SigLIP2-512
      ViT-SO400M-14-SigLIP2 ViT-SO400M-14-SigLIP2-378 ViT-SO400M-16-SigLIP-i18n-256 ViT-SO400M-16-SigLIP2-256
      ViT-SO400M-16-SigLIP2-384 ViT-SO400M-16-SigLIP2-512 vit_medium_patch16_gap_256 vit_relpos_medium_patch16_cls_224
      ViTamin-B ViTamin-B-LTT ViTamin-L ViTamin-L-256 ViTamin-L-336 ViTamin-L-384 ViTamin-L2 ViTamin-L2-256
      ViTamin-L2-336 ViTamin-L2-384 ViTamin-S ViTamin-S-LTT ViTamin-XL-256 ViTamin-XL-336 ViTamin-XL-384
      """
    ),
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
      mt5-base-ViT-B-32 mt5-xl-ViT-H-14 nllb-clip-base nllb-clip-large roberta-ViT-B-32 xlm-roberta-base-ViT-B-32
      xlm-roberta-large-ViT-H-14
      """
    ),
    (
      .coca,
      """
      coca_base coca_roberta-ViT-B-32 coca_ViT-B-32 coca_ViT-L-14
      """
    ),
  ]
}

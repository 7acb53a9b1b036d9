import CLIPFiles

/// What to say to names that other tools download weights by. Nothing is downloaded here.
package enum HubName {
  /// The advice for a checkpoint that is not there: the command that fetches it where `path` is a name of the Hugging
  /// Face Hub (`hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K`, `openai/clip-vit-base-patch32`), or one of open_clip's
  /// pretrained tags (`openai`, `laion2b_s34b_b79k`).
  /// - Parameter shape: what `--model` says, for tags that several models have
  package static func advice(forMissing path: String, shape: CLIPConfiguration? = nil) -> String {
    if let repository = repository(path) { return "nothing is downloaded; \(fetch(repository))" }
    if let model = NamedModels.known(path) {
      return
        "\(model.name.quoted()) is a shape: name it with --model, and a checkpoint folder or weight file with --pretrained"
    }
    if let tag = tag(path, shape) { return tag }
    if path.hasPrefix("local-dir:") { return "name the folder without local-dir:" }
    if path.contains("://") { return "nothing is downloaded; fetch the file and name its path" }
    return "check the path"
  }

  private static func fetch(_ repository: String) -> String {
    let folder = repository.split(separator: "/").last.map(String.init) ?? repository
    return "fetch it with: hf download \(repository) --local-dir \(folder) (then --pretrained \(folder))"
  }

  /// The repository that a path means, or nil where it may be a path like any other.
  private static func repository(_ path: String) -> String? {
    for prefix in ["hf-hub:", "hf://", "https://huggingface.co/"] where path.hasPrefix(prefix) {
      let name = path.dropFirst(prefix.count).split(separator: "/").prefix(2).joined(separator: "/")
      return isRepository(name) ? name : nil
    }
    let isFile = [".pt", ".pth", ".bin", ".safetensors", ".json", ".ckpt", ".gz"].contains { path.hasSuffix($0) }
    return isRepository(path) && !isFile && !Folder.exists(Folder.parent(of: path)) ? path : nil
  }

  /// `owner/name`, as the Hub spells names.
  private static func isRepository(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        (1...96).contains(part.count) && part.first != "." && part.first != "~"
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      }
  }

  /// For open_clip's tags: the model's own repository, or how to say which model is meant.
  private static func tag(_ name: String, _ shape: CLIPConfiguration?) -> String? {
    let tag = name.lowercased().replacing("-", with: "_")
    let models = tags.compactMap { model, repositories in repositories[tag].map { (model, $0) } }
      .sorted { $0.0 < $1.0 }
    guard let first = models.first else { return nil }
    var plain = shape
    plain?.usesQuickGELU = false
    if let match = models.first(where: { NamedModels.known($0.0)?.configuration == plain }) {
      return "nothing is downloaded; \(fetch(match.1))"
    }
    let names = models.count == 1 ? "\(first.0)'s" : "one of \(models.map(\.0).joined(separator: ", ")); \(first.0)'s"
    return "a tag of open_clip's, and nothing is downloaded; for \(names): \(fetch(first.1))"
  }

  /// open_clip 3.3's tags of the models that run here, and the repositories with their weights. A `-quickgelu` model
  /// has those of its plain namesake.
  private static let tags: [String: [String: String]] = [
    "ViT-B-32": [
      "openai": "timm/vit_base_patch32_clip_224.openai",
      "laion400m_e31": "timm/vit_base_patch32_clip_224.laion400m_e31",
      "laion400m_e32": "timm/vit_base_patch32_clip_224.laion400m_e32",
      "laion2b_e16": "timm/vit_base_patch32_clip_224.laion2b_e16",
      "laion2b_s34b_b79k": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
      "datacomp_xl_s13b_b90k": "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
      "datacomp_m_s128m_b4k": "laion/CLIP-ViT-B-32-DataComp.M-s128M-b4K",
      "commonpool_m_clip_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M.clip-s128M-b4K",
      "commonpool_m_laion_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M.laion-s128M-b4K",
      "commonpool_m_image_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M.image-s128M-b4K",
      "commonpool_m_text_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M.text-s128M-b4K",
      "commonpool_m_basic_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M.basic-s128M-b4K",
      "commonpool_m_s128m_b4k": "laion/CLIP-ViT-B-32-CommonPool.M-s128M-b4K",
      "datacomp_s_s13m_b4k": "laion/CLIP-ViT-B-32-DataComp.S-s13M-b4K",
      "commonpool_s_clip_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S.clip-s13M-b4K",
      "commonpool_s_laion_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S.laion-s13M-b4K",
      "commonpool_s_image_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S.image-s13M-b4K",
      "commonpool_s_text_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S.text-s13M-b4K",
      "commonpool_s_basic_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S.basic-s13M-b4K",
      "commonpool_s_s13m_b4k": "laion/CLIP-ViT-B-32-CommonPool.S-s13M-b4K",
      "metaclip_400m": "timm/vit_base_patch32_clip_224.metaclip_400m",
      "metaclip_fullcc": "timm/vit_base_patch32_clip_224.metaclip_2pt5b",
    ],
    "ViT-B-32-256": [
      "datacomp_s34b_b86k": "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K"
    ],
    "ViT-B-16": [
      "openai": "timm/vit_base_patch16_clip_224.openai",
      "laion400m_e31": "timm/vit_base_patch16_clip_224.laion400m_e31",
      "laion400m_e32": "timm/vit_base_patch16_clip_224.laion400m_e32",
      "laion2b_s34b_b88k": "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
      "datacomp_xl_s13b_b90k": "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
      "datacomp_l_s1b_b8k": "laion/CLIP-ViT-B-16-DataComp.L-s1B-b8K",
      "commonpool_l_clip_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L.clip-s1B-b8K",
      "commonpool_l_laion_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L.laion-s1B-b8K",
      "commonpool_l_image_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L.image-s1B-b8K",
      "commonpool_l_text_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L.text-s1B-b8K",
      "commonpool_l_basic_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L.basic-s1B-b8K",
      "commonpool_l_s1b_b8k": "laion/CLIP-ViT-B-16-CommonPool.L-s1B-b8K",
      "dfn2b": "apple/DFN2B-CLIP-ViT-B-16",
      "metaclip_400m": "timm/vit_base_patch16_clip_224.metaclip_400m",
      "metaclip_fullcc": "timm/vit_base_patch16_clip_224.metaclip_2pt5b",
    ],
    "ViT-B-16-plus-240": [
      "laion400m_e31": "timm/vit_base_patch16_plus_clip_240.laion400m_e31",
      "laion400m_e32": "timm/vit_base_patch16_plus_clip_240.laion400m_e31",
    ],
    "ViT-L-14": [
      "openai": "timm/vit_large_patch14_clip_224.openai",
      "laion400m_e31": "timm/vit_large_patch14_clip_224.laion400m_e31",
      "laion400m_e32": "timm/vit_large_patch14_clip_224.laion400m_e32",
      "laion2b_s32b_b82k": "laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
      "datacomp_xl_s13b_b90k": "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
      "commonpool_xl_clip_s13b_b90k": "laion/CLIP-ViT-L-14-CommonPool.XL.clip-s13B-b90K",
      "commonpool_xl_laion_s13b_b90k": "laion/CLIP-ViT-L-14-CommonPool.XL.laion-s13B-b90K",
      "commonpool_xl_s13b_b90k": "laion/CLIP-ViT-L-14-CommonPool.XL-s13B-b90K",
      "metaclip_400m": "timm/vit_large_patch14_clip_224.metaclip_400m",
      "metaclip_fullcc": "timm/vit_large_patch14_clip_224.metaclip_2pt5b",
      "dfn2b": "apple/DFN2B-CLIP-ViT-L-14",
      "dfn2b_s39b": "apple/DFN2B-CLIP-ViT-L-14-39B",
    ],
    "ViT-L-14-336": [
      "openai": "timm/vit_large_patch14_clip_336.openai"
    ],
    "ViT-H-14": [
      "laion2b_s32b_b79k": "laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
      "metaclip_fullcc": "timm/vit_huge_patch14_clip_224.metaclip_2pt5b",
      "metaclip_altogether": "timm/vit_huge_patch14_clip_224.metaclip_altogether",
      "dfn5b": "apple/DFN5B-CLIP-ViT-H-14",
    ],
    "ViT-H-14-378": [
      "dfn5b": "apple/DFN5B-CLIP-ViT-H-14-378"
    ],
    "ViT-g-14": [
      "laion2b_s12b_b42k": "laion/CLIP-ViT-g-14-laion2B-s12B-b42K",
      "laion2b_s34b_b88k": "laion/CLIP-ViT-g-14-laion2B-s34B-b88K",
    ],
    "ViT-bigG-14": [
      "laion2b_s39b_b160k": "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k",
      "metaclip_fullcc": "timm/vit_gigantic_patch14_clip_224.metaclip_2pt5b",
    ],
    "ViT-L-14-CLIPA": [
      "datacomp1b": "UCSC-VLAA/ViT-L-14-CLIPA-datacomp1B"
    ],
    "ViT-L-14-CLIPA-336": [
      "datacomp1b": "UCSC-VLAA/ViT-L-14-CLIPA-336-datacomp1B"
    ],
    "ViT-H-14-CLIPA": [
      "datacomp1b": "UCSC-VLAA/ViT-H-14-CLIPA-datacomp1B"
    ],
    "ViT-H-14-CLIPA-336": [
      "laion2b": "UCSC-VLAA/ViT-H-14-CLIPA-336-laion2B",
      "datacomp1b": "UCSC-VLAA/ViT-H-14-CLIPA-336-datacomp1B",
    ],
    "ViT-bigG-14-CLIPA": [
      "datacomp1b": "UCSC-VLAA/ViT-bigG-14-CLIPA-datacomp1B"
    ],
    "ViT-bigG-14-CLIPA-336": [
      "datacomp1b": "UCSC-VLAA/ViT-bigG-14-CLIPA-336-datacomp1B"
    ],
    "ViT-H-14-worldwide": [
      "metaclip2_worldwide": "timm/vit_huge_patch14_clip_224.metaclip2_worldwide"
    ],
    "ViT-H-14-worldwide-378": [
      "metaclip2_worldwide": "timm/vit_huge_patch14_clip_378.metaclip2_worldwide"
    ],
    "ViT-bigG-14-worldwide": [
      "metaclip2_worldwide": "timm/vit_gigantic_patch14_clip_224.metaclip2_worldwide"
    ],
    "ViT-bigG-14-worldwide-378": [
      "metaclip2_worldwide": "timm/vit_gigantic_patch14_clip_378.metaclip2_worldwide"
    ],
  ]
}

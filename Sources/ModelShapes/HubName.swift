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

  /// The repository whose files a name means, as ``HubCache`` looks for it: the Hub's own name, or one of open_clip's tags
  /// where `shape` says which model's.
  package static func repository(of name: String, shape: CLIPConfiguration? = nil) -> String? {
    repository(name) ?? models(withTag: name).first { isMeant($0.model, by: shape) }?.repository
  }

  /// The repository that a path means, or nil where it may be a path like any other.
  private static func repository(_ path: String) -> String? {
    for prefix in ["hf-hub:", "hf://", "https://huggingface.co/"] where path.hasPrefix(prefix) {
      let words = path.dropFirst(prefix.count).split(separator: "@", maxSplits: 1)
      let name = (words.first ?? "").split(separator: "/").prefix(2).joined(separator: "/")
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
    let models = models(withTag: name)
    guard let first = models.first else { return nil }
    if let match = models.first(where: { isMeant($0.model, by: shape) }) {
      return "nothing is downloaded; \(fetch(match.repository))"
    }
    let names =
      switch models.count {
      case 1: "\(first.model)'s"
      case ...4: "one of \(models.map(\.model).joined(separator: ", ")); \(first.model)'s"
      default: "one of \(models.count) models (name it with --model); \(first.model)'s"
      }
    return "a tag of open_clip's, and nothing is downloaded; for \(names): \(fetch(first.repository))"
  }

  /// The models that have weights of that tag, of those that run here.
  private static func models(withTag name: String) -> [(model: String, repository: String)] {
    let tag = name.lowercased().replacing("-", with: "_")
    return OpenCLIPTags.repositories.compactMap { model, tags in tags[tag].map { (model, $0) } }
      .filter { NamedModels.known($0.0) != nil }.sorted { $0.0 < $1.0 }
  }

  private static func isMeant(_ model: String, by shape: CLIPConfiguration?) -> Bool {
    guard var shape else { return false }
    shape.usesQuickGELU = false
    return NamedModels.known(model)?.configuration == shape
  }
}

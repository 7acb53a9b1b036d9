import Files

/// What a model needs besides its weights: its shape and how its images are prepared.
public struct ModelDescription: Equatable, Sendable {
  /// The model's shape.
  public var configuration: CLIPConfiguration
  /// How images are prepared for the model.
  public var preprocess: PreprocessConfiguration

  /// A model; without a preparation, open_clip's default at the model's image size.
  public init(configuration: CLIPConfiguration, preprocess: PreprocessConfiguration? = nil) {
    self.configuration = configuration
    self.preprocess = preprocess ?? PreprocessConfiguration(size: configuration.vision.imageSize)
  }

  /// A model named by the user: one of ``NamedModels``, a `.json` file, or a folder that holds an
  /// `open_clip_config.json` or a Hugging Face `config.json`.
  /// - Throws: ``InputError`` when there is no such name or file, or when it does not describe a CLIP model.
  public static func resolve(_ nameOrPath: String) throws -> ModelDescription {
    if Folder.exists(nameOrPath) { return try read(folder: nameOrPath) }
    if nameOrPath.hasSuffix(".json") { return try read(file: nameOrPath) }
    if let model = NamedModels.known(nameOrPath) { return ModelDescription(configuration: model.configuration) }
    if nameOrPath.hasPrefix("local-dir:") { return try resolve(String(nameOrPath.dropFirst("local-dir:".count))) }
    if nameOrPath.hasPrefix("hf-hub:") {
      throw InputError("is not on this machine", file: nameOrPath, advice: HubName.advice(forMissing: nameOrPath))
    }
    if nameOrPath.contains("/"), UnsupportedModels.reasons[nameOrPath.replacing("/", with: "-")] == nil {
      throw InputError(
        "is neither a folder nor a .json file", file: nameOrPath,
        advice: "name a model, a folder or a .json file")
    }
    return ModelDescription(configuration: try NamedModels.model(nameOrPath).configuration)
  }

  /// The description in a checkpoint folder.
  public static func read(folder: String) throws -> ModelDescription {
    for name in ["open_clip_config.json", "config.json"] where Folder.containsFile("\(folder)/\(name)") {
      return try read(file: "\(folder)/\(name)")
    }
    throw InputError(
      "holds neither open_clip_config.json nor config.json", file: folder,
      advice: "see docs/checkpoints.md for the layouts")
  }

  /// The description in a file of either layout. A Hugging Face one takes its preprocessing from a
  /// `preprocessor_config.json` beside it.
  public static func read(file path: String) throws -> ModelDescription {
    let document = try JSONParser.parse(file: path, limit: 1 << 24)
    if isHuggingFace(document) {
      let configuration = try namingFile(path) { try CLIPConfiguration(huggingFace: document) }
      let size = configuration.vision.imageSize
      let sidecar = Folder.parent(of: path) + "/preprocessor_config.json"
      guard Folder.containsFile(sidecar) else { return ModelDescription(configuration: configuration) }
      let preprocess = try JSONParser.parse(file: sidecar, limit: 1 << 24)
      return ModelDescription(
        configuration: configuration,
        preprocess: try namingFile(sidecar) {
          try PreprocessConfiguration(huggingFace: preprocess, size: size)
        })
    }
    return try namingFile(path) {
      let configuration = try CLIPConfiguration(openCLIP: document)
      return ModelDescription(
        configuration: configuration,
        preprocess: try PreprocessConfiguration(openCLIP: document, size: configuration.vision.imageSize))
    }
  }

  private static func isHuggingFace(_ document: JSONValue) -> Bool {
    ["model_type", "architectures", "vision_config", "text_config"].contains { document[$0] != nil }
  }
}

import CLIPFiles

/// What a model needs besides its weights: its shape and how its images are prepared.
public struct ModelDescription: Equatable, Sendable {
  /// The model's shape.
  public var configuration: CLIPConfiguration
  /// How images are prepared for the model.
  public var preprocess: PreprocessConfiguration
  /// The file that says how images are prepared; nil where it is assumed.
  public var preprocessFile: String?

  /// A model; without a preparation, the one that models of its kind were published with: OpenAI's, but for SigLIP's and
  /// Perception Encoder's.
  public init(
    configuration: CLIPConfiguration, preprocess: PreprocessConfiguration? = nil, preprocessFile: String? = nil
  ) {
    self.configuration = configuration
    self.preprocess = preprocess ?? PreprocessConfiguration(assumedFor: configuration)
    self.preprocessFile = preprocessFile
  }

  /// The same model with what flags ask for in place of what its files say.
  ///
  /// - Parameters:
  ///   - imageSize: `--force-image-size`
  ///   - usesQuickGELU: `--force-quick-gelu`
  /// - Throws: ``InputError`` when a file with these values would be refused.
  public func overriding(imageSize: Int? = nil, usesQuickGELU: Bool = false) throws -> ModelDescription {
    var result = self
    if usesQuickGELU { result.configuration.usesQuickGELU = true }
    if let imageSize {
      try VisionConfiguration.checkPatches(
        configuration.vision.patchSize, of: imageSize, at: "--force-image-size \(imageSize)")
      result.configuration.vision.imageSize = imageSize
      result.preprocess.size = imageSize
    }
    return result
  }

  /// The same model with the preparation of images that stands beside its weights, where one does.
  ///
  /// A model that is named for a checkpoint says its shape; how the checkpoint's images are prepared, its own files know
  /// best.
  /// - Throws: ``InputError`` when such a file is there and cannot be read.
  public func withPreprocess(besideWeightsIn folder: String) throws -> ModelDescription {
    guard let own = try Self.preprocess(in: folder, size: configuration.vision.imageSize) else { return self }
    var result = self
    (result.preprocess, result.preprocessFile) = own
    // The size is the model's: it decides how many positions there are.
    result.preprocess.size = configuration.vision.imageSize
    return result
  }

  /// A model named by the user: one of ``NamedModels``, a `.json` file, or a folder that holds an
  /// `open_clip_config.json` or a Hugging Face `config.json`; also one that comes along with the program (`base`), or that
  /// the Hugging Face cache holds (`hf-hub:OWNER/NAME`, `OWNER/NAME`).
  /// - Throws: ``InputError`` when there is no such name or file, or when it does not describe a CLIP model.
  public static func resolve(_ nameOrPath: String) throws -> ModelDescription {
    if Folder.exists(nameOrPath) { return try read(folder: nameOrPath) }
    if nameOrPath.hasSuffix(".json") { return try read(file: ShareFolder.located(nameOrPath)) }
    if let model = NamedModels.known(nameOrPath) { return ModelDescription(configuration: model.configuration) }
    if nameOrPath.hasPrefix("local-dir:") { return try resolve(String(nameOrPath.dropFirst("local-dir:".count))) }
    if let found = CheckpointPlace.find(nameOrPath) { return try read(folder: found.path) }
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
  /// `processor_config.json` or `preprocessor_config.json` beside it.
  public static func read(file path: String) throws -> ModelDescription {
    var document = try JSONParser.parse(file: path, limit: 1 << 24)
    if document["model_type"]?.stringValue == ownModelType {
      // Beside the shape stands what transformers keeps.
      document = .object(["model_cfg", "preprocess_cfg"].reduce(into: JSONObject()) { $0[$1] = document[$1] })
    }
    if isHuggingFace(document) {
      let configuration = try namingFile(path) { try CLIPConfiguration(huggingFace: document) }
      let size = configuration.vision.imageSize
      guard let (preprocess, file) = try huggingFacePreprocess(in: Folder.parent(of: path), size: size) else {
        return ModelDescription(configuration: configuration)
      }
      guard preprocess.size == size else {
        throw InputError(
          "pictures become \(preprocess.size) pixels wide, but the model takes \(size)", file: file, at: "size",
          advice: "make the two files agree")
      }
      return ModelDescription(configuration: configuration, preprocess: preprocess, preprocessFile: file)
    }
    return try namingFile(path) {
      let configuration = try CLIPConfiguration(openCLIP: document)
      var preprocess = try PreprocessConfiguration(openCLIP: document, size: configuration.vision.imageSize)
      // As in open_clip, the model's own size counts.
      preprocess.size = configuration.vision.imageSize
      return ModelDescription(
        configuration: configuration, preprocess: preprocess,
        preprocessFile: document["preprocess_cfg"] == nil ? nil : path)
    }
  }

  /// What a `config.json` calls models of `carbonclip_model.py`, which has the shape under `model_cfg`.
  package static let ownModelType = "carbonclip"

  private static func isHuggingFace(_ document: JSONValue) -> Bool {
    ["model_type", "architectures", "vision_config", "text_config"].contains { document[$0] != nil }
  }
}

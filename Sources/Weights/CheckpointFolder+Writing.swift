import CLIPFiles
public import CLIPLayers
public import CLIPModelShapes
import CLIPTensors

extension CheckpointFolder {
  /// Writes `open_clip_config.json` and `open_clip_model.safetensors`, which open_clip loads with `local-dir:FOLDER`
  /// unless the shape needs this package's own keys (see ``CLIPConfiguration/isStock``): then also `carbonclip_model.py`,
  /// which loads it in PyTorch, and a `config.json` by which transformers' `AutoModel` finds that.
  ///
  /// - Parameters:
  ///   - folder: made when it is missing; files of other names in it stay
  ///   - parameters: the model's parameters by open_clip's names
  ///   - elementType: float32, float16 or bfloat16
  /// - Throws: ``InputError`` when a parameter is missing or the folder cannot be written.
  public static func writeOpenCLIP(
    to folder: String, _ configuration: CLIPConfiguration, preprocess: PreprocessConfiguration? = nil,
    parameters: some ParameterSource, as elementType: ElementType = .float32
  ) throws {
    let preprocess = preprocess ?? PreprocessConfiguration(size: configuration.vision.imageSize)
    try Folder.make(folder)
    let tensors = ParameterList(configuration).parameters.map { parameter in
      let shape = Shape(parameter.shape)
      return OutgoingTensor(parameter.name, shape, as: elementType) {
        try parameters.parameter(parameter.name, shape)
      }
    }
    try SafetensorsWriter.write(tensors, to: "\(folder)/open_clip_model.safetensors")
    try AtomicFile.write(
      configuration.json(with: preprocess).text(indentation: 2) + "\n", to: "\(folder)/open_clip_config.json")
    try writeModule(to: folder, ModelDescription(configuration: configuration, preprocess: preprocess))
  }

  /// Writes `carbonclip_model.py` and its `config.json` beside weights in open_clip's layout, where open_clip itself does
  /// not load them.
  ///
  /// - Parameter description: the model; nil reads the folder's
  /// - Throws: ``InputError`` when the folder cannot be read or written.
  public static func writeModule(to folder: String, _ description: ModelDescription? = nil) throws {
    let model = try description ?? ModelDescription.read(folder: folder)
    guard !model.configuration.isStock else { return }
    try CarbonCLIPModule.write(
      to: folder, model.configuration, preprocess: model.preprocess, weights: "open_clip_model.safetensors")
  }

  /// Writes `config.json`, `preprocessor_config.json` and `model.safetensors`, which transformers'
  /// `CLIPModel` or `SiglipModel`, and their image processors, load with `from_pretrained(FOLDER)`.
  ///
  /// - Parameters:
  ///   - endID: the tokenizer's end token, for models that pool the largest id
  ///   - elementType: float32, float16 or bfloat16
  /// - Throws: ``InputError`` that names what these cannot express, before anything is written.
  public static func writeHuggingFace(
    to folder: String, _ configuration: CLIPConfiguration, preprocess: PreprocessConfiguration? = nil,
    parameters: some ParameterSource, endID: Int? = nil, as elementType: ElementType = .float32
  ) throws {
    let preprocess = preprocess ?? PreprocessConfiguration(size: configuration.vision.imageSize)
    let document = try configuration.huggingFaceJSON(endID: endID)
    let processor = try preprocess.huggingFaceJSON(isSigLIP: configuration.isSigLIP)
    try Folder.make(folder)
    let keys = configuration.isSigLIP ? HuggingFaceKeys.sigLIP : .clip
    let tensors = keys.toHuggingFace(
      configuration, load: { try parameters.parameter($0, $1) }, as: elementType)
    try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
    try AtomicFile.write(document.text(indentation: 2) + "\n", to: "\(folder)/config.json")
    try AtomicFile.write(processor.text(indentation: 2) + "\n", to: "\(folder)/preprocessor_config.json")
  }
}

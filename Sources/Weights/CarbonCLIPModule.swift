import CLIPFiles
import CLIPModelShapes

/// The PyTorch module that is written beside weights which no stock library loads: `carbonclip_model.py`.
enum CarbonCLIPModule {
  /// The module's file, and where the toolkit has it.
  static let name = "carbonclip_model.py"
  private static let source = "python/\(name)"

  /// Writes the module, and a `config.json` by which transformers' `AutoModel` finds it
  /// (`from_pretrained(FOLDER, trust_remote_code=True)`).
  ///
  /// - Parameter weights: the weight file's name
  /// - Throws: ``InputError`` when the folder cannot be written.
  static func write(
    to folder: String, _ configuration: CLIPConfiguration, preprocess: PreprocessConfiguration, weights: String
  ) throws {
    try AtomicFile.write(TextFile.text(of: DataFolder.path(source)), to: "\(folder)/\(name)")
    let document: JSONValue = [
      "architectures": ["CarbonCLIPModel"], "model_type": .string(ModelDescription.ownModelType),
      "auto_map": [
        "AutoConfig": "carbonclip_model.CarbonCLIPConfig", "AutoModel": "carbonclip_model.CarbonCLIPModel",
      ],
      "transformers_weights": .string(weights), "model_cfg": configuration.json(), "preprocess_cfg": preprocess.json(),
    ]
    try AtomicFile.write(document.text(indentation: 2) + "\n", to: "\(folder)/config.json")
  }
}

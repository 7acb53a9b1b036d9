import CLIPFiles

extension ModelDescription {
  private static let sizeLimit = 1 << 24

  /// How images are prepared, as a checkpoint folder's files say, and which file said it; nil where none does.
  /// - Throws: ``InputError`` when a file is there and cannot be read.
  static func preprocess(
    in folder: String, size: Int
  ) throws -> (preprocess: PreprocessConfiguration, file: String)? {
    let own = "\(folder)/open_clip_config.json"
    if Folder.containsFile(own) {
      let document = try JSONParser.parse(file: own, limit: sizeLimit)
      if document["preprocess_cfg"] != nil {
        return (try namingFile(own) { try PreprocessConfiguration(openCLIP: document, size: size) }, own)
      }
    }
    return try huggingFacePreprocess(in: folder, size: size)
  }

  /// The settings of transformers' image processor: since version 5 in `processor_config.json`, among those of the whole
  /// processor; before, and still by itself, in `preprocessor_config.json`. Source: transformers 5.24,
  /// `ImageProcessingMixin.get_image_processor_dict`, which takes them in this order.
  static func huggingFacePreprocess(
    in folder: String, size: Int
  ) throws -> (preprocess: PreprocessConfiguration, file: String)? {
    let whole = "\(folder)/processor_config.json", own = "\(folder)/preprocessor_config.json"
    var flat: JSONValue?
    if Folder.containsFile(whole) {
      let document = try JSONParser.parse(file: whole, limit: sizeLimit)
      if let nested = document["image_processor"], nested != .null {
        return (
          try namingFile(whole) { try PreprocessConfiguration(huggingFace: nested, size: size, at: "image_processor") },
          whole
        )
      }
      if ["image_mean", "image_std", "image_processor_type", "do_resize", "crop_size"].contains(where: {
        document[$0] != nil
      }) {
        flat = document
      }
    }
    if Folder.containsFile(own) {
      let document = try JSONParser.parse(file: own, limit: sizeLimit)
      return (try namingFile(own) { try PreprocessConfiguration(huggingFace: document, size: size) }, own)
    }
    guard let flat else { return nil }
    return (try namingFile(whole) { try PreprocessConfiguration(huggingFace: flat, size: size) }, whole)
  }
}

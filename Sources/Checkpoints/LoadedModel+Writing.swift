import CLIPFiles
public import CLIPWeights

extension LoadedModel {
  /// The layouts a checkpoint can be written in.
  public enum Layout: Sendable { case openCLIP, huggingFace }

  /// Writes the model, its preprocessing and its tokenizer to a folder.
  ///
  /// - Throws: ``InputError`` when the layout cannot express the model, or the folder cannot be written.
  public func write(
    to folder: String, as layout: Layout = .openCLIP, _ elementType: ElementType = .float32
  ) throws {
    let shape = model.configuration
    switch layout {
    case .openCLIP:
      try CheckpointFolder.writeOpenCLIP(
        to: folder, shape, preprocess: preprocess, parameters: parameters, as: elementType)
    case .huggingFace:
      try CheckpointFolder.writeHuggingFace(
        to: folder, shape, preprocess: preprocess, parameters: parameters, endID: Int(tokenizer.endToken),
        as: elementType)
    }
    try tokenizer.save(
      to: folder, contextLength: shape.text.contextLength, includesCleaning: layout == .huggingFace)
  }
}

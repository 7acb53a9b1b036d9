import CLIPFiles
import CLIPModelShapes
public import CLIPWeights

extension LoadedModel {
  /// The layouts a checkpoint can be written in.
  public enum Layout: Sendable { case openCLIP, huggingFace }

  /// Writes the model, its preprocessing and its tokenizer to a folder.
  ///
  /// - Returns: how many parameters were written
  /// - Throws: ``InputError`` when the layout cannot express the model, or the folder cannot be written.
  public func rewrite(
    to folder: String, as layout: Layout, _ elementType: ElementType
  ) throws -> (parameters: Int, folder: String) {
    let shape = model.configuration
    switch layout {
    case .openCLIP:
      try CheckpointFolder.writeOpenCLIP(
        to: folder, shape, preprocess: preprocess, parameters: checkpoint.state, as: elementType)
    case .huggingFace:
      try CheckpointFolder.writeHuggingFace(
        to: folder, shape, preprocess: preprocess, parameters: checkpoint.state, endID: Int(tokenizer.endToken),
        as: elementType)
    }
    try tokenizer.save(to: folder, contextLength: shape.text.contextLength)
    return (shape.parameterCount, folder)
  }
}

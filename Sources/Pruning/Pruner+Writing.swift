public import CLIPCheckpoints
import CLIPFiles
public import CLIPWeights

extension Pruner.Result {
  /// Writes the pruned model as an open_clip folder: weights, configuration, tokenizer.
  ///
  /// - Parameters:
  ///   - source: the whole model, for what is not pruned: preprocessing and tokenizer
  /// - Throws: ``InputError`` when the folder cannot be written.
  public func write(to folder: String, of source: LoadedModel, as elementType: ElementType = .float32) throws {
    let shape = plan.configuration
    try CheckpointFolder.writeOpenCLIP(
      to: folder, shape, preprocess: source.preprocess, parameters: parameters, as: elementType)
    try source.tokenizer.save(to: folder, contextLength: shape.text.contextLength)
  }
}

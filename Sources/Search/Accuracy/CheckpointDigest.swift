internal import CLIPCheckpoints
internal import CLIPFiles
internal import CLIPModelShapes
internal import CLIPTensors

/// Tells checkpoints apart by what they hold, wherever they lie: shape, preparation of pictures, tokenizer, weights.
enum CheckpointDigest {
  /// - Throws: `InputError` when a parameter cannot be read.
  static func of(_ loaded: LoadedModel) throws -> String {
    var text = loaded.model.configuration.json(with: loaded.preprocess).text() + " \(loaded.tokenizer.fingerprint)"
    for parameter in ParameterList(loaded.model.configuration).parameters {
      let tensor = try loaded.parameters.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    return String(MurmurHash.hash(text), radix: 16)
  }
}

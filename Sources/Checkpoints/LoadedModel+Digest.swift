import CLIPFiles
import CLIPModelShapes
import CLIPTensors

extension LoadedModel {
  /// Tells models apart by what they hold, wherever they lie: shape, preparation of pictures, tokenizer, weights. Reads all
  /// weights once.
  /// - Throws: ``InputError`` when a parameter cannot be read.
  package func digest() throws -> String {
    var text = model.configuration.json(with: preprocess).text() + " \(tokenizer.fingerprint)"
    for parameter in ParameterList(model.configuration).parameters {
      let tensor = try parameters.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    return String(MurmurHash.hash(text), radix: 16)
  }
}

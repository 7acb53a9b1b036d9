public import CLIPCheckpoints
import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPImages
import CLIPModelShapes
import CLIPTensors
import CLIPWeights

/// A model whose features a student learns from.
public struct Teacher: Sendable {
  /// The model with its tokenizer and preprocessing.
  public let loaded: LoadedModel
  /// Tells teachers apart by shape, preparation of pictures, tokenizer and weights, not by where these lie.
  let fingerprint: String
  /// The model, prepared for many batches.
  let model: any FeatureEncoder

  /// Reads all weights once.
  /// - Throws: ``InputError`` when one cannot be read.
  public init(_ loaded: LoadedModel) throws {
    self.loaded = loaded
    model = loaded.model.prepared()
    var text = loaded.model.configuration.json(with: loaded.preprocess).text() + " \(loaded.tokenizer.fingerprint)"
    for parameter in ParameterList(loaded.model.configuration).parameters {
      let tensor = try loaded.parameters.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    let digits = String(MurmurHash.hash(text), radix: 16)
    fingerprint = Self.version + String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// What fingerprints begin with; its number counts their definitions.
  static let version = "te1-"

  var embedDimension: Int { loaded.model.configuration.embedDimension }

  /// Multiply-adds of one picture and one text.
  var multiplyAdds: Int { loaded.model.configuration.imageMultiplyAdds + loaded.model.configuration.textMultiplyAdds }

  /// Unit-length features of texts `[texts, embed]`.
  func textFeatures(_ texts: [String], on pool: ThreadPool) throws -> Tensor {
    let context = loaded.model.configuration.text.contextLength
    return try model.textFeatures(
      texts.flatMap { loaded.tokenizer.tokenize($0, contextLength: context) }, on: pool)
  }

  /// What the teacher says of a batch, its features given.
  func features(image: Tensor, text: Tensor) -> TeacherFeatures {
    TeacherFeatures(
      image: image, text: text, logitScale: loaded.model.scale, logitBias: loaded.model.logitBias?.scalar ?? 0)
  }
}

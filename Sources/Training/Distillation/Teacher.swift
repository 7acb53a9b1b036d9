import CLIPCheckpoints
import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPImages
import CLIPModelShapes
import CLIPTensors
import CLIPWeights

/// A model whose features a student learns from.
struct Teacher {
  let loaded: LoadedModel

  /// - Throws: ``InputError`` when it cannot be loaded.
  init(pretrained: String, model: String?) throws {
    var request = LoadedModel.Request(pretrained: pretrained)
    request.model = model
    request.modelFlag = "--distill-model"
    request.tokenizerFlag = nil
    loaded = try LoadedModel(request)
  }

  var embedDimension: Int { loaded.model.configuration.embedDimension }

  /// Tells teachers apart by their weights, not by where these lie.
  func fingerprint() throws -> UInt128 {
    // What is the rule is left out, so that features which were kept before there was another are found.
    let rule = ", cropOffset: ModelShapes.PreprocessConfiguration.CropOffset.nearest"
    var text = "\(loaded.preprocess) \(loaded.model.configuration)".replacing(rule, with: "")
    for parameter in ParameterList(loaded.model.configuration).parameters {
      let tensor = try loaded.checkpoint.state.parameter(parameter.name, Shape(parameter.shape))
      text += " \(tensor.withUnsafeElements { MurmurHash.hash(UnsafeRawBufferPointer($0)) })"
    }
    return MurmurHash.hash(text)
  }

  /// Unit-length features of texts `[texts, embed]`.
  func textFeatures(_ texts: [String], on pool: ThreadPool) throws -> Tensor {
    let context = loaded.model.configuration.text.contextLength
    return try loaded.model.textFeatures(
      texts.flatMap { loaded.tokenizer.tokenize($0, contextLength: context) }, on: pool)
  }

  /// What the teacher says of a batch, its features given.
  func features(image: Tensor, text: Tensor) -> TeacherFeatures {
    TeacherFeatures(
      image: image, text: text, logitScale: loaded.model.scale, logitBias: loaded.model.logitBias?.scalar ?? 0)
  }
}

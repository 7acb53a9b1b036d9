import CLIPFiles
import CLIPModelShapes
import CLIPTokenization

extension ONNXFolder {
  /// The `config.json` by which transformers, Optimum and transformers.js know what the graphs are: that of a `CLIPModel`,
  /// without the sizes that such a model could not have.
  func huggingFaceConfiguration(hasDataFiles: Bool, _ tokenizer: Tokenizer) -> JSONValue {
    let shape = model.configuration, end = Int(tokenizer.endToken)
    var object: JSONObject
    if let whole = try? shape.huggingFaceJSON(endID: end).objectValue {
      object = whole
    } else {
      object = [
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": .integer(shape.embedDimension),
        "text_config": [
          "model_type": "clip_text_model", "vocab_size": .integer(text.vocabularySize),
          "max_position_embeddings": .integer(text.contextLength), "projection_dim": .integer(shape.embedDimension),
          "eos_token_id": .integer(end), "pad_token_id": .integer(text.padID),
        ],
        "vision_config": [
          "model_type": "clip_vision_model", "image_size": .integer(vision.imageSize),
          "patch_size": .integer(vision.patchSize), "projection_dim": .integer(shape.embedDimension),
        ],
      ]
    }
    // transformers.js fetches the large numbers of a graph only where it is told that there are any.
    if hasDataFiles { object["transformers.js_config"] = ["use_external_data_format": true] }
    return .object(object)
  }
}

extension GraphBuilder {
  /// `logits_per_image` `[pictures, texts]` and `logits_per_text` `[texts, pictures]` of both towers' features.
  mutating func addSimilarities(scale: Float, bias: Float?) {
    let texts = transpose(GraphValue(name: "text_embeds"), [1, 0], named: "text_embeds_columns")
    let cosines = add(.matMul, [GraphValue(name: "image_embeds"), texts], named: "cosines")
    let name = "logits_per_image"
    let scaled = add(.mul, [cosines, number(scale)], named: bias == nil ? name : "scaled_cosines")
    let logits = bias.map { add(.add, [scaled, number($0)], named: name) } ?? scaled
    _ = transpose(logits, [1, 0], named: "logits_per_text")
  }
}

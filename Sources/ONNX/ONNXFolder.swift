public import CLIPModels
import CLIPFiles
public import CLIPModelShapes
public import CLIPQuantization
public import CLIPTokenization

/// A model as files that ONNX Runtime and other readers of ONNX run: a graph for each tower, with everything from pixels
/// and token ids to features of unit length, and what is needed beside them.
public struct ONNXFolder {
  let model: CLIPModel
  let quantized: QuantizedModel?
  let preprocess: PreprocessConfiguration
  private let tokenizer: Tokenizer
  private let version: String

  /// - Parameters:
  ///   - quantized: the same model in 8 bits, to be written instead of the floats
  ///   - version: the toolkit's
  /// - Throws: `InputError` that names what cannot be written.
  public init(
    _ model: CLIPModel, quantized: QuantizedModel? = nil, preprocess: PreprocessConfiguration, tokenizer: Tokenizer,
    version: String
  ) throws {
    guard model.configuration.vision.poolType != .none else {
      throw InputError(
        "image pooling \"none\" gives features of every token, not of an image; it is not written as ONNX",
        advice: "set pool_type to tok or avg, as the model was trained")
    }
    self.model = model
    self.quantized = quantized
    self.preprocess = preprocess
    self.tokenizer = tokenizer
    self.version = version
  }

  private var vision: VisionConfiguration { model.configuration.vision }
  private var text: TextConfiguration { model.configuration.text }
  /// `fp32` or `int8`.
  private var precision: String { quantized == nil ? "fp32" : "int8" }

  /// Writes the graphs, `onnx_config.json`, the tokenizer's files and, where it can express the preparation of images,
  /// Hugging Face's `preprocessor_config.json`.
  ///
  /// - Parameter folder: made when it is missing; files of other names in it stay
  /// - Returns: the names of the graphs' files
  /// - Throws: `InputError` when the folder cannot be written.
  public func write(to folder: String) throws -> [String] {
    try Folder.make(folder)
    var files = try imageEncoder.write(to: "\(folder)/image_encoder.onnx")
    files += try textEncoder.write(to: "\(folder)/text_encoder.onnx")
    try tokenizer.save(to: folder, contextLength: text.contextLength)
    if preprocess.resizeMode != .longest {
      try AtomicFile.write(
        try preprocess.huggingFaceJSON().text(indentation: 2) + "\n", to: "\(folder)/preprocessor_config.json")
    }
    try AtomicFile.write(JSONValue.object(configuration).text(indentation: 2) + "\n", to: "\(folder)/onnx_config.json")
    return files
  }

  /// From `pixel_values` to `image_embeds`.
  package var imageEncoder: GraphFile {
    let size = vision.imageSize
    let input = GraphFile.Port("pixel_values", .float, [3, size, size])
    return file("image_encoder", input, "image_embeds") { pixels, name, graph in
      if let quantized {
        ImageEncoder(model.vision, Int8Arithmetic(quantized)).add(pixels, named: name, in: &graph)
      } else {
        ImageEncoder(model.vision, FloatArithmetic()).add(pixels, named: name, in: &graph)
      }
    }
  }

  /// From `input_ids` to `text_embeds`.
  package var textEncoder: GraphFile {
    let input = GraphFile.Port("input_ids", .int64, [text.contextLength])
    return file("text_encoder", input, "text_embeds") { ids, name, graph in
      if let quantized {
        TextEncoder(model.text, Int8Arithmetic(quantized)).add(ids, named: name, in: &graph)
      } else {
        TextEncoder(model.text, FloatArithmetic()).add(ids, named: name, in: &graph)
      }
    }
  }

  private func file(
    _ name: String, _ input: GraphFile.Port, _ output: String,
    _ add: (GraphValue, String, inout GraphBuilder) -> Void
  ) -> GraphFile {
    var graph = GraphBuilder()
    add(GraphValue(name: input.name), output, &graph)
    var metadata = [("precision", precision), ("logit_scale", "\(model.logitScale.scalar)")]
    if let bias = model.logitBias { metadata.append(("logit_bias", "\(bias.scalar)")) }
    return GraphFile(
      graph, name: name, input: input,
      output: GraphFile.Port(output, .float, [model.configuration.embedDimension]), metadata: metadata,
      version: version)
  }

  /// What a program that runs the graphs needs to know; `logit_scale` is the logarithm, as in the checkpoint.
  private var configuration: JSONObject {
    var object: JSONObject = [
      "producer": .string("CarbonCLIP \(version)"), "precision": .string(precision),
      "embed_dim": .integer(model.configuration.embedDimension), "logit_scale": number(model.logitScale.scalar),
    ]
    if let bias = model.logitBias { object["logit_bias"] = number(bias.scalar) }
    object["image_encoder"] = [
      "file": "image_encoder.onnx", "input": "pixel_values", "output": "image_embeds",
      "image_size": .integer(vision.imageSize),
    ]
    object["text_encoder"] = [
      "file": "text_encoder.onnx", "input": "input_ids", "output": "text_embeds",
      "context_length": .integer(text.contextLength), "vocab_size": .integer(text.vocabularySize),
      "pad_id": .integer(tokenizer.hasPieces ? tokenizer.padding : text.padID),
    ]
    object["preprocess_cfg"] = preprocess.json()
    object["model_cfg"] = model.configuration.json()
    return object
  }

  /// The shortest decimal that reads back as the same float.
  private func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}

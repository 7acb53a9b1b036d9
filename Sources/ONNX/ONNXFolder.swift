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
  /// Which files are written.
  public let layout: Layout
  private let tokenizer: Tokenizer
  private let version: String

  /// Names and places of the files.
  public enum Layout: String, CaseIterable, Sendable {
    /// `image_encoder.onnx` and `text_encoder.onnx`, texts padded to the context.
    case encoders
    /// As Optimum and transformers.js look for them: `onnx/vision_model.onnx`, `onnx/text_model.onnx` and, with both towers
    /// and the similarities, `onnx/model.onnx`; in 8 bits `..._quantized.onnx`. Texts may be padded less than to the
    /// context, where that changes nothing.
    case transformers
  }

  /// - Parameters:
  ///   - quantized: the same model in 8 bits, to be written instead of the floats
  ///   - layout: names and places of the files
  ///   - version: the toolkit's
  /// - Throws: `InputError` that names what cannot be written.
  public init(
    _ model: CLIPModel, quantized: QuantizedModel? = nil, preprocess: PreprocessConfiguration, tokenizer: Tokenizer,
    layout: Layout = .encoders, version: String
  ) throws {
    guard quantized.map({ $0.arithmetic == .int8 && $0.rounding == .nearest }) ?? true else {
      throw InputError("only int8 is written as ONNX, with the nearest weights, not other numbers of few bits")
    }
    guard model.configuration.vision.poolType != .none else {
      throw InputError(
        "image pooling \"none\" gives features of every token, not of an image; it is not written as ONNX",
        advice: "set pool_type to tok or avg, as the model was trained")
    }
    self.model = model
    self.quantized = quantized
    self.preprocess = preprocess
    self.tokenizer = tokenizer
    self.layout = layout
    self.version = version
  }

  var vision: VisionConfiguration { model.configuration.vision }
  var text: TextConfiguration { model.configuration.text }
  /// `fp32` or `int8`.
  private var precision: String { quantized == nil ? "fp32" : "int8" }

  /// Writes the graphs, `onnx_config.json`, the tokenizer's files and, where it can express the preparation of images,
  /// Hugging Face's `preprocessor_config.json`; in the layout of transformers also its `config.json`.
  ///
  /// - Parameter folder: made when it is missing; files of other names in it stay
  /// - Returns: the names of the graphs' files
  /// - Throws: `InputError` when the folder cannot be written.
  public func write(to folder: String) throws -> [String] {
    let place = layout == .encoders ? "" : "onnx/"
    try Folder.make(layout == .encoders ? folder : "\(folder)/onnx")
    var files = try imageEncoder.write(to: "\(folder)/\(imageFile)")
    files += try textEncoder.write(to: "\(folder)/\(textFile)")
    if layout == .transformers {
      files += try wholeModel.write(to: "\(folder)/\(file(named: "model"))")
      let config = huggingFaceConfiguration(hasDataFiles: files.contains { $0.hasSuffix("_data") }, tokenizer)
      try AtomicFile.write(config.text(indentation: 2) + "\n", to: "\(folder)/config.json")
    }
    try tokenizer.save(to: folder, contextLength: text.contextLength)
    if preprocess.resizeMode != .longest {
      try AtomicFile.write(
        try preprocess.huggingFaceJSON().text(indentation: 2) + "\n", to: "\(folder)/preprocessor_config.json")
    }
    try AtomicFile.write(JSONValue.object(configuration).text(indentation: 2) + "\n", to: "\(folder)/onnx_config.json")
    return files.map { place + $0 }
  }

  /// Where a graph lies in the layout of transformers; `quantized` is its word for 8 bits.
  func file(named name: String) -> String { "onnx/\(name)\(quantized == nil ? "" : "_quantized").onnx" }
  private var imageFile: String { layout == .encoders ? "image_encoder.onnx" : file(named: "vision_model") }
  private var textFile: String { layout == .encoders ? "text_encoder.onnx" : file(named: "text_model") }
  /// Whether texts may be shorter than the context.
  private var takesAnyLength: Bool { layout == .transformers && text.readsShorterTexts }

  /// From `pixel_values` to `image_embeds`.
  package var imageEncoder: GraphFile {
    var graph = GraphBuilder()
    addImages(to: &graph)
    return file(graph, "image_encoder", [pixels("batch")], [embedding("image_embeds", "batch")])
  }

  /// From `input_ids` to `text_embeds`.
  package var textEncoder: GraphFile {
    var graph = GraphBuilder()
    addTexts(to: &graph)
    return file(graph, "text_encoder", [ids("batch")], [embedding("text_embeds", "batch")])
  }

  /// Both towers, and the scaled similarities of every picture with every text: `logits_per_image`, `logits_per_text`.
  package var wholeModel: GraphFile {
    var graph = GraphBuilder()
    addImages(to: &graph)
    addTexts(to: &graph)
    graph.addSimilarities(scale: model.scale, bias: model.logitBias?.scalar)
    let images = "image_batch", texts = "text_batch"
    func logits(_ name: String, _ axes: [String]) -> GraphFile.Port {
      GraphFile.Port(name, .float, axes.map { .named($0) })
    }
    return file(
      graph, "model", [ids(texts), pixels(images)],
      [
        logits("logits_per_image", [images, texts]), logits("logits_per_text", [texts, images]),
        embedding("text_embeds", texts), embedding("image_embeds", images),
      ])
  }

  private func addImages(to graph: inout GraphBuilder) {
    let pixels = GraphValue(name: "pixel_values"), name = "image_embeds"
    if let quantized {
      ImageEncoder(model.vision, Int8Arithmetic(quantized)).add(pixels, named: name, in: &graph)
    } else {
      ImageEncoder(model.vision, FloatArithmetic()).add(pixels, named: name, in: &graph)
    }
  }

  private func addTexts(to graph: inout GraphBuilder) {
    let ids = GraphValue(name: "input_ids"), name = "text_embeds"
    if let quantized {
      TextEncoder(model.text, Int8Arithmetic(quantized), takesAnyLength: takesAnyLength)
        .add(ids, named: name, in: &graph)
    } else {
      TextEncoder(model.text, FloatArithmetic(), takesAnyLength: takesAnyLength).add(ids, named: name, in: &graph)
    }
  }

  private func pixels(_ batch: String) -> GraphFile.Port {
    GraphFile.Port("pixel_values", .float, batchOf: [3, vision.imageSize, vision.imageSize], batch: batch)
  }

  private func ids(_ batch: String) -> GraphFile.Port {
    takesAnyLength
      ? GraphFile.Port("input_ids", .int64, [.named(batch), .named("sequence_length")])
      : GraphFile.Port("input_ids", .int64, batchOf: [text.contextLength], batch: batch)
  }

  private func embedding(_ name: String, _ batch: String) -> GraphFile.Port {
    GraphFile.Port(name, .float, batchOf: [model.configuration.embedDimension], batch: batch)
  }

  private func file(
    _ graph: GraphBuilder, _ name: String, _ inputs: [GraphFile.Port], _ outputs: [GraphFile.Port]
  ) -> GraphFile {
    var metadata = [("precision", precision), ("logit_scale", "\(model.logitScale.scalar)")]
    if let bias = model.logitBias { metadata.append(("logit_bias", "\(bias.scalar)")) }
    return GraphFile(graph, name: name, inputs: inputs, outputs: outputs, metadata: metadata, version: version)
  }

  /// What a program that runs the graphs needs to know; `logit_scale` is the logarithm, as in the checkpoint.
  private var configuration: JSONObject {
    var object: JSONObject = [
      "producer": .string("CarbonCLIP \(version)"), "precision": .string(precision),
      "embed_dim": .integer(model.configuration.embedDimension), "logit_scale": number(model.logitScale.scalar),
    ]
    if let bias = model.logitBias { object["logit_bias"] = number(bias.scalar) }
    object["image_encoder"] = [
      "file": .string(imageFile), "input": "pixel_values", "output": "image_embeds",
      "image_size": .integer(vision.imageSize),
    ]
    object["text_encoder"] = [
      "file": .string(textFile), "input": "input_ids", "output": "text_embeds",
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

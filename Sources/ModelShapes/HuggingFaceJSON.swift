public import CLIPFiles

extension CLIPConfiguration {
  /// The shape in a Hugging Face `config.json` of a `CLIPModel`, with that class's defaults for keys left
  /// out.
  ///
  /// Keys that do not concern the shape are ignored: the files carry the state of a whole library.
  /// - Throws: ``InputError`` with the key's path when a value is wrong or the file describes another model.
  public init(huggingFace document: JSONValue) throws {
    let reader = try KeyReader(document)
    if let type = try reader.string("model_type"), type != "clip" {
      throw InputError(
        "the model type \(type.quoted()) is not supported", at: "model_type", advice: "only \"clip\" is")
    }
    let vision = try Section(reader, "vision_config")
    let text = try Section(reader, "text_config")
    embedDimension = try reader.whole("projection_dim", ShapeLimits.embedding, default: 512)
    initialLogitScale = Float(
      try reader.number("logit_scale_init_value", -100...100, default: Double(Self.standardLogitScale)))
    initialLogitBias = nil
    let activation = try vision.activation()
    guard activation == (try text.activation()) else {
      throw InputError("the two towers' activations differ", at: "text_config.hidden_act")
    }
    usesQuickGELU = activation == .quickGELU

    let visionLayers = try vision.whole("num_hidden_layers", ShapeLimits.layers, default: 12)
    let visionWidth = try vision.whole("hidden_size", ShapeLimits.width, default: 768)
    let visionHeads = try vision.heads(default: 12, width: visionWidth)
    guard try vision.whole("num_channels", 1...64, default: 3) == 3 else {
      throw InputError("only images of 3 channels are supported", at: "vision_config.num_channels")
    }
    let imageSize = try vision.square("image_size", ShapeLimits.image, default: 224)
    let patchSize = try vision.square("patch_size", ShapeLimits.image, default: 32)
    try VisionConfiguration.checkPatches(patchSize, of: imageSize, at: "vision_config.patch_size")
    self.vision = VisionConfiguration(
      imageSize: imageSize, patchSize: patchSize, width: visionWidth, headWidth: visionWidth / visionHeads,
      headsPerLayer: Array(repeating: visionHeads, count: visionLayers),
      mlpWidth: Array(
        repeating: try vision.whole("intermediate_size", ShapeLimits.mlpWidth, default: 3072),
        count: visionLayers),
      layerNormEpsilon: Float(try vision.number("layer_norm_eps", 0...1, default: 1e-5)))

    let textLayers = try text.whole("num_hidden_layers", ShapeLimits.layers, default: 12)
    let textWidth = try text.whole("hidden_size", ShapeLimits.width, default: 512)
    let textHeads = try text.heads(default: 8, width: textWidth)
    let endID = try text.whole("eos_token_id", 0...ShapeLimits.vocabulary.upperBound, default: 49407)
    self.text = TextConfiguration(
      contextLength: try text.whole("max_position_embeddings", ShapeLimits.context, default: 77),
      vocabularySize: try text.whole("vocab_size", ShapeLimits.vocabulary, default: 49408), width: textWidth,
      headWidth: textWidth / textHeads, headsPerLayer: Array(repeating: textHeads, count: textLayers),
      mlpWidth: Array(
        repeating: try text.whole("intermediate_size", ShapeLimits.mlpWidth, default: 2048), count: textLayers
      ),
      layerNormEpsilon: Float(try text.number("layer_norm_eps", 0...1, default: 1e-5)),
      // transformers reads 2, which early conversions wrote by mistake, as "take the largest id".
      poolType: endID == 2 ? .argmax : .eos, eosID: endID,
      padID: try text.whole("pad_token_id", 0...ShapeLimits.vocabulary.upperBound, default: 1))
  }

  private enum Activation: String, CaseIterable {
    case quickGELU = "quick_gelu"
    case gelu
  }

  /// One tower's keys; `vision_config_dict` overrides `vision_config`, as it does in transformers.
  private struct Section {
    let sections: [KeyReader]

    init(_ reader: KeyReader, _ name: String) throws {
      sections = try ["\(name)_dict", name].filter { reader.value($0) != nil }.map { try reader.section($0) }
      if sections.isEmpty, reader.value("model_type") == nil {
        throw InputError("expected an object, found nothing", at: name)
      }
    }

    private func reader(_ key: String) -> KeyReader? { sections.first { $0.value(key) != nil } }

    func whole(_ key: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
      try reader(key)?.whole(key, range) ?? standard
    }

    func square(_ key: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
      try reader(key)?.square(key, range) ?? standard
    }

    func number(_ key: String, _ range: ClosedRange<Double>, default standard: Double) throws -> Double {
      try reader(key)?.number(key, range) ?? standard
    }

    func activation() throws -> Activation {
      try reader("hidden_act")?.choice("hidden_act", default: .quickGELU) ?? .quickGELU
    }

    func heads(default standard: Int, width: Int) throws -> Int {
      let key = "num_attention_heads"
      let heads = try whole(key, ShapeLimits.heads, default: standard)
      guard width % heads == 0 else {
        throw InputError(
          "\(heads) heads do not share a width of \(width) evenly",
          at: (reader(key) ?? sections.first)?.location(key) ?? key)
      }
      return heads
    }
  }
}

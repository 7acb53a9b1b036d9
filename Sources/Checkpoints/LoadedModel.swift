import CLIPFiles
public import CLIPImages
public import CLIPLayers
public import CLIPModelShapes
public import CLIPModels
public import CLIPTokenization
import CLIPWeights

/// A model made ready to run: the model, its tokenizer and its preprocessing, which belong together. Opened from a
/// checkpoint, or made of a model in memory that was pruned or trained.
public struct LoadedModel: Sendable {
  /// Both towers and the scale of their similarities.
  public let model: CLIPModel
  /// The model's parameters, by open_clip's names.
  public let parameters: any ParameterSource & Sendable
  /// Makes tokens of texts.
  public let tokenizer: Tokenizer
  /// Makes the image tower's input of pictures.
  public let preprocessing: Preprocessing
  /// What results call the model and its weights.
  public let name: String
  /// What results call the weights.
  public let pretrained: String
  /// How images are prepared, as plain data.
  public let preprocess: PreprocessConfiguration

  /// What a user may say about a model, in open_clip's flags.
  public struct Request: Sendable {
    /// `--pretrained`: a checkpoint folder or a weight file.
    public var pretrained: String
    /// `--model`: a name, a configuration file or a folder; nil takes the one beside the weights.
    public var model: String?
    /// `--tokenizer`: a vocabulary file or folder; nil takes the one beside the weights, or CLIP's own.
    public var tokenizer: String?
    /// `--force-quick-gelu`: OpenAI's weights need it where the configuration does not say so.
    public var forcesQuickGELU = false
    /// `--force-image-size`: another size than the model was trained at.
    public var imageSize: Int?
    /// The flag that names ``model``, for advice; nil where the user has none.
    public var modelFlag: String? = "--model"
    /// The flag that names ``tokenizer``, for advice; nil where the user has none.
    public var tokenizerFlag: String? = "--tokenizer"

    /// A checkpoint as it lies, with what belongs to it beside it.
    public init(pretrained: String) { self.pretrained = pretrained }
  }

  /// What no file said and was taken for granted, and what of a file was passed over; a line each, for the user.
  public let assumptions: [String]

  /// Opens a checkpoint; its weights are mapped, not copied.
  ///
  /// A name that leads nowhere as a path may be that of a checkpoint that comes along with the program, or of a repository
  /// in the Hugging Face cache; what was found is told in ``assumptions``.
  /// - Throws: ``InputError`` when a file is missing or does not fit the others.
  public init(_ asked: Request) throws {
    var request = asked
    let shape = request.model.flatMap { try? ModelDescription.resolve($0).configuration }
    let found = CheckpointPlace.find(request.pretrained, shape: shape)
    if let found { request.pretrained = found.path }
    let checkpoint = try CheckpointFolder.open(
      request.pretrained, as: try Self.description(request), modelFlag: request.modelFlag)
    let source = FiniteParameters(checkpoint.state)
    var model = try CLIPModel(checkpoint.configuration, from: source)
    try source.check()
    tokenizer = try Self.tokenizer(request, checkpoint)
    if tokenizer.hasPieces, tokenizer.padding != checkpoint.configuration.text.padID {
      // What fills texts up is the tokenizer's to say; from here on all that is written of the model agrees.
      var configuration = checkpoint.configuration
      configuration.text.padID = tokenizer.padding
      model = try CLIPModel(configuration, from: source)
    }
    self.model = model
    preprocessing = Preprocessing(checkpoint.preprocess)
    parameters = checkpoint.state
    preprocess = checkpoint.preprocess
    // The name that the user gave: a folder of the Hugging Face cache is called by its commit.
    name = request.model.map(Folder.name) ?? Folder.name(of: asked.pretrained)
    pretrained = Folder.name(of: asked.pretrained)
    assumptions =
      (found.map { [$0.note] } ?? []) + checkpoint.notes
      + Self.notes(tokenizer, for: checkpoint.configuration, at: request.pretrained)
  }

  /// A model in memory with what prepares its inputs.
  /// - Parameters:
  ///   - parameters: what the model was made from
  ///   - name: what results call the model and its weights
  public init(
    _ model: CLIPModel, parameters: any ParameterSource & Sendable, tokenizer: Tokenizer,
    preprocess: PreprocessConfiguration, name: String
  ) {
    self.model = model
    self.parameters = parameters
    self.tokenizer = tokenizer
    self.preprocess = preprocess
    preprocessing = Preprocessing(preprocess)
    self.name = name
    pretrained = name
    assumptions = []
  }

  /// Another model for the same tokenizer and preprocessing: this one cut smaller, or trained on.
  public func with(_ model: CLIPModel, parameters: any ParameterSource & Sendable, name: String) -> LoadedModel {
    LoadedModel(model, parameters: parameters, tokenizer: tokenizer, preprocess: preprocess, name: name)
  }

  /// The shape and the preparation of images, where flags have a say in them; nil leaves both to the checkpoint's files.
  private static func description(_ request: Request) throws -> ModelDescription? {
    let folder = Folder.exists(request.pretrained) ? request.pretrained : Folder.parent(of: request.pretrained)
    guard let model = request.model else {
      guard request.forcesQuickGELU || request.imageSize != nil else { return nil }
      return try ModelDescription.read(folder: folder)
        .overriding(imageSize: request.imageSize, usesQuickGELU: request.forcesQuickGELU)
    }
    return try ModelDescription.resolve(model).withPreprocess(besideWeightsIn: folder)
      .overriding(imageSize: request.imageSize, usesQuickGELU: request.forcesQuickGELU)
  }

  private static func tokenizer(_ request: Request, _ checkpoint: CheckpointFolder) throws -> Tokenizer {
    try tokenizer(
      try request.tokenizer ?? Self.ownVocabulary(checkpoint), for: checkpoint.configuration,
      flag: request.tokenizerFlag)
  }

  /// A tokenizer for a model; CLIP's own unless another is named, by the user or by the model.
  /// - Throws: ``InputError`` when it cannot be read or is not there, or has more tokens than the model.
  public static func tokenizer(
    _ path: String?, for configuration: CLIPConfiguration, flag: String? = "--tokenizer"
  ) throws -> Tokenizer {
    let text = configuration.text
    // open_clip cleans white space for tokenizers of Hugging Face's unless it is told otherwise.
    let cleaning = text.tokenizerCleaning.flatMap(Cleaning.init)
    if path == nil, let name = text.tokenizerName {
      throw InputError(
        "the model's texts are read by the tokenizer \(name.quoted()), which is not beside its weights",
        advice: "fetch it with: hf download \(name) --include 'tokenizer*' --local-dir tokenizer"
          + (flag.map { " (then \($0) tokenizer)" } ?? ""))
    }
    let path = try path.map(ShareFolder.located) ?? DataFolder.path("vocabularies/bpe_simple_vocab_16e6.txt.gz")
    var tokenizer = try Tokenizer.load(path, cleaning: cleaning)
    if tokenizer.hasPieces, cleaning == nil, text.tokenizerName != nil {
      tokenizer = try Tokenizer.load(path, cleaning: .whitespace)
    }
    guard tokenizer.vocabularySize <= text.vocabularySize else {
      throw InputError(
        "has \(tokenizer.vocabularySize) tokens, the model's vocabulary only \(text.vocabularySize)", file: path,
        advice: flag.map {
          "name the model's own vocabulary with \($0): for models of scenes \(scenesVocabulary), "
            + "else one that carbonclip data train-tokenizer makes"
        } ?? "put the model's own vocabulary beside its weights")
    }
    return tokenizer
  }

  /// The toolkit's own vocabulary for models that are trained on scenes.
  private static var scenesVocabulary: String {
    (try? DataFolder.path("vocabularies/scenes/vocab.json")).map(Folder.parent) ?? "data/vocabularies/scenes"
  }

  /// What of a vocabulary does not match its model, without being wrong.
  static func notes(_ tokenizer: Tokenizer, for configuration: CLIPConfiguration, at path: String) -> [String] {
    let text = configuration.text
    var notes: [String] = []
    if tokenizer.vocabularySize < text.vocabularySize {
      notes.append(
        "\(path): the vocabulary has \(tokenizer.vocabularySize) tokens, the model \(text.vocabularySize); "
          + "another may belong to it")
    }
    if text.poolType == .eos, text.eosID != tokenizer.endToken {
      notes.append(
        "\(path): texts end with token \(tokenizer.endToken), but the model looks for \(text.eosID) (eos_token_id): "
          + "where a text has none, its first token stands for it")
    }
    return notes
  }

  /// The vocabulary beside the weights.
  /// - Throws: ``InputError`` when half of one is there.
  private static func ownVocabulary(_ checkpoint: CheckpointFolder) throws -> String? {
    let files = checkpoint.tokenizerFiles
    if let single = files["tokenizer.json"] { return single }
    if let pieces = CheckpointFolder.pieceModelNames.lazy.compactMap({ files[$0] }).first { return pieces }
    if let vocabulary = files["vocab.json"] {
      guard files["merges.txt"] != nil else {
        throw InputError(
          "has no merges.txt beside it", file: vocabulary,
          advice: "put the two together, or name a vocabulary with --tokenizer")
      }
      return Folder.parent(of: vocabulary)
    }
    return ["bpe_simple_vocab_16e6.txt.gz", "bpe.txt.gz", "bpe.txt"].lazy.compactMap { files[$0] }.first
  }
}

extension Preprocessing {
  /// The preprocessing that a checkpoint asks for.
  public init(_ configuration: PreprocessConfiguration) {
    self.init(
      imageSize: configuration.size, mean: configuration.mean, standardDeviation: configuration.std,
      interpolation: configuration.interpolation == .bilinear ? .bilinear : .bicubic,
      resizeMode: ResizeMode(rawValue: configuration.resizeMode.rawValue) ?? .shortest,
      fillColor: UInt8(clamping: configuration.fillColor),
      cropsDown: configuration.cropOffset == .down)
  }
}

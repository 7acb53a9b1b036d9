public import CLIP
import Files
public import Images
public import ModelShapes
public import Tokenization
public import Weights

/// A checkpoint made ready to run: model, tokenizer and preprocessing that belong together.
public struct LoadedModel: Sendable {
  public let model: CLIPModel
  public let tokenizer: Tokenizer
  public let preprocessing: Preprocessing
  /// What results call the model and its weights.
  public let name: String
  public let pretrained: String
  public let checkpoint: CheckpointFolder
  /// How the checkpoint's images are prepared, as plain data.
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

    /// A checkpoint as it lies, with what belongs to it beside it.
    public init(pretrained: String) { self.pretrained = pretrained }
  }

  /// Opens a checkpoint; its weights are mapped, not read.
  /// - Throws: ``InputError`` when a file is missing or does not fit the others.
  public init(_ request: Request) throws {
    var description = try request.model.map(ModelDescription.resolve)
    if description == nil, request.forcesQuickGELU || request.imageSize != nil {
      let folder = Folder.exists(request.pretrained) ? request.pretrained : Folder.parent(of: request.pretrained)
      description = try ModelDescription.read(folder: folder)
    }
    if request.forcesQuickGELU { description?.configuration.usesQuickGELU = true }
    if let size = request.imageSize {
      guard (1...8192).contains(size) else {
        throw InputError("--force-image-size must be from 1 to 8192, found \(size)")
      }
      description?.configuration.vision.imageSize = size
      description?.preprocess.size = size
    }
    let checkpoint = try CheckpointFolder.open(request.pretrained, as: description)
    model = try CLIPModel(checkpoint.configuration, from: checkpoint.state)
    tokenizer = try Self.tokenizer(request, checkpoint)
    preprocessing = Preprocessing(checkpoint.preprocess)
    self.checkpoint = checkpoint
    preprocess = checkpoint.preprocess
    name = request.model.map(Folder.name) ?? Folder.name(of: request.pretrained)
    pretrained = Folder.name(of: request.pretrained)
  }

  private static func tokenizer(_ request: Request, _ checkpoint: CheckpointFolder) throws -> Tokenizer {
    try tokenizer(request.tokenizer ?? Self.ownVocabulary(checkpoint), for: checkpoint.configuration)
  }

  /// A vocabulary for a model; CLIP's own unless another is named.
  /// - Throws: ``InputError`` when it cannot be read, or has more tokens than the model.
  public static func tokenizer(_ path: String?, for configuration: CLIPConfiguration) throws -> Tokenizer {
    let text = configuration.text
    let cleaning = text.tokenizerCleaning.flatMap(Cleaning.init) ?? .lower
    let path = try path ?? DataFolder.path("vocabularies/bpe_simple_vocab_16e6.txt.gz")
    let tokenizer = try Tokenizer.load(path, cleaning: cleaning)
    guard tokenizer.vocabularySize <= text.vocabularySize else {
      throw InputError(
        "has \(tokenizer.vocabularySize) tokens, the model's vocabulary only \(text.vocabularySize)", file: path,
        advice: "name the model's own vocabulary with --tokenizer: for models of scenes "
          + "\(scenesVocabulary), else one that carbonclip data train-tokenizer makes")
    }
    return tokenizer
  }

  /// The toolkit's own vocabulary for models that are trained on scenes.
  private static var scenesVocabulary: String {
    (try? DataFolder.path("vocabularies/scenes/vocab.json")).map(Folder.parent) ?? "data/vocabularies/scenes"
  }

  /// The vocabulary beside the weights.
  private static func ownVocabulary(_ checkpoint: CheckpointFolder) -> String? {
    let files = checkpoint.tokenizerFiles
    if let single = files["tokenizer.json"] { return single }
    if let vocabulary = files["vocab.json"], files["merges.txt"] != nil { return Folder.parent(of: vocabulary) }
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
      fillColor: UInt8(clamping: configuration.fillColor))
  }
}

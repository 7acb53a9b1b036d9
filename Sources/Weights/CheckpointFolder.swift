import CLIPFiles
public import CLIPModelShapes
import CLIPTensors

/// A checkpoint on disk: its shape, its preprocessing, its tensors in open_clip's names and its tokenizer's
/// files.
public struct CheckpointFolder: Sendable {
  /// As the user named it: a folder or a weight file.
  public let path: String
  /// The model's shape.
  public let configuration: CLIPConfiguration
  /// How images are prepared for the model.
  public let preprocess: PreprocessConfiguration
  /// The tensors, in open_clip's names; they fit the configuration exactly.
  public let state: StateDictionary
  /// The naming scheme of the weight file.
  public let layout: KeyLayout
  /// The weight file, or the index of a sharded one.
  public let weightFile: String
  /// Files beside the weights that a tokenizer may need, by name.
  public let tokenizerFiles: [String: String]
  /// What was taken for granted because no file said it, and what of the file was passed over; a line each.
  public let notes: [String]

  /// Weight files in the order in which they are tried.
  public static let weightNames = [
    "open_clip_model.safetensors", "open_clip_pytorch_model.bin", "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin", "pytorch_model.bin.index.json",
  ]
  /// Tokenizer files that are looked for beside the weights.
  public static let tokenizerNames =
    [
      "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json",
      "added_tokens.json",
      "bpe_simple_vocab_16e6.txt.gz", "bpe.txt.gz", "bpe.txt",
    ] + pieceModelNames
  /// Models of SentencePiece's, in the order in which they are tried.
  public static let pieceModelNames = [
    "spiece.model", "sentencepiece.model", "tokenizer.model", "sentencepiece.bpe.model",
  ]

  /// Opens a checkpoint. Weights are mapped, not read.
  ///
  /// - Parameters:
  ///   - path: a weight file, or a folder with an `open_clip_config.json` or a Hugging Face `config.json`
  ///     beside the weights
  ///   - description: the model's shape, for weights without a configuration beside them, or to load them at
  ///     another image size or context length: positional embeddings are then resized
  ///   - modelFlag: the flag that names it, for advice; nil where there is none
  /// - Throws: ``InputError`` when something is missing, not supported, or does not fit.
  public static func open(
    _ path: String, as description: ModelDescription? = nil, modelFlag: String? = "--model"
  ) throws -> CheckpointFolder {
    let isFolder = Folder.exists(path)
    guard isFolder || Folder.containsFile(path) else {
      throw InputError(
        "no such file or folder", file: path,
        advice: HubName.advice(forMissing: path, shape: description?.configuration))
    }
    let folder = isFolder ? trimmed(path) : Folder.parent(of: path)
    try AtomicFolder.requireComplete(folder)
    let weightFile = isFolder ? try weights(in: folder) : path
    var model = try description ?? self.description(in: folder, for: path, isFolder: isFolder, modelFlag)
    let (layout, renamed, keyNotes) = try StateDictionary(path: weightFile).recognized()
    var notes = keyNotes.map { "\(weightFile): \($0)" }
    if layout == .openAI, !model.configuration.usesQuickGELU {
      // open_clip does the same: every model that OpenAI published was trained with it.
      model.configuration.usesQuickGELU = true
      notes.append("\(weightFile): OpenAI's state dictionary; QuickGELU is used, whatever the configuration says")
    }
    if model.preprocessFile == nil {
      notes.append("\(path): no file says how images are prepared; assumed: \(model.preprocess.summary)")
    }
    let state = renamed.resizingPositionalEmbeddings(to: model.configuration)
    try state.report(for: model.configuration).requireExact()
    try state.requireFractions()
    var tokenizerFiles: [String: String] = [:]
    for name in tokenizerNames where Folder.containsFile("\(folder)/\(name)") {
      tokenizerFiles[name] = "\(folder)/\(name)"
    }
    return CheckpointFolder(
      path: path, configuration: model.configuration, preprocess: model.preprocess, state: state,
      layout: layout, weightFile: weightFile, tokenizerFiles: tokenizerFiles, notes: notes)
  }

  private static func trimmed(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  private static func weights(in folder: String) throws -> String {
    for name in weightNames where Folder.containsFile("\(folder)/\(name)") { return "\(folder)/\(name)" }
    throw InputError(
      "holds no weights; expected one of \(weightNames.joined(separator: ", "))", file: folder,
      advice: "name the weight file itself")
  }

  private static func description(in folder: String, for path: String, isFolder: Bool, _ flag: String?) throws
    -> ModelDescription
  {
    for name in ["open_clip_config.json", "config.json"] where Folder.containsFile("\(folder)/\(name)") {
      return try ModelDescription.read(folder: folder)
    }
    throw InputError(
      "has no configuration: \(isFolder ? "the" : "its") folder holds neither open_clip_config.json "
        + "nor config.json",
      file: path,
      advice: flag.map { "name the model's shape with \($0)" } ?? "put the model's configuration beside its weights")
  }
}

extension StateDictionary {
  /// What is missing, left over or of another shape, beside a model's parameters. Names are open_clip's.
  public func report(for model: CLIPConfiguration) -> LoadingReport {
    report(for: ParameterList(model).parameters.map { ($0.name, Shape($0.shape)) })
  }
}

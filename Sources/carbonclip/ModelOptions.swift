import ArgumentParser
import CLIPCheckpoints

/// Which model: shared by all commands that run one.
struct ModelOptions: ParsableArguments {
  @Option(
    help:
      "Checkpoint folder (open_clip or Hugging Face) or weight file (.safetensors, .pt, .bin); or a name, such as base.",
    completion: .file())
  var pretrained: String

  @OptionGroup var checkpoint: CheckpointOptions

  func load() throws -> LoadedModel { try checkpoint.load(pretrained) }
}

/// How a checkpoint is read.
struct CheckpointOptions: ParsableArguments {
  @Option(help: "Model name, configuration .json or folder; needed only for weights without a configuration.")
  var model: String?

  @Option(help: "Vocabulary file or folder; by default the one beside the weights, else CLIP's own.")
  var tokenizer: String?

  @Flag(help: "Use QuickGELU whatever the configuration says, as OpenAI's weights need.")
  var forceQuickGelu = false

  @Option(help: "Run at another image size; positional embeddings are resized (bicubic).")
  var forceImageSize: Int?

  func load(_ pretrained: String) throws -> LoadedModel {
    var request = LoadedModel.Request(pretrained: pretrained)
    request.model = model
    request.tokenizer = tokenizer
    request.forcesQuickGELU = forceQuickGelu
    request.imageSize = forceImageSize
    let loaded = try LoadedModel(request)
    let console = Console()
    for assumption in loaded.assumptions { console.note("note: \(assumption)") }
    return loaded
  }
}

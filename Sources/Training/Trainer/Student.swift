import CLIPCheckpoints
import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPImages
import CLIPLayers
import CLIPModelShapes
import CLIPTokenization

/// What a run trains: a shape, first weights, and how pictures and texts become its inputs.
struct Student {
  let configuration: CLIPConfiguration
  let preprocess: PreprocessConfiguration
  let preprocessing: Preprocessing
  let tokenizer: Tokenizer
  let name: String
  /// The checkpoint it starts from; nil starts from random weights.
  private let loaded: LoadedModel?

  /// What no file of the checkpoint's says and was taken for granted.
  var assumptions: [String] { loaded?.assumptions ?? [] }

  /// - Throws: ``InputError`` when the model or its vocabulary cannot be had.
  init(_ settings: TrainingSettings) throws {
    if let pretrained = settings.pretrained {
      var request = LoadedModel.Request(pretrained: pretrained)
      request.model = settings.model
      request.tokenizer = settings.tokenizer
      request.forcesQuickGELU = settings.forcesQuickGELU
      request.imageSize = settings.imageSize
      let loaded = try LoadedModel(request)
      self.loaded = loaded
      configuration = loaded.model.configuration
      preprocess = loaded.preprocess
      tokenizer = loaded.tokenizer
      name = loaded.name
    } else {
      var description = try ModelDescription.resolve(settings.model ?? "")
        .overriding(imageSize: settings.imageSize, usesQuickGELU: settings.forcesQuickGELU)
      if settings.losses.contains(where: { $0.loss is SigmoidLoss }), description.configuration.initialLogitBias == nil
      {
        // open_clip's --siglip starts models so: arXiv:2303.15343, section 3.2.
        description.configuration.initialLogitBias = -10
        description.configuration.initialLogitScale = 2.302_585_1
      }
      configuration = description.configuration
      preprocess = description.preprocess
      tokenizer = try LoadedModel.tokenizer(settings.tokenizer, for: configuration)
      name = Folder.name(of: settings.model ?? "")
      loaded = nil
    }
    preprocessing = Preprocessing(preprocess)
  }

  /// An engine that stands at the first weights.
  func engine(_ settings: TrainingSettings, teacherWidths: [Int], on pool: ThreadPool) throws -> TrainingEngine {
    let engine: TrainingEngine
    if let loaded {
      engine = try TrainingEngine(
        configuration, from: loaded.checkpoint.state, teacherWidths: teacherWidths, locks: settings.locks,
        seed: settings.seed, on: pool)
    } else {
      engine = try TrainingEngine(
        configuration, from: InitialParameters(configuration, seed: settings.seed, pool: pool),
        teacherWidths: teacherWidths, locks: settings.locks, seed: settings.seed, on: pool)
    }
    engine.recomputesActivations = settings.checkpointsActivations || settings.accumulation > 1
    return engine
  }
}

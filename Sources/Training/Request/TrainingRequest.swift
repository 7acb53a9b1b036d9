public import CLIPFiles
public import CLIPImageText
public import CLIPRecipes

/// A training as recipes and flags ask for it: by paths and names. Keys are open_clip's flags.
///
///     let request = try TrainingRequest(Recipe.read("recipe.yaml"), preset: .train)
///     let trainer = try request.trainer(in: "logs/base", on: pool, version: "0.1.0")
///
/// It opens what the paths name and hands it to ``Trainer`` as values.
public struct TrainingRequest: Sendable {
  /// A name, a configuration file or a folder; nil takes the one beside ``pretrained``.
  public private(set) var model: String?
  /// The weights that are trained on; nil starts from random ones.
  public private(set) var pretrained: String?
  private(set) var tokenizer: String?
  private(set) var forcesQuickGELU = false
  private(set) var imageSize: Int?
  /// What is learned from.
  public private(set) var trainData = ""
  /// What is measured on now and then.
  public private(set) var validationData: String?
  /// How the training data is read.
  public private(set) var trainOptions = DataSetOptions()
  private var validationSplit: String? = "val"
  private(set) var teachers: [String] = []
  private(set) var teacherModels: [String] = []
  /// Where teachers' features are kept; nil keeps them beside the run's folder.
  public private(set) var featureCache: String?
  private(set) var isSigmoid = false
  private(set) var weights: [LossWeight] = []
  /// Where files that the recipe names were looked for.
  private var places: FilePlaces?
  /// How it is trained.
  public private(set) var settings: TrainingSettings
  /// What is minimized.
  public private(set) var losses: [LossTerm] = []
  /// What every key came to, defaults written out: a recipe that repeats the run.
  public private(set) var resolved = JSONObject()

  /// How the validation data is read.
  public var validationOptions: DataSetOptions {
    var options = trainOptions
    options.split = validationSplit
    return options
  }

  /// Runs `body`; an error about a file that is not there then names the places that were tried.
  func tellingPlaces<Result>(_ body: () throws -> Result) throws -> Result {
    guard let places else { return try body() }
    return try places.telling(body)
  }

  /// A loss with its weight and where that stands.
  struct LossWeight: Sendable {
    let name: String
    let value: Double
    let origin: String
  }

  /// The request of an empty recipe: every default.
  package init(preset: TrainingSettings.Preset, distilling: Bool = false) {
    settings = TrainingSettings(preset: preset, distilling: distilling)
    trainOptions.split = "train"
  }

  /// - Throws: ``InputError`` naming the line or flag, what was expected and what was found.
  public init(_ recipe: RecipeNode, preset: TrainingSettings.Preset) throws {
    var reader = try RecipeReader(recipe)
    let teachers = try reader.texts("distill-pretrained") ?? []
    self.init(preset: preset, distilling: !teachers.isEmpty)
    places = recipe.places
    for setting in Self.all { try setting.read(&reader, &self) }
    guard model != nil || pretrained != nil else {
      throw InputError("name a model with --model, or trained weights with --pretrained")
    }
    if preset == .finetune, pretrained == nil {
      throw InputError("fine-tuning needs trained weights", advice: "name them with --pretrained, or use train")
    }
    guard !trainData.isEmpty else { throw InputError("name the training data with --train-data") }
    if !teacherModels.isEmpty, teacherModels.count != teachers.count {
      throw reader.error(
        "distill-model", "must name one shape for each of the \(teachers.count) teachers, found \(teacherModels.count)")
    }
    if settings.equalizesFLOPs, teachers.isEmpty {
      throw reader.error("equal-flops", "compares with a teacher", "name one with --distill-pretrained")
    }
    if settings.quantization != nil, pretrained == nil {
      throw reader.error(
        "quantize", "rounds by what trained weights do, and random ones do nothing yet",
        "name trained weights with --pretrained")
    }
    losses = try terms(reader)
    if let problem = Trainer.constantLoss(settings, losses, .flags) { throw reader.error("batch-size", problem) }
    try settings.augmentation.validate()
    try reader.finish()
    for setting in Self.all { resolved[setting.key] = setting.value(self) }
  }

  /// How something is trained that a larger recipe says: it names itself what is trained, on which data and with how many
  /// teachers, and may have defaults of its own.
  /// - Throws: ``InputError`` naming the line, what was expected and what was found.
  package init(part recipe: RecipeNode, over standard: TrainingSettings, teachers: Int) throws {
    var reader = try RecipeReader(recipe)
    self.init(preset: standard.preset, distilling: teachers > 0)
    settings = standard
    self.teachers = [String](repeating: "", count: teachers)
    for setting in Self.all { try setting.read(&reader, &self) }
    losses = try terms(reader)
    if let problem = Trainer.constantLoss(settings, losses, .keys) { throw reader.error("batch-size", problem) }
    try settings.augmentation.validate()
    try reader.finish()
  }

  /// The loss's terms. Without any the loss is CLIP's or, with `siglip`, SigLIP's; with teachers it is
  /// ``LossTerm/distillation(teachers:)``.
  private func terms(_ reader: RecipeReader) throws -> [LossTerm] {
    guard !weights.isEmpty else {
      if !teachers.isEmpty { return LossTerm.distillation(teachers: teachers.count) }
      return [LossTerm(isSigmoid ? SigmoidLoss() : ContrastiveLoss())]
    }
    guard weights.contains(where: { $0.value > 0 }) else {
      throw reader.error("losses", "must have a term with a weight above 0")
    }
    return try weights.filter { $0.value > 0 }.flatMap { given in
      do {
        let terms = LossTerm.shared(try LossCatalog.loss(given.name), weight: given.value, teachers: teachers.count)
        guard !terms.isEmpty else {
          throw InputError(
            "loss \(given.name.quoted()) compares with a teacher", advice: "name one with --distill-pretrained")
        }
        for term in terms { try term.check(teachers: teachers.count) }
        return terms
      } catch var error as InputError {
        error.problem = "\(given.origin): \(error.problem)"
        throw error
      }
    }
  }
}

// What is asked for by name, declared once; how it is trained follows.
extension TrainingRequest {
  /// All settings, in the order in which help, records and documentation show them.
  package static let all: [Setting<TrainingRequest>] =
    [
      .text("model", \.model, "Model name, configuration .json or folder."),
      .text("pretrained", \.pretrained, "Start from these weights: a checkpoint folder or weight file."),
      .text(
        "tokenizer", \.tokenizer,
        "Vocabulary file or folder; by default the one beside the weights, else CLIP's own."),
      .flag("force-quick-gelu", \.forcesQuickGELU, "Use QuickGELU whatever the configuration says."),
      .integer("force-image-size", \.imageSize, in: 1...8192, "Train at another image size."),
      .text(
        "train-data", \.trainData,
        "Training data: tar shards, CSV, Karpathy or COCO JSON, class folders, scenes:train?count=100000."),
      .text("val-data", \.validationData, "Data to validate on after each epoch."),
      .text("dataset-type", \.trainOptions.datasetType, "auto or a format's name."),
      .text("csv-img-key", \.trainOptions.csvImageKey, "CSV column that holds image paths."),
      .text("csv-caption-key", \.trainOptions.csvCaptionKey, "CSV column that holds captions."),
      .text("csv-separator", \.trainOptions.csvSeparator, "CSV separator: one character, or \\t."),
      .text("image-root", \.trainOptions.imageRoot, "Folder that image paths are relative to."),
      .text(
        "train-split", \.trainOptions.split, "Which part of the training data, where it has several ({default})."),
      .text(
        "val-split", \.validationSplit, "Which part of the validation data, where it has several ({default})."),
      .flag("siglip", \.isSigmoid, "SigLIP's loss instead of CLIP's."),
      Setting(
        "losses", .weights, help: "Losses with their weights.", hasFlag: false,
        read: { reader, request in
          if let given = try reader.weights("losses") {
            guard !given.isEmpty else { throw reader.error("losses", "must have a term with a weight above 0") }
            request.weights = given.map { LossWeight(name: $0.name, value: $0.value, origin: $0.origin) }
          }
        }, value: { .object($0.weightsByName) }),
      .texts("distill-pretrained", \.teachers, "A teacher's checkpoint; may be repeated."),
      .texts("distill-model", \.teacherModels, "The teacher's model, for weights without a configuration."),
      .text("feature-cache", \.featureCache, "Folder of cached teacher features (LOGS/features)."),
    ] + TrainingSettings.all.map { Setting($0, at: \.settings) }

  /// As they were given, or as they stand in for what was not.
  private var weightsByName: JSONObject {
    if !weights.isEmpty {
      return weights.reduce(into: JSONObject()) { $0[$1.name] = .number($1.value) }
    }
    return losses.reduce(into: JSONObject()) { object, term in
      let name = type(of: term.loss).name
      object[name] = .number((object[name]?.doubleValue ?? 0) + term.weight)
    }
  }
}

extension RecipeReader {
  /// Another error, told with a key's place.
  fileprivate func error(_ key: String, _ problem: InputError) -> InputError {
    error(key, String(problem.problem.dropFirst(key.count + 1)), problem.advice)
  }
}

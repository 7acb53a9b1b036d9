public import CLIPFiles
public import CLIPImageText
public import CLIPImages
public import CLIPRecipes

/// Everything that decides what a training run does. Keys are open_clip's flags.
///
/// Made from a recipe (a YAML file, flags put over it); a run's folder keeps ``resolved``, where every default stands
/// written out.
public struct TrainingSettings: Sendable {
  /// Which defaults apply where recipe and flags say nothing.
  public enum Preset: String, Sendable {
    /// From random weights: open_clip's defaults.
    case train
    /// From trained weights: a learning rate that keeps what they know.
    case finetune
  }

  /// How a teacher's features are had.
  public enum TeacherFeatureSource: String, Sendable, CaseIterable {
    /// Cached where the data set has at most 200,000 samples.
    case auto
    /// Computed once for each sample and caption, as they are evaluated, and kept on disk.
    case cached
    /// Computed in each step from the same augmented pictures that the student sees.
    case online
  }

  /// The number format of exported weights.
  public enum SavedPrecision: String, Sendable, CaseIterable { case fp32, fp16, bf16 }

  // Model.
  public let model: String?
  public let pretrained: String?
  public let tokenizer: String?
  public let forcesQuickGELU: Bool
  public let imageSize: Int?
  // Data.
  public let trainData: String
  public let validationData: String?
  public let trainOptions: DataSetOptions
  public let validationOptions: DataSetOptions
  public let decoding: DecodingOptions
  public let isStrict: Bool
  public let augmentation: Augmentation?
  public let validationLimit: Int?
  // Length.
  public let batchSize: Int
  public let accumulation: Int
  public let epochs: Int
  public let samplesPerEpoch: Int?
  /// Whether a student that costs less than its first teacher trains on as many samples more.
  public let equalizesFLOPs: Bool
  // Optimizer.
  public let optimizer: AdamW
  public let learningRate: Double
  public let warmup: Int?
  public let scheduler: LearningRateSchedule.Kind
  public let cooldownEpochs: Int
  public let cooldownEnd: Double
  public let cooldownPower: Double
  public let gradientClip: Double?
  public let checkpointsActivations: Bool
  public let locks: TowerLocks
  // Loss.
  public let losses: [LossTerm]
  public let teachers: [String]
  public let teacherModels: [String]
  public let teacherFeatures: TeacherFeatureSource
  public let featureCache: String?
  // The run.
  public let preset: Preset
  public let seed: UInt64
  public let saveFrequency: Int
  public let saveEveryMinutes: Double
  public let keptCheckpoints: Int
  public let validationFrequency: Int
  public let logEverySteps: Int
  public let savedPrecision: SavedPrecision
  public let grid: String?
  public let pue: Double

  /// What every key came to, in the order of this file.
  public let resolved: JSONObject

  /// The batch that the loss sees: `batch-size * accum-freq`.
  public var globalBatch: Int { batchSize * accumulation }

  /// - Throws: ``InputError`` naming the line or flag, what was expected and what was found.
  public init(_ recipe: RecipeNode, preset: Preset) throws {
    var reader = try SettingsReader(recipe)
    self.preset = preset
    let isFineTuning = preset == .finetune
    model = try reader.text("model")
    pretrained = try reader.text("pretrained")
    guard model != nil || pretrained != nil else {
      throw InputError("name a model with --model, or trained weights with --pretrained")
    }
    if isFineTuning, pretrained == nil {
      throw InputError("fine-tuning needs trained weights", advice: "name them with --pretrained, or use train")
    }
    tokenizer = try reader.text("tokenizer")
    forcesQuickGELU = try reader.bool("force-quick-gelu")
    imageSize = try reader.integer("force-image-size", in: 1...8192)

    guard let data = try reader.text("train-data") else { throw InputError("name the training data with --train-data") }
    trainData = data
    validationData = try reader.text("val-data")
    var options = DataSetOptions()
    options.datasetType = try reader.text("dataset-type", default: options.datasetType)
    options.csvImageKey = try reader.text("csv-img-key", default: options.csvImageKey)
    options.csvCaptionKey = try reader.text("csv-caption-key", default: options.csvCaptionKey)
    options.csvSeparator = try reader.text("csv-separator", default: options.csvSeparator)
    options.imageRoot = try reader.text("image-root")
    options.split = try reader.text("train-split", default: "train")
    trainOptions = options
    options.split = try reader.text("val-split", default: "val")
    validationOptions = options
    decoding = DecodingOptions(
      maximumPixels: try reader.integer("max-image-pixels", default: DecodingOptions().maximumPixels, in: 1...1 << 40),
      appliesOrientation: try reader.bool("exif-orientation"))
    isStrict = try reader.bool("strict")
    augmentation = try Self.augmentation(&reader, isFineTuning)
    validationLimit = try reader.integer("val-limit", in: 1...1 << 40)

    batchSize = try reader.integer("batch-size", default: 64, in: 1...65536)
    accumulation = try reader.integer("accum-freq", default: 1, in: 1...65536)
    epochs = try reader.integer("epochs", default: isFineTuning ? 1 : 32, in: 1...1_000_000)
    samplesPerEpoch = try reader.integer("train-num-samples", in: 1...1 << 40)

    teachers = try reader.texts("distill-pretrained")
    teacherModels = try reader.texts("distill-model")
    if !teacherModels.isEmpty, teacherModels.count != teachers.count {
      throw reader.error(
        "distill-model", "must name one shape for each of the \(teachers.count) teachers, found \(teacherModels.count)")
    }
    teacherFeatures = try reader.choice("distill-features", default: .auto)
    featureCache = try reader.text("feature-cache")
    equalizesFLOPs = try reader.bool("equal-flops")
    if equalizesFLOPs, teachers.isEmpty {
      throw reader.error("equal-flops", "compares with a teacher", "name one with --distill-pretrained")
    }
    losses = try Self.losses(&reader, teachers: teachers.count)
    if batchSize * accumulation == 1, let constant = losses.first(where: \.comparesSamples) {
      throw reader.error(
        "batch-size",
        "1 leaves loss \(type(of: constant.loss).name.quoted()) constant: it tells the samples of a batch from one another",
        "raise --batch-size or --accum-freq")
    }

    let rate = isFineTuning ? (teachers.isEmpty ? 1e-5 : 1e-4) : 5e-4
    learningRate = try reader.number("lr", default: rate, in: 0...1e3)
    optimizer = try Self.optimizer(&reader, isFineTuning)
    warmup = try reader.integer("warmup", in: 0...1 << 40)
    scheduler = try reader.choice("lr-scheduler", default: .cosine)
    cooldownEpochs = try reader.integer("epochs-cooldown", default: scheduler == .constCooldown ? 1 : 0, in: 0...epochs)
    cooldownEnd = try reader.number("lr-cooldown-end", default: 0, in: 0...1e3)
    cooldownPower = try reader.number("lr-cooldown-power", default: 1, in: 0...100)
    gradientClip = try reader.number("grad-clip-norm", in: 1e-9...1e9) ?? (isFineTuning ? 1 : nil)
    if let gradientClip { reader.resolve("grad-clip-norm", .number(gradientClip)) }
    checkpointsActivations = try reader.bool("grad-checkpointing")
    locks = try Self.locks(&reader)

    seed = UInt64(try reader.integer("seed", default: 0, in: 0...Int.max))
    saveFrequency = try reader.integer("save-frequency", default: 1, in: 0...1_000_000)
    saveEveryMinutes = try reader.number("save-every-minutes", default: 10, in: 0...1e6)
    keptCheckpoints = try reader.integer("keep-checkpoints", default: 2, in: 1...1_000_000)
    validationFrequency = try reader.integer("val-frequency", default: 1, in: 0...1_000_000)
    logEverySteps = try reader.integer("log-every-n-steps", default: 10, in: 1...1_000_000)
    savedPrecision = try reader.choice("save-precision", default: .fp32)
    grid = try reader.text("grid")
    pue = try reader.number("pue", default: 1, in: 1...10)
    try reader.finish()
    resolved = reader.resolved
  }
}

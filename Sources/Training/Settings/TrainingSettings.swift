public import CLIPCompute
public import CLIPFiles
import CLIPImageText
public import CLIPImages

/// How a model is trained. What is trained, on which data, with which teachers and losses is told to ``Trainer``.
///
///     var settings = TrainingSettings(preset: .finetune)
///     settings.learningRate = 1e-4
///
/// The comments name each setting's key in recipes and messages.
public struct TrainingSettings: Sendable {
  /// Which defaults apply.
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
    /// Computed once for each sample and caption, as they are evaluated, and kept.
    case cached
    /// Computed in each step from the same augmented pictures that the student sees.
    case online
  }

  /// The number format of exported weights.
  public enum SavedPrecision: String, Sendable, CaseIterable { case fp32, fp16, bf16 }

  /// What a model is made to bear by being rounded so while it learns.
  public enum Quantization: String, Sendable, CaseIterable {
    /// 8 bits for weights and activations, as `QuantizedModel` computes them.
    case int8
  }

  /// Whose defaults these are. A fine-tuned model is validated before its first step too, and its card says so.
  public let preset: Preset

  // Pictures and captions.
  /// How pictures are decoded: `max-image-pixels`, `exif-orientation`.
  public var decoding = DecodingOptions()
  /// Stops at the first sample that cannot be used instead of leaving it out: `strict`.
  public var isStrict = false
  /// Whether pictures are changed at random, as ``augmentation`` says: `augment`. Else they are prepared as for evaluation.
  public var augments = true
  /// How: `aug-scale` and so on.
  public var augmentation = Augmentation()
  /// Validates on at most so many pictures; nil on all: `val-limit`.
  public var validationLimit: Int?

  // Length.
  /// Samples of a micro-batch: `batch-size`.
  public var batchSize = 64
  /// Micro-batches whose features meet in one loss: `accum-freq`.
  public var accumulation = 1
  /// Whether each of several ranks computes its samples' part of the loss instead of all of it: `local-loss`. Sums are the
  /// same; large batches of many ranks take less time.
  public var dividesLoss = false
  /// How often ``samplesPerEpoch`` samples are drawn: `epochs`.
  public var epochs: Int
  /// Samples of an epoch; nil takes all of the data set: `train-num-samples`.
  public var samplesPerEpoch: Int?
  /// Whether a student that costs less than its first teacher trains on as many samples more: `equal-flops`.
  public var equalizesFLOPs = false

  // Optimizer.
  /// What moves the weights: `opt`, `wd` and so on.
  public var optimizer: any Optimizer
  /// The learning rate after the warm-up: `lr`.
  public var learningRate: Double
  /// Steps of the warm-up; nil takes 10,000 but at most a tenth of the run, of a fine-tuning a twentieth: `warmup`.
  public var warmup: Int?
  /// What follows the warm-up: `lr-scheduler`.
  public var scheduler = LearningRateSchedule.Kind.cosine
  /// Epochs of the cool-down; nil takes 1 where ``scheduler`` has one, else 0: `epochs-cooldown`.
  public var cooldownEpochs: Int?
  /// The learning rate at the cool-down's end: `lr-cooldown-end`.
  public var cooldownEnd = 0.0
  /// `lr-cooldown-power`
  public var cooldownPower = 1.0
  /// The most that the gradient's norm may be; nil for any: `grad-clip-norm`.
  public var gradientClip: Double?
  /// What the products of towers are computed in; nil for what the run's folder says of it, else
  /// `ProductArithmetic.trainingStandard`: `precision`.
  public var precision: ProductArithmetic?
  /// Which rounding the model learns to live with; nil for none: `quantize`.
  public var quantization: Quantization?
  /// Steps after which ranges of activations are looked at again; 0 only before the first one: `calibrate-every`.
  public var stepsPerCalibration = 50
  /// Whether activations are computed again instead of kept: `grad-checkpointing`.
  public var checkpointsActivations = false
  /// Which parts keep their weights: `lock-image` and so on.
  public var locks = TowerLocks()
  /// `distill-features`
  public var teacherFeatures = TeacherFeatureSource.auto

  // The run.
  /// Of weights, order, crops and captions: `seed`.
  public var seed: UInt64 = 0
  /// Writes a checkpoint every so many epochs; 0 only at the end: `save-frequency`.
  public var saveFrequency = 1
  /// Writes a resume point this often; 0 only at the end: `save-every-minutes`.
  public var saveEveryMinutes = 10.0
  /// Resume points kept: `keep-checkpoints`.
  public var keptCheckpoints = 2
  /// Validates every so many epochs; 0 only at the end: `val-frequency`.
  public var validationFrequency = 1
  /// `log-every-n-steps`
  public var logEverySteps = 10
  /// `save-precision`
  public var savedPrecision = SavedPrecision.fp32
  /// Where electricity comes from: a region's code, or grams of CO2e a kWh; nil for the world's average: `grid`.
  public var grid: String?
  /// Power usage effectiveness of the building: `pue`.
  public var pue = 1.0

  /// - Parameter distilling: whether there is a teacher, whose smooth targets bear a higher learning rate in fine-tuning
  public init(preset: Preset = .train, distilling: Bool = false) {
    self.preset = preset
    switch preset {
    case .train:
      epochs = 32
      optimizer = AdamW(weightDecay: 0.2)
      learningRate = 5e-4
    case .finetune:
      epochs = 1
      optimizer = AdamW(weightDecay: 0.1)
      learningRate = distilling ? 1e-4 : 1e-5
      gradientClip = 1
    }
  }

  /// The batch that the loss sees: ``batchSize`` times ``accumulation``.
  public var globalBatch: Int { batchSize * accumulation }

  /// Epochs of the cool-down, with its default put in.
  var cooldown: Int { cooldownEpochs ?? (scheduler == .constCooldown ? 1 : 0) }

  /// Whether activations are computed again: accumulated micro-batches need it.
  var recomputes: Bool { checkpointsActivations || accumulation > 1 }

  /// What every setting comes to, by key, defaults written out: what a run keeps of it.
  public var json: JSONObject {
    var json = Self.all.reduce(into: JSONObject()) { object, setting in object[setting.key] = setting.value(self) }
    // What a user's own optimizer has beside them.
    for (key, value) in optimizer.settings.pairs where json[key] == nil { json[key] = value }
    return json
  }

  /// - Throws: ``InputError`` naming a setting that makes no sense.
  public func check() throws {
    for setting in Self.all { try setting.check(self) }
    try augmentation.validate()
    guard cooldown <= epochs else {
      throw InputError("epochs-cooldown must be from 0 to \(epochs), the epochs, found \(cooldown)")
    }
  }
}

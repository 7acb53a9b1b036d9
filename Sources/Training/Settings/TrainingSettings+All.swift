import CLIPCompute
import CLIPFiles
import CLIPImages
import CLIPRecipes

// Every setting, declared once.
extension TrainingSettings {
  /// All of them, in the order in which help, records and documentation show them.
  package static let all: [Setting<TrainingSettings>] =
    pictures + length + steps + [optimizerName] + optimizerParts + schedule + locked + [
      .choice(
        "distill-features", \.teacherFeatures, "auto, cached (once for each sample, kept on disk) or online.")
    ] + keeping

  private static let pictures: [Setting<TrainingSettings>] = [
    .integer(
      "max-image-pixels", \.decoding.maximumPixels, in: 1...1 << 40, "Refuse pictures with more pixels than this."),
    .flag("exif-orientation", \.decoding.appliesOrientation, "Turn pictures as their EXIF orientation says."),
    .flag("strict", \.isStrict, "Stop at the first unusable sample instead of skipping and counting it."),
    .flag("augment", \.augments, standard: true, hasFlag: false, "False prepares pictures as for evaluation."),
    Setting(
      "aug-scale", .numbers(0...1), help: "The crop's share of the area.", hasFlag: false,
      read: { reader, settings in
        guard let range = try reader.numbers("aug-scale", in: 0...1) else { return }
        settings.augmentation.scale = try Augmentation.range(range, at: "aug-scale")
      }, value: { .array([$0.augmentation.scale.lowerBound, $0.augmentation.scale.upperBound].map { .number($0) }) }),
    Setting(
      "aug-ratio", .numbers(0...1000), help: "The crop's columns divided by rows.", hasFlag: false,
      read: { reader, settings in
        guard let range = try reader.numbers("aug-ratio", in: 0...1000) else { return }
        settings.augmentation.ratio = try Augmentation.range(range, at: "aug-ratio")
      }, value: { .array([$0.augmentation.ratio.lowerBound, $0.augmentation.ratio.upperBound].map { .number($0) }) }),
    Setting(
      "aug-color-jitter", .numbers(0...1000), help: "Brightness, contrast, saturation, hue.", hasFlag: false,
      read: { reader, settings in
        guard let values = try reader.numbers("aug-color-jitter", in: 0...1000) else { return }
        settings.augmentation.colorJitter = try ColorJitter(values)
        settings.augmentation.colorJitterProbability = 0.8
      },
      value: {
        $0.augmentation.colorJitter.map {
          .array([$0.brightness, $0.contrast, $0.saturation, $0.hue].map { .number($0) })
        }
      }),
    .number(
      "aug-color-jitter-prob", \.augmentation.colorJitterProbability, in: 0...1, hasFlag: false,
      "How often colors jitter; 0.8 with jitter."),
    .number(
      "aug-gray-scale-prob", \.augmentation.grayScaleProbability, in: 0...1, hasFlag: false,
      "How often a picture loses its colors."),
    .number(
      "aug-hflip", \.augmentation.horizontalFlipProbability, in: 0...1, hasFlag: false,
      "How often left and right change places."),
    .integer("val-limit", \.validationLimit, in: 1...1 << 40, "Validate on at most this many images."),
  ]

  private static let length: [Setting<TrainingSettings>] = [
    .integer("batch-size", \.batchSize, in: 1...65536, "Samples of a micro-batch ({default})."),
    .integer(
      "accum-freq", \.accumulation, in: 1...65536,
      "Micro-batches whose features meet in one loss: the loss sees batch-size x accum-freq ({default})."),
    .flag(
      "local-loss", \.dividesLoss,
      "Each rank computes its samples' part of the loss, not all of it: the same sums, and less time for large batches."
    ),
    .integer("epochs", \.epochs, in: 1...1_000_000, "Epochs ({default})."),
    .integer(
      "train-num-samples", \.samplesPerEpoch, in: 1...1 << 40, "Samples of an epoch; by default all of the data set."),
    .flag(
      "equal-flops", \.equalizesFLOPs,
      "A student cheaper than its first teacher sees as many samples more, at most ten times: equal training FLOPs."),
  ]

  private static let steps: [Setting<TrainingSettings>] = [
    .number("lr", \.learningRate, in: 0...1e3, "Learning rate (train: 5e-4; finetune: 1e-5, with a teacher 1e-4).")
  ]

  private static let optimizerName = Setting<TrainingSettings>(
    "opt", .choice(OptimizerCatalog.names), help: "The optimizer: \(OptimizerCatalog.names.joined(separator: " or ")).",
    read: { reader, settings in
      guard let name = try reader.text("opt") else { return }
      guard let entry = OptimizerCatalog.entries.first(where: { $0.name == name }) else {
        throw reader.error(
          "opt", "must be \(OptimizerCatalog.names.joined(separator: ", ")), found \(name.quoted())",
          Suggestion.nearest(to: name, among: OptimizerCatalog.names).map { "did you mean \"\($0)\"?" })
      }
      // The decay is the preset's, whichever optimizer there is.
      settings.optimizer = entry.make(OptimizerSettings(values: ["wd": settings.optimizer.settings["wd"] ?? .null]))
    }, value: { .string(type(of: $0.optimizer).name) })

  private static let optimizerParts: [Setting<TrainingSettings>] = [
    part("beta1", in: 0...0.999999, "({default})"),
    part("beta2", in: 0...0.999999, "({default})"),
    part("eps", in: 1e-12...1, "({default})"),
    part("wd", in: 0...100, "Weight decay ({default})."),
    Setting(
      "wd-exclude", .choice(DecayExclusion.allCases.map(\.rawValue)),
      help: "What does not decay: open_clip-3 or gains-biases-positions.",
      read: { reader, settings in
        guard let choice = try reader.choice("wd-exclude", DecayExclusion.self) else { return }
        try settings.setOptimizer("wd-exclude", .string(choice.rawValue), reader)
      }, value: { $0.optimizer.settings["wd-exclude"] }),
  ]

  private static func part(_ key: String, in range: ClosedRange<Double>, _ help: String) -> Setting<TrainingSettings> {
    Setting(
      key, .number(range), help: help,
      read: { reader, settings in
        guard let value = try reader.number(key, in: range) else { return }
        try settings.setOptimizer(key, .number(value), reader)
      }, value: { $0.optimizer.settings[key] })
  }

  /// Changes one of the optimizer's own settings.
  private mutating func setOptimizer(_ key: String, _ value: JSONValue, _ reader: RecipeReader) throws {
    let name = type(of: optimizer).name
    var values = optimizer.settings
    guard values.contains(key), let entry = OptimizerCatalog.entries.first(where: { $0.name == name }) else {
      throw reader.error(key, "has no meaning for optimizer \(name)", "leave it out")
    }
    values[key] = value
    optimizer = entry.make(OptimizerSettings(values: values))
  }

  private static let schedule: [Setting<TrainingSettings>] = [
    .integer(
      "warmup", \.warmup, in: 0...1 << 40, "Steps of warm-up (train: 10000 or a tenth; finetune: a twentieth)."),
    .choice("lr-scheduler", \.scheduler, "cosine, const or const-cooldown."),
    Setting(
      "epochs-cooldown", .integer(0...1_000_000), help: "Epochs of the cool-down.",
      read: { reader, settings in
        if let value = try reader.integer("epochs-cooldown", in: 0...settings.epochs) {
          settings.cooldownEpochs = value
        }
      }, value: { .integer($0.cooldown) }),
    .number("lr-cooldown-end", \.cooldownEnd, in: 0...1e3, "Learning rate at the cool-down's end."),
    .number("lr-cooldown-power", \.cooldownPower, in: 0...100, "Power of the cool-down."),
    .number("grad-clip-norm", \.gradientClip, in: 1e-9...1e9, "Clip the norm of the gradient ({default})."),
    Setting(
      "precision", .choice(ProductArithmetic.allCases.map(\.rawValue)),
      help: "Of products: fp32, or amp_bf16 (also amp): bfloat16, summed up in fp32; by default amp_bf16 where the "
        + "processor has it.",
      read: { reader, settings in
        guard let name = try reader.text("precision") else { return }
        guard let arithmetic = ProductArithmetic(named: name) else {
          throw reader.error(
            "precision",
            "must be \(ProductArithmetic.allCases.map(\.rawValue).joined(separator: " or ")), "
              + "found \(name.quoted())", "other formats of 16 bits are not computed in")
        }
        settings.precision = arithmetic
      }, value: { $0.precision.map { .string($0.rawValue) } }),
    Setting(
      "quantize", .choice(Quantization.allCases.map(\.rawValue)),
      help: "Round weights and activations to 8 bits (int8) while training, as evaluate --precision int8 does.",
      read: { if let value = try $0.choice("quantize", Quantization.self) { $1.quantization = value } },
      value: { $0.quantization.map { .string($0.rawValue) } }),
    Setting(
      "calibrate-every", .integer(0...1_000_000),
      help: "With quantize: look at the ranges of activations again every n steps (50); 0 only at the start.",
      read: { reader, settings in
        guard let steps = try reader.integer("calibrate-every", in: 0...1_000_000) else { return }
        guard settings.quantization != nil else {
          throw reader.error("calibrate-every", "has no meaning without quantize", "leave it out")
        }
        settings.stepsPerCalibration = steps
      }, value: { $0.quantization == nil ? nil : .integer($0.stepsPerCalibration) }),
    .flag(
      "grad-checkpointing", \.checkpointsActivations,
      "Compute activations again instead of keeping them: less memory, a third more time."),
  ]

  private static let locked: [Setting<TrainingSettings>] = [
    .flag("lock-image", \.locks.locksImage, "Keep the image tower's weights."),
    .integer(
      "lock-image-unlocked-groups", \.locks.imageUnlockedGroups, in: 0...1000, "Train its last n groups all the same."),
    .flag("lock-text", \.locks.locksText, "Keep the text tower's weights."),
    .integer(
      "lock-text-unlocked-layers", \.locks.textUnlockedLayers, in: 0...1000, "Train its last n layers all the same."),
  ]

  private static let keeping: [Setting<TrainingSettings>] = [
    Setting(
      "seed", .integer(0...Int.max), help: "Seed of weights, order, crops and captions ({default}).",
      read: { if let value = try $0.integer("seed", in: 0...Int.max) { $1.seed = UInt64(value) } },
      value: { .integer(Int(clamping: $0.seed)) }),
    .integer(
      "save-frequency", \.saveFrequency, in: 0...1_000_000,
      "Write a checkpoint every n epochs ({default}); 0 only at the end."),
    .number(
      "save-every-minutes", \.saveEveryMinutes, in: 0...1e6,
      "Write a resume point this often ({default}); 0 only at the end."),
    .integer("keep-checkpoints", \.keptCheckpoints, in: 1...1_000_000, "Resume points kept ({default})."),
    .integer(
      "val-frequency", \.validationFrequency, in: 0...1_000_000,
      "Validate every n epochs ({default}), finetune before its first step too; 0 only at the end."),
    .integer("log-every-n-steps", \.logEverySteps, in: 1...1_000_000, "Log every n steps ({default})."),
    .choice("save-precision", \.savedPrecision, "Number format of checkpoints: fp32, fp16 or bf16."),
    .text(
      "grid", \.grid,
      "Electricity: a region's code such as FR, or grams of CO2e per kWh; by default the world's average."),
    .number("pue", \.pue, in: 1...10, "Power usage effectiveness of the building ({default})."),
  ]
}

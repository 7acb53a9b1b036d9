import CLIPFiles
import CLIPQuantization

// What is looked at before anything else is made.
extension Trainer {
  /// - Throws: ``InputError`` for settings and losses that make no sense, alone or together.
  static func check(
    _ settings: TrainingSettings, _ losses: [LossTerm], teachers: Int, _ names: SettingNames
  ) throws {
    try settings.check()
    for term in losses { try term.check(teachers: teachers) }
    guard losses.contains(where: { $0.weight > 0 }) else {
      throw InputError("the losses must have a term with a weight above 0")
    }
    if settings.dividesLoss, let whole = losses.first(where: { !type(of: $0.loss).isDivisible }) {
      throw InputError(
        "loss \(type(of: whole.loss).name.quoted()) is computed of whole batches only",
        advice: "leave out \(names("local-loss"))"
      )
    }
    if settings.equalizesFLOPs, teachers == 0 {
      throw InputError("\(names("equal-flops")) compares with a teacher", advice: "give the run one")
    }
    if let problem = constantLoss(settings, losses, names) { throw problem }
  }

  /// - Throws: ``InputError`` where training in 8 bits has too few pairs to find ranges by.
  static func checkPairs(_ count: Int, _ settings: TrainingSettings, _ names: SettingNames) throws {
    guard settings.quantization != nil, count < QuantizedModel.fewestPairs else { return }
    throw InputError(
      "\(names("quantize")) needs at least \(QuantizedModel.fewestPairs) image-text pairs to find ranges, found \(count)",
      advice: "give it more training data")
  }

  /// What is wrong with a batch of one sample; nil where nothing is.
  static func constantLoss(_ settings: TrainingSettings, _ losses: [LossTerm], _ names: SettingNames) -> InputError? {
    guard settings.globalBatch == 1, let constant = losses.first(where: \.comparesSamples) else { return nil }
    return InputError(
      "batch-size 1 leaves loss \(type(of: constant.loss).name.quoted()) constant: it tells the samples of a batch from "
        + "one another", advice: "raise \(names("batch-size")) or \(names("accum-freq"))")
  }
}

extension TrainingData.Settings {
  /// How samples become a student's inputs.
  init(_ settings: TrainingSettings, contextLength: Int, _ names: SettingNames) {
    batchSize = settings.globalBatch
    self.contextLength = contextLength
    seed = settings.seed
    isStrict = settings.isStrict
    decoding = settings.decoding
    augmentation = settings.augments ? settings.augmentation : nil
    samplesPerEpoch = settings.samplesPerEpoch
    self.names = names
  }
}

extension LearningRateSchedule {
  /// The schedule of a run.
  init(_ settings: TrainingSettings, stepsPerEpoch: Int) {
    let steps = settings.epochs * stepsPerEpoch
    // open_clip's 10,000 steps of warm-up would be all of a short run.
    let warmup = settings.preset == .finetune ? steps / 20 : min(10_000, steps / 10)
    self.init(settings.scheduler, base: settings.learningRate, warmup: settings.warmup ?? warmup, steps: steps)
    cooldown = settings.cooldown * stepsPerEpoch
    cooldownEnd = settings.cooldownEnd
    cooldownPower = settings.cooldownPower
  }
}

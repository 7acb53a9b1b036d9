import CLIPFiles
import CLIPImages

// Groups of settings that belong together.
extension TrainingSettings {
  /// open_clip's `--aug-cfg` keys. Training crops at random as open_clip does by default; `augment: false` prepares
  /// pictures as for evaluation.
  static func augmentation(_ reader: inout SettingsReader, _ isFineTuning: Bool) throws -> Augmentation? {
    let isOn = try reader.bool("augment", default: true)
    var augmentation = Augmentation()
    if let scale = try reader.numbers("aug-scale", in: 0...1) {
      augmentation.scale = try Augmentation.range(scale, at: "aug-scale")
    }
    if let ratio = try reader.numbers("aug-ratio", in: 0...1000) {
      augmentation.ratio = try Augmentation.range(ratio, at: "aug-ratio")
    }
    if let jitter = try reader.numbers("aug-color-jitter", in: 0...1000) {
      augmentation.colorJitter = try ColorJitter(jitter)
    }
    augmentation.colorJitterProbability = try reader.number(
      "aug-color-jitter-prob", default: augmentation.colorJitter == nil ? 0 : 0.8, in: 0...1)
    augmentation.grayScaleProbability = try reader.number("aug-gray-scale-prob", default: 0, in: 0...1)
    augmentation.horizontalFlipProbability = try reader.number("aug-hflip", default: 0, in: 0...1)
    try augmentation.validate()
    return isOn ? augmentation : nil
  }

  static func optimizer(_ reader: inout SettingsReader, _ isFineTuning: Bool) throws -> AdamW {
    var optimizer = AdamW()
    optimizer.beta1 = Float(try reader.number("beta1", default: 0.9, in: 0...0.999999))
    optimizer.beta2 = Float(try reader.number("beta2", default: 0.98, in: 0...0.999999))
    optimizer.epsilon = Float(try reader.number("eps", default: 1e-6, in: 1e-12...1))
    optimizer.weightDecay = Float(try reader.number("wd", default: isFineTuning ? 0.1 : 0.2, in: 0...100))
    optimizer.decayExclusion = try reader.choice("wd-exclude", default: .openCLIP3)
    return optimizer
  }

  static func locks(_ reader: inout SettingsReader) throws -> TowerLocks {
    var locks = TowerLocks()
    locks.locksImage = try reader.bool("lock-image")
    locks.imageUnlockedGroups = try reader.integer("lock-image-unlocked-groups", default: 0, in: 0...1000)
    locks.locksText = try reader.bool("lock-text")
    locks.textUnlockedLayers = try reader.integer("lock-text-unlocked-layers", default: 0, in: 0...1000)
    return locks
  }

  /// The loss's terms. Without any the loss is CLIP's or, with `siglip`, SigLIP's; with teachers it is what the evidence
  /// favours: feature matching first, and no contrastive term of the student's own.
  static func losses(_ reader: inout SettingsReader, teachers: Int) throws -> [LossTerm] {
    let isSigmoid = try reader.bool("siglip")
    if let given = try reader.weights("losses") {
      guard given.contains(where: { $0.value > 0 }) else {
        throw reader.error("losses", "must have a term with a weight above 0")
      }
      return try given.filter { $0.value > 0 }.flatMap { name, weight, origin in
        do {
          let term = try LossTerm(name, weight: weight)
          guard term.needsTeacher else { return [term] }
          guard teachers > 0 else {
            throw InputError(
              "loss \(name.quoted()) compares with a teacher", advice: "name one with --distill-pretrained")
          }
          return try (0..<teachers).map { try LossTerm(name, weight: weight / Double(teachers), teacher: $0) }
        } catch var error as InputError {
          error.problem = "\(origin): \(error.problem)"
          throw error
        }
      }
    }
    let names: [(String, Double)] =
      teachers > 0 ? distillation : [(isSigmoid ? SigmoidLoss.name : ContrastiveLoss.name, 1)]
    reader.resolve("losses", .object(names.reduce(into: JSONObject()) { $0[$1.0] = .number($1.1) }))
    return try names.flatMap { name, weight in
      let term = try LossTerm(name, weight: weight)
      if !term.needsTeacher { return [term] }
      return try (0..<teachers).map { try LossTerm(name, weight: weight / Double(teachers), teacher: $0) }
    }
  }

  /// Features, affinities and interactive contrast: the best combination of CLIP-KD's ablation (arXiv:2307.12732, table 1),
  /// with its weights: its 2000 for features is 3.9 here, see ``FeatureLoss``.
  static let distillation = [(FeatureLoss.name, 4.0), (InteractiveLoss.name, 1.0), (AffinityLoss.name, 1.0)]
}

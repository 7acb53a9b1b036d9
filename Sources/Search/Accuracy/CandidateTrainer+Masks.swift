internal import CLIPFiles
internal import CLIPImageText
internal import CLIPPruning
internal import CLIPTraining

/// Models that learned masks cut: gates and weights are learned once for each seed, and kept beside the trained candidates.
extension CandidateTrainer {
  /// What keys of learned masks begin with; its number counts their definitions.
  private static let masksVersion = "m1-"

  /// What a cut's masks have learned, now or before; the recipe must be one that is cut by it.
  ///
  /// They learn from the training data, from the settings of fine-tuning, and with the whole model as teacher. The same are
  /// learned anew where the file is gone or damaged.
  /// - Throws: `InputError` where they cannot be learned; `CancellationError` when stopped.
  func learnedMasks(_ cut: StrategyCut) throws -> LearnedMasks {
    if let masks { return masks }
    let budget = try cut.budget(of: recipe.dense), settings = try recipe.maskSettings(cut, of: data.training.count)
    let text = "\(digest) \(data.digest) \(budget.kind.rawValue) \(budget.limit) \(settings.text)"
    let path = "\(folder)/masks/\(Self.masksVersion)\(String(MurmurHash.hash(text), radix: 16)).safetensors"
    if Folder.containsFile(path),
      let known = try? LearnedMasks(file: path, of: recipe.dense, budget: budget, on: pool)
    {
      masks = known
      return known
    }
    var learning = try MaskLearning(dense, budget: budget, settings, on: pool)
    learning.progress = { [weak self] in self?.observe(Stage(name: "learning masks", done: $0, total: $1)) }
    learning.shouldStop = shouldStop
    let found = try learning.run(data.training)
    try found.write(to: path)
    masks = found
    return found
  }
}

extension SearchRecipe {
  /// What candidates' keys say of masks; nothing where there are none, so that other keys are what they were.
  var masksText: String { masks.map { " \(JSONValue.object($0.json).text())" } ?? "" }

  /// How masks are learned: as models are fine-tuned, from as many samples of the base model where the cut does not say.
  /// - Parameter all: samples of the training data
  /// - Throws: `InputError` for settings that make no sense.
  func maskSettings(_ cut: StrategyCut, of all: Int) throws -> MaskSettings {
    var settings = MaskSettings()
    settings.training = settledTraining
    settings.training.seed = seed
    settings.samples = cut.maskSamples ?? training.samplesPerEpoch ?? all
    settings.rate = cut.maskRate ?? settings.rate
    try settings.check()
    return settings
  }
}

import CLIPCompute
import CLIPFiles
import CLIPLayers
import CLIPRecipes
import CLIPTensors

// How a run is saved and taken up again.
extension Trainer {
  /// Writes a resume point, where there is a folder.
  func save() throws {
    guard let folder else { return }
    state.seconds = meter.seconds
    let blocks = Self.blocks(engine)
    let tensors = engine.weights.entries.indices.flatMap { index in
      blocks.map { ("\($0.name)/\($0.block.entries[index].name)", $0.block[$0.block.entries[index]]) }
    }
    let scales = engine.keptScales
    var json = state.json
    json["settings"] = .object(record)
    json["data"] = .object(identities.json)
    meter.sample(always: true)
    json["footprint"] = meter.footprint.map { .object($0.json) }
    json["version"] = .string(version)
    let file = try ResumePoint.write(
      step: state.step, tensors + scales, state: json, to: folder.checkpoints, keeping: settings.keptCheckpoints)
    lastSave = .now
    try emit(.checkpoint(step: state.step, file: file))
  }

  /// What a resume point keeps for each parameter: its weights, and what the optimizer keeps of earlier steps.
  static func blocks(_ engine: TrainingEngine) -> [(name: String, block: ParameterBlock)] {
    [("weights", engine.weights)] + zip(type(of: engine.optimizer).stateNames, engine.optimizerState).map { ($0, $1) }
  }

  /// Takes a run up at a point.
  /// - Throws: ``InputError`` where it is of another run, unless changes are allowed, or does not fit.
  static func start(
    _ point: ResumePoint, in folder: RunFolder, _ engine: TrainingEngine, _ identities: RunIdentities,
    _ record: JSONObject, _ data: TrainingData, _ settings: TrainingSettings, allowsChanges: Bool,
    _ names: SettingNames, _ observe: (TrainingEvent) -> Void
  ) throws -> TrainerState {
    if !allowsChanges { try compareSettings(record, settings, folder, point, names) }
    if let earlier = try RunIdentities(resumePoint: point) {
      if !allowsChanges { try identities.check(against: earlier, folder.path, names) }
      if earlier.hasOtherFingerprints {
        observe(
          .note("\(point.path) tells its teachers by an earlier version's fingerprints; they are taken to be the same"))
      }
    } else {
      observe(.note("\(point.path) does not say which data it was made with; it is taken to be the same"))
    }
    for (name, block) in blocks(engine) {
      for entry in block.entries {
        block.set(entry, try point.tensor("\(name)/\(entry.name)", Shape(entry.parameter.shape)))
      }
    }
    // Before the first step there are none; neither in a run that was not rounded, where changes are allowed.
    if point.hasTensor(beginning: TrainingEngine.scaleName) { try engine.restoreScales(point.tensor) }
    return try namingFile(point.path) {
      try TrainerState(point.state, batchesPerEpoch: data.batchesPerEpoch, batch: data.batchSize)
    }
  }

  /// The point that a run goes on from; nil for a run that starts.
  /// - Throws: ``InputError`` when it is damaged, or the folder holds a run that is not to be taken up.
  static func resumePoint(
    _ resume: Resume, in folder: RunFolder, _ names: SettingNames, _ observe: (TrainingEvent) -> Void
  ) throws -> ResumePoint? {
    switch resume {
    case .never:
      guard folder.holdsRun else { return nil }
      throw InputError(
        "holds a run already", file: folder.path,
        advice: names == .flags
          ? "go on with --resume latest, or choose another --name" : "resume the latest, or take another folder")
    case .from(let path): return try ResumePoint(path: path)
    case .latest:
      let point = try ResumePoint.latest(in: folder.checkpoints) { error in
        observe(.note("passed over a resume point: \(error)"))
      }
      if point == nil { observe(.note("no resume point in \(folder.checkpoints): the run starts at its first step")) }
      return point
    }
  }

  /// A run goes on with the settings it began with: its folder's, or those in a point that another folder takes up.
  private static func compareSettings(
    _ record: JSONObject, _ settings: TrainingSettings, _ folder: RunFolder, _ point: ResumePoint,
    _ names: SettingNames
  ) throws {
    var before =
      (Folder.containsFile(folder.parameters)
        ? try Recipe.read(folder.parameters).json.objectValue : point.state["settings"]?.objectValue) ?? JSONObject()
    // A setting that the run's version did not have yet was at its standard.
    for (key, value) in TrainingSettings(preset: settings.preset).json.pairs
    where record.contains(key) && !before.contains(key) {
      before[key] = value
    }
    // Before runs said what they multiply in, it was floats.
    if !before.contains(Self.precisionKey) { before[Self.precisionKey] = .string(ProductArithmetic.float32.rawValue) }
    let differences = Recipe.differences(withWholeBatch(before), withWholeBatch(record)).filter { line in
      !["save-every-minutes", "keep-checkpoints", "log-every-n-steps", "feature-cache", "local-loss"].contains {
        line.hasPrefix($0 + ":")
      }
    }
    guard differences.isEmpty else {
      throw InputError(
        "the settings differ from those of the run: \(differences.joined(separator: ", "))", file: folder.path,
        advice: names == .flags ? "use the same ones, or --force" : "use the same ones, or allow changes")
    }
  }
}

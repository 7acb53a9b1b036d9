import CLIPFiles
import CLIPRecipes
import CLIPTensors

// How a run is saved and taken up again.
extension Trainer {
  /// Writes a resume point.
  func save() throws {
    state.seconds = meter.seconds
    let tensors = engine.weights.entries.indices.flatMap { index in
      [("weights", engine.weights), ("exp_avg", engine.moments.first), ("exp_avg_sq", engine.moments.second)].map {
        ("\($0.0)/\($0.1.entries[index].name)", $0.1[$0.1.entries[index]])
      }
    }
    var json = state.json
    json["settings"] = .object(settings.resolved)
    json["data"] = .object(identities.json)
    meter.sample(always: true)
    json["footprint"] = meter.footprint.map { .object($0.json) }
    json["version"] = .string(version)
    let file = try ResumePoint.write(
      step: state.step, tensors, state: json, to: folder.checkpoints, keeping: settings.keptCheckpoints)
    lastSave = .now
    try emit(.checkpoint(step: state.step, file: file))
  }

  static func load(
    _ point: ResumePoint, into engine: TrainingEngine, batchesPerEpoch: Int, batch: Int
  ) throws -> TrainerState {
    for (name, block) in [
      ("weights", engine.weights), ("exp_avg", engine.moments.first), ("exp_avg_sq", engine.moments.second),
    ] {
      for entry in block.entries {
        block.set(entry, try point.tensor("\(name)/\(entry.name)", Shape(entry.parameter.shape)))
      }
    }
    return try namingFile(point.path) { try TrainerState(point.state, batchesPerEpoch: batchesPerEpoch, batch: batch) }
  }

  static func resumePoint(
    _ resume: Resume, in folder: RunFolder, _ observe: (TrainingEvent) -> Void
  ) throws -> ResumePoint? {
    switch resume {
    case .never: nil
    case .from(let path): try ResumePoint(path: path)
    case .latest:
      try ResumePoint.latest(in: folder.checkpoints) { error in
        observe(.note("passed over a resume point: \(error)"))
      }
    }
  }

  /// A run goes on with the settings it began with: its folder's, or those in a point that another folder takes up.
  static func compareSettings(_ settings: JSONObject, _ folder: RunFolder, _ point: ResumePoint) throws {
    let known =
      Folder.containsFile(folder.parameters)
      ? try Recipe.read(folder.parameters).json.objectValue : point.state["settings"]?.objectValue
    let before = known ?? JSONObject()
    let differences = Recipe.differences(before, settings).filter { line in
      !["save-every-minutes", "keep-checkpoints", "log-every-n-steps", "feature-cache"].contains {
        line.hasPrefix($0 + ":")
      }
    }
    guard differences.isEmpty else {
      throw InputError(
        "the settings differ from those of the run: \(differences.joined(separator: ", "))", file: folder.path,
        advice: "use the same ones, or --force")
    }
  }
}

internal import CLIPFiles
internal import CLIPRanks
package import CLIPStudies
internal import CLIPTraining

/// Candidates that processes share, on one machine or on many: each is made by one of them, and all have what it made.
extension CandidateTrainer {
  /// What is known of the shape at a point, or what training and measuring it gives; the latter is kept for ever after,
  /// and whether it was known.
  ///
  /// Where another process makes the same candidate, this one waits for it, and goes on with it where that one dies.
  /// - Throws: as ``measure(_:)``.
  public func measureOnce(_ point: [Int]) throws -> (measurement: CandidateMeasurement, wasKnown: Bool) {
    let key = try key(point), home = "\(folder)/\(key)",
      path = "\(home)/\(Self.measurementName(recipe.arithmetic(at: point)))"
    if let known = try known(path) {
      try callRanks(for: nil)
      return (known, true)
    }
    let owner = try own(home, unless: { try known(path) != nil })
    if let known = try known(path) {
      try callRanks(for: nil)
      return (known, true)
    }
    let meter = try CandidateMeter(home: home, grid: grid, pue: pue, threads: pool.threads)
    self.meter = meter
    self.owner = owner
    defer {
      self.meter = nil
      self.owner = nil
      owner?.release()
    }
    var measurement: CandidateMeasurement
    do {
      if let again = try measuredAgain(point, in: home) {
        try callRanks(for: nil)
        measurement = again
      } else {
        measurement = try measure(point, key: key)
      }
    } catch {
      // Whoever followed this process goes on with the candidate, and its files are no longer this one's.
      if owner?.isLost ?? false { throw CancellationError() }
      meter.save()
      throw error
    }
    measurement.footprint = meter.footprint()
    try AtomicFile.write(JSONValue.object(measurement.json).text() + "\n", to: path)
    try meter.discard()
    // What only an interrupted candidate needs.
    for name in ResumePoint.files(in: "\(home)/run/checkpoints") {
      try Folder.remove("\(home)/run/checkpoints/\(name)")
    }
    return (measurement, false)
  }

  private static let ownerFolder = "owner"

  private func known(_ path: String) throws -> CandidateMeasurement? {
    guard Folder.containsFile(path), let known = CandidateMeasurement(try JSONParser.parse(file: path)),
      known.checkpoint.isEmpty || Folder.containsFile("\(folder)/\(known.checkpoint)/open_clip_config.json")
    else { return nil }
    return known
  }

  /// The right to make a candidate; nil once another process has made it.
  private func own(_ home: String, unless isMade: () throws -> Bool) throws -> Ownership? {
    while true {
      switch try Ownership.attempt("\(home)/\(Self.ownerFolder)") {
      case .taken(let owner): return owner
      case .held(let holder, _):
        let who = holder?.words ?? "another process"
        observe(Stage(name: "waiting for \(who), which makes the same candidate", done: 0, total: 1))
        for _ in 0..<10 {
          if shouldStop() { throw CancellationError() }
          Pause.milliseconds(50)
          if try isMade() { return nil }
        }
      }
    }
  }

  // Several processes that train one candidate.

  /// Tells the other ranks whether there is something to train.
  private func callRanks(for work: String?) throws { _ = try ranks?.broadcast(work ?? "") }

  /// Tells the other ranks whether a candidate is cut and trained now: once for each task, whatever comes of it.
  func callRanks(trains: Bool) throws { try callRanks(for: trains ? "train" : nil) }

  /// Does another rank's part of a task: cuts what rank 0 cuts, and trains with it.
  /// - Throws: as ``measure(_:)``.
  package func help(_ kind: Trial.Kind, _ point: [Int]) throws {
    guard let ranks, kind == .training, try ranks.broadcast("") == "train" else { return }
    _ = try tune(pruned(point), key: key(point))
  }

  /// The settings of fine-tuning for each rank: the batch of all of them is the recipe's.
  func rankSettings() throws -> TrainingSettings {
    var settings = recipe.settledTraining
    guard let ranks else { return settings }
    guard settings.batchSize % ranks.count == 0 else {
      throw InputError(
        "finetune: batch-size \(settings.batchSize) cannot be divided among \(ranks.count) ranks",
        advice: "choose another --ranks-per-trial")
    }
    settings.batchSize /= ranks.count
    return settings
  }
}

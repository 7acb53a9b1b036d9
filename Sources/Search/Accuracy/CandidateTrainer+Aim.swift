internal import CLIPCheckpoints
internal import CLIPEvaluation
internal import CLIPFiles
internal import CLIPImageText
internal import CLIPStudies
internal import CLIPWeights

/// The user's own idea of accuracy: several sets, classes, or a program.
extension CandidateTrainer {
  /// The figures of a model on every set, and what they come to.
  func accuracy(
    _ evaluator: Evaluator, on sets: AccuracySets, stage: String
  ) throws -> CandidateMeasurement.Accuracy {
    guard sets.aim.command == nil else { throw InputError("a program measures checkpoints, not what is computed here") }
    var found: [FoundFigure?] = Array(repeating: nil, count: sets.sets.count)
    for same in sets.shared {
      let index = same[0]
      let figures = try evaluator.figures(same.map { sets.aim.parts[$0].figure }, of: sets.sets[index], on: pool) {
        self.observe(Stage(name: stage, done: $0, total: $1 ?? $0))
      }
      for (place, figure) in zip(same, figures) { found[place] = figure }
      if shouldStop() { throw CancellationError() }
    }
    return sets.accuracy(of: found.compactMap { $0 })
  }

  /// What the user's program says of a model, whose checkpoint is written for it and taken away again.
  /// - Throws: `InputError` where programs are not allowed, or this one fails, takes too long or prints no number.
  func accuracy(_ model: LoadedModel, by command: MetricCommand) throws -> CandidateMeasurement.Accuracy {
    guard recipe.allowsCommands else { throw SearchRecipe.refusal(of: command) }
    observe(Stage(name: "measuring by \(command.name)", done: 0, total: 1))
    let work = try WorkFolder(), checkpoint = "\(work.path)/checkpoint"
    defer { withExtendedLifetime(work) {} }
    try Folder.make(checkpoint)
    try model.write(to: checkpoint, as: .openCLIP, .float32)
    let program = LimitedProgram(command.words(for: checkpoint), seconds: command.timeLimit)
    do {
      let output = try program.output(errors: "\(work.path)/errors.txt") {
        self.observe(Stage(name: "measuring by \(command.name)", done: 0, total: 1))
        return shouldStop()
      }
      let (value, error) = try MetricCommand.figures(in: output)
      return CandidateMeasurement.Accuracy(
        mean: value, standardError: error, imageRecall: nil, textRecall: nil, chance: command.chance,
        metric: command.name)
    } catch let error as InputError {
      // A full disk is told as such; all else is this candidate's failure.
      if error.isOfDisk { throw error }
      throw InputError("the program of metric \(command.name) failed: \(error)")
    }
  }
}

extension CandidateMeasurement.Accuracy {
  /// What nobody measured.
  static func unknown(metric: String) -> CandidateMeasurement.Accuracy {
    CandidateMeasurement.Accuracy(
      mean: .nan, standardError: .nan, imageRecall: nil, textRecall: nil, metric: metric)
  }
}

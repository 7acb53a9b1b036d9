internal import CLIPCarbonFootprint
internal import CLIPFiles
internal import CLIPSearch
internal import CLIPUnits

/// Members are published with the weights of the recipe's first seed; where a record came without them, they are made again.
extension FamilyRun {
  /// Trains members again whose weights are neither among the candidates nor in a checkpoint that was published: by the same
  /// recipe and seed. What was measured stays as it was recorded. To the bit they are the same on the same kind of processor where
  /// the teacher's features are still among the candidates; computed in other batches these differ in their last digits.
  /// - Parameter tell: told in a line what is done and why
  /// - Throws: as ``run()``.
  public func restoreWeights(tell: (String) -> Void = { _ in }) throws {
    var data: SearchData?
    for place in record.models.indices where record.models[place].kind == .member {
      let model = record.models[place]
      guard let index = model.runs.firstIndex(where: { $0.seed == recipe.seeds[0] }) else { continue }
      let run = model.runs[index], name = "\(model.name), seed \(run.seed)"
      guard !Folder.containsFile("\(folder)/\(run.validation.checkpoint)/open_clip_config.json"),
        !ClaimCheckpoints.holds(recipe.checkpoints + model.name, run)
      else { continue }
      let search = try recipe.training([model.sizes], seed: run.seed, precision: record.precision)
      let opened = try data ?? SearchData(opening: search)
      data = opened
      let trainer = try makeTrainer(search, opened) { name }
      let point = try Self.point(of: model.sizes, named: model.name, in: search, recipe.name)
      // Of another training nothing is published: it is lacking in the record.
      guard try trainer.key(point) == run.key else { continue }
      tell("the weights of \(name) are not here; it is trained again by the same recipe and seed")
      let again = try trainer.measureOnce(point).measurement
      if again.float32 != run.validation.float32 {
        tell(
          "\(name): the new weights differ from those that were measured: they have \(Figures.percent(again.float32.mean)) on "
            + "validation in floats, where the record has \(Figures.percent(run.validation.float32.mean))")
      }
      if let made = again.footprint {
        record.models[place].runs[index].footprint = run.footprint + made
        try record.write(to: recipe.record)
      }
    }
  }
}

extension FamilyModel.Run {
  /// The same as one that is recorded now: of sealed test sets it has guesses alone.
  func unopened(isSealed: Bool) -> FamilyModel.Run {
    guard isSealed else { return self }
    var run = self
    for index in run.readings.indices { run.readings[index].test = nil }
    return run
  }
}

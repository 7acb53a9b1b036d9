import CLIPFiles

/// Where a run stands, beside its tensors: all that a resume point keeps.
struct TrainerState {
  /// Steps of the optimizer, skipped ones among them.
  var step = 0
  /// Steps that moved the weights: what AdamW's bias correction counts.
  var updates = 0
  var samples = 0
  var position = DataPosition()
  /// Steps left out because loss or gradient were not finite, and how many of them in a row just now.
  var skippedSteps = 0
  var skippedInRow = 0
  /// Samples left out because they could not be used.
  var leftOut = LeftOutSamples()
  var seconds = 0.0
  /// What validation measured before the first step, of a run from trained weights: `metrics`, `standard_errors`.
  var baseline: JSONObject?

  init() {}

  var json: JSONObject {
    var object: JSONObject = [
      "step": .integer(step), "updates": .integer(updates), "samples": .integer(samples),
      "epoch": .integer(position.epoch), "batches": .integer(position.batches), "drawn": .integer(position.drawn),
      "skipped_steps": .integer(skippedSteps), "skipped_in_row": .integer(skippedInRow),
      "left_out": .object(leftOut.json), "seconds": .number(seconds),
    ]
    if let baseline { object["baseline"] = .object(baseline) }
    return object
  }

  /// - Parameters:
  ///   - batchesPerEpoch: of the run that goes on; steps are its only clock, so a run whose settings were changed by force
  ///     goes on at the epoch that its steps make now
  ///   - batch: samples of a batch
  /// - Throws: ``InputError`` when a number is missing or negative.
  init(_ json: JSONObject, batchesPerEpoch: Int, batch: Int) throws {
    func count(_ key: String) throws -> Int {
      guard let value = json[key]?.intValue, value >= 0 else {
        throw InputError("the resume point's \(key) is missing")
      }
      return value
    }
    step = try count("step")
    updates = try count("updates")
    samples = try count("samples")
    position = DataPosition(epoch: step / max(batchesPerEpoch, 1), batches: step % max(batchesPerEpoch, 1))
    let drawn = try count("drawn"), epoch = try count("epoch")
    // Earlier versions did not count batches.
    let batches = json["batches"]?.intValue ?? position.batches
    let isSamePlace = epoch == position.epoch && batches == position.batches && drawn <= 1 << 60
    position.drawn = isSamePlace ? drawn : position.batches * batch
    skippedSteps = try count("skipped_steps")
    skippedInRow = try count("skipped_in_row")
    leftOut =
      try json["left_out"]?.objectValue.map { try LeftOutSamples($0) }
      ?? LeftOutSamples(draws: count("skipped_samples"))
    seconds = json["seconds"]?.doubleValue ?? 0
    baseline = json["baseline"]?.objectValue
  }
}

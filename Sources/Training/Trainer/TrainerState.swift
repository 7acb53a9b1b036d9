import Files

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
  var skippedSamples = 0
  var seconds = 0.0

  init() {}

  var json: JSONObject {
    [
      "step": .integer(step), "updates": .integer(updates), "samples": .integer(samples),
      "epoch": .integer(position.epoch), "drawn": .integer(position.drawn), "skipped_steps": .integer(skippedSteps),
      "skipped_in_row": .integer(skippedInRow), "skipped_samples": .integer(skippedSamples),
      "seconds": .number(seconds),
    ]
  }

  /// - Throws: ``InputError`` when a number is missing or negative.
  init(_ json: JSONObject) throws {
    func count(_ key: String) throws -> Int {
      guard let value = json[key]?.intValue, value >= 0 else {
        throw InputError("the resume point's \(key) is missing")
      }
      return value
    }
    step = try count("step")
    updates = try count("updates")
    samples = try count("samples")
    position = DataPosition(epoch: try count("epoch"), drawn: try count("drawn"))
    skippedSteps = try count("skipped_steps")
    skippedInRow = try count("skipped_in_row")
    skippedSamples = try count("skipped_samples")
    seconds = json["seconds"]?.doubleValue ?? 0
  }
}

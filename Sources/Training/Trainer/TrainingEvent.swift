public import CLIPFiles

/// What happens during a run: shown to a person and written to its log.
public enum TrainingEvent: Sendable {
  /// The run begins or is taken up again: what it is made of.
  case start(JSONObject)
  /// One step. Throughput and time are of this session.
  case step(StepRecord)
  /// Figures of held-out data, after so many steps and samples.
  case validation(step: Int, samples: Int, dataset: String, metrics: JSONObject, standardErrors: JSONObject)
  /// A resume point was written.
  case checkpoint(step: Int, file: String)
  /// The model was written as a checkpoint.
  case exported(step: Int, folder: String)
  /// A step that left the weights as they were.
  case skipped(step: Int, reason: String)
  /// Something that a person should know.
  case note(String)
  /// Work before the first step: what, done, of how many.
  case preparing(String, Int, Int)
  /// The run has ended: steps, samples, seconds and footprint.
  case end(JSONObject)

  /// What the log keeps of it; nil for what is of no use later.
  var json: JSONObject? {
    switch self {
    case .start(let facts): ["event": "start"] + facts
    case .step(let record): ["event": "step"] + record.json
    case .validation(let step, let samples, let dataset, let metrics, let errors):
      [
        "event": "validation", "step": .integer(step), "samples": .integer(samples), "dataset": .string(dataset),
        "metrics": .object(metrics), "standard_errors": .object(errors),
      ]
    case .checkpoint(let step, let file): ["event": "checkpoint", "step": .integer(step), "file": .string(file)]
    case .exported(let step, let folder): ["event": "exported", "step": .integer(step), "folder": .string(folder)]
    case .skipped(let step, let reason): ["event": "skipped", "step": .integer(step), "reason": .string(reason)]
    case .note(let text): ["event": "note", "text": .string(text)]
    case .preparing: nil
    case .end(let facts): ["event": "end"] + facts
    }
  }
}

/// The figures of one step.
public struct StepRecord: Sendable {
  /// Steps so far, this one included.
  public var step = 0
  /// Steps of the whole run.
  public var totalSteps = 0
  /// Passes of the data so far.
  public var epoch = 0.0
  /// Samples seen so far.
  public var samples = 0
  /// The sum of ``terms``, each with its weight.
  public var loss = 0.0
  /// The loss's terms, without their weights.
  public var terms: [(name: String, value: Double)] = []
  /// The rate of this step.
  public var learningRate = 0.0
  /// The factor of similarities, not its logarithm.
  public var logitScale = 0.0
  /// Before clipping.
  public var gradientNorm = 0.0
  /// Samples a second in this step.
  public var samplesPerSecond = 0.0
  /// Of the whole run, earlier sessions included.
  public var seconds = 0.0
  /// Energy so far, in joules; nil where it is not estimated.
  public var energyJoules: Double?
  /// What that emitted, in kgCO2e.
  public var emissionsKilograms: Double?
  /// How often a sample that cannot be used was drawn so far.
  public var leftOut = 0

  var json: JSONObject {
    var object: JSONObject = [
      "step": .integer(step), "epoch": .number(epoch), "samples": .integer(samples), "loss": .number(loss),
      "losses": .object(terms.reduce(into: JSONObject()) { $0[$1.name] = .number($1.value) }),
      "learning_rate": .number(learningRate), "logit_scale": .number(logitScale),
      "gradient_norm": .number(gradientNorm),
      "samples_per_second": .number(samplesPerSecond), "seconds": .number(seconds),
    ]
    if leftOut > 0 { object["left_out"] = .integer(leftOut) }
    if let energyJoules { object["energy_joules"] = .number(energyJoules) }
    if let emissionsKilograms { object["emissions_kg"] = .number(emissionsKilograms) }
    return object
  }
}

func + (a: JSONObject, b: JSONObject) -> JSONObject { b.pairs.reduce(into: a) { $0[$1.key] = $1.value } }

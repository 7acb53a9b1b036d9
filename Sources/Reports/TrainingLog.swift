public import CLIPFiles

/// A training run's log, as its page and TensorBoard see it.
///
/// Reads `log.jsonl` with goodwill: unknown events and keys, and a last line that a crash left unfinished, are passed over.
public struct TrainingLog: Sendable {
  /// One step's figures.
  public struct Step: Sendable {
    /// Its number.
    public var step: Int
    /// Samples that the run had seen by then; 0 where the log does not say.
    public var samples: Int
    /// Every number of the event, by its key: the loss and the learning rate, say.
    public var values: [String: Double]
    /// Each term of the loss before its weight.
    public var terms: [(name: String, value: Double)]
  }

  /// One validation.
  public struct Validation: Sendable {
    /// The step after which it was made.
    public var step: Int
    /// Samples that the run had seen by then; 0 where the log does not say.
    public var samples: Int
    /// What results call the data; empty where the log does not say.
    public var dataset: String
    /// Each figure, with its standard error where there is one.
    public var metrics: [(name: String, value: Double, error: Double?)]
  }

  /// The newest `start` event.
  public private(set) var start = JSONObject()
  /// When the run first started, as the log has it.
  public private(set) var firstStart: String?
  /// In the order of the log.
  public private(set) var steps: [Step] = []
  /// In the order of the log.
  public private(set) var validations: [Validation] = []
  /// Steps that were skipped, with the reason.
  public private(set) var skipped: [(step: Int, reason: String)] = []
  /// Steps at which the run was taken up again.
  public private(set) var resumes: [Int] = []
  /// What the run had to say, in the order of the log.
  public private(set) var notes: [String] = []
  /// The `end` event, once there is one.
  public private(set) var end: JSONObject?

  /// How often a sample that cannot be used was drawn; nil where that never happened.
  public var leftOut: Int? {
    let draws = end?["left_out"]?["draws"]?.intValue ?? steps.last?.values["left_out"].flatMap { Int(exactly: $0) }
    return draws.flatMap { $0 > 0 ? $0 : nil }
  }
  /// How many different samples they are, once the run has ended.
  public var leftOutSamples: Int? { end?["left_out"]?["samples"]?.intValue }
  /// Why the first of them cannot be used.
  public var leftOutReasons: [String] { (end?["left_out"]?["first"]?.arrayValue ?? []).compactMap(\.stringValue) }

  /// - Throws: ``InputError`` when the file cannot be read, or a line in its middle is no JSON.
  public init(path: String) throws {
    let lines = try TextFile.text(of: path).split(separator: "\n")
    for (number, line) in lines.enumerated() {
      do { add(try JSONParser.parse(String(line))) } catch let error as InputError {
        if number == lines.count - 1 { continue }
        throw InputError("line \(number + 1): \(error.problem)", file: path)
      }
    }
  }

  private mutating func add(_ event: JSONValue) {
    switch event["event"]?.stringValue {
    case "start":
      start = event.objectValue ?? start
      firstStart = firstStart ?? event["time"]?.stringValue
      if let step = event["resumed_at_step"]?.intValue { resumes.append(step) }
    case "step":
      guard let step = event["step"]?.intValue, let object = event.objectValue else { return }
      let values = object.pairs.reduce(into: [String: Double]()) { values, pair in
        if let number = pair.value.doubleValue { values[pair.key] = number }
      }
      let terms =
        event["losses"]?.objectValue?.pairs.compactMap { pair in pair.value.doubleValue.map { (pair.key, $0) } } ?? []
      steps.append(Step(step: step, samples: event["samples"]?.intValue ?? 0, values: values, terms: terms))
    case "validation":
      guard let step = event["step"]?.intValue, let metrics = event["metrics"]?.objectValue else { return }
      let errors = event["standard_errors"]
      validations.append(
        Validation(
          step: step, samples: event["samples"]?.intValue ?? 0, dataset: event["dataset"]?.stringValue ?? "",
          metrics: metrics.pairs.compactMap { pair in
            pair.value.doubleValue.map { (pair.key, $0, errors?[pair.key]?.doubleValue) }
          }))
    case "skipped": skipped.append((event["step"]?.intValue ?? 0, event["reason"]?.stringValue ?? ""))
    case "note": notes.append(event["text"]?.stringValue ?? "")
    case "end": end = event.objectValue
    default: break
    }
  }

  /// One figure of every step that has it.
  func series(_ key: String) -> [(x: Double, y: Double)] {
    steps.compactMap { step in step.values[key].map { (Double(step.step), $0) } }
  }
}

public import CLIPFiles
public import CLIPImageText
public import CLIPModelShapes
internal import CLIPUnits

/// What is asked of a model, under CLIP_benchmark's names.
public enum EvaluationTask: String, Sendable, CaseIterable {
  /// Captions find their image, and images their captions: ``RetrievalResult``.
  case retrieval = "zeroshot_retrieval"
  /// Images find their class among prompts: ``ClassificationResult``.
  case classification = "zeroshot_classification"
}

/// One figure of an evaluation, a share from 0 to 1.
public struct EvaluationFigure: Equatable, Sendable {
  /// One of ``MetricName``.
  public let name: String
  /// Nil where it would say nothing.
  public let value: Double?
  /// Nil where it is not estimated.
  public let standardError: Double?

  init(_ name: String, _ value: Double?, standardError: Double? = nil) {
    self.name = name
    self.value = value
    self.standardError = standardError
  }
}

/// What an evaluation was made of: the model, the data and what became of it.
public struct EvaluationRun: Equatable, Sendable {
  /// What results call the data.
  public var dataset: String
  /// What results call the model.
  public var model: String
  /// What results call its weights.
  public var pretrained: String
  /// The language of the texts, as CLIP_benchmark writes it.
  public var language = "en"
  /// Pictures that were used.
  public var images = 0
  /// Texts that were encoded: captions, or prompts.
  public var texts = 0
  /// Samples that could not be used, and why.
  public var skipped = SkippedSamples()
  /// Tells what was measured on from other data.
  public var fingerprint = Fingerprint()
  /// The arithmetic of the model.
  public var arithmetic = Arithmetic.float32
  /// The toolkit's version; not written where it is empty.
  public var version = ""
  /// Pictures a second, decoding and preprocessing included.
  public var imagesPerSecond = 0.0
  /// Texts a second.
  public var textsPerSecond = 0.0
  /// What is odd about the data but no fault.
  public var notes: [String] = []
  /// The data's path as a user named it; nil where there is none.
  public var data: String?
  /// The weights' path as a user named it; nil where there is none.
  public var checkpoint: String?

  /// A run of so far nothing.
  public init(dataset: String, model: String, pretrained: String) {
    self.dataset = dataset
    self.model = model
    self.pretrained = pretrained
  }

  /// `{dataset}_{pretrained}_{model}_{language}_{task}.json`, as CLIP_benchmark's documentation names its files.
  ///
  /// As there, a leading `wds/` is left out and slashes become underscores; other characters that file systems or
  /// shells treat as their own become dashes.
  public func fileName(_ task: EvaluationTask) -> String {
    let dataset = dataset.hasPrefix("wds/") ? String(dataset.dropFirst(4)) : dataset
    let parts = [dataset, pretrained, model, language, task.rawValue].map(Self.fileSafe)
    return parts.joined(separator: "_").singleLine + ".json"
  }

  /// A part of a file's name.
  static func fileSafe(_ part: String) -> String {
    String(part.map { $0 == "/" ? "_" : "\\ :?*\"<>|".contains($0) ? "-" : $0 })
  }
}

/// What an evaluation found: ``RetrievalResult`` or ``ClassificationResult``.
public protocol EvaluationResult: Sendable {
  /// What is asked of a model.
  static var task: EvaluationTask { get }
  /// What it was found on.
  var run: EvaluationRun { get set }
  /// Everything that was measured, in the order of files.
  var figures: [EvaluationFigure] { get }
  /// The figure that stands for the model's accuracy.
  var headline: EvaluationFigure { get }
  /// What CLIP_benchmark has no field for, by the names of files.
  var counts: [(name: String, value: Int)] { get }
}

extension EvaluationResult {
  /// What was asked of the model.
  public var task: EvaluationTask { Self.task }

  /// CLIP_benchmark's `metrics`.
  public var metricsJSON: JSONObject {
    figures.reduce(into: JSONObject()) { $0[$1.name] = $1.value.map { .number($0) } ?? .null }
  }

  /// The standard errors of those that have one.
  public var standardErrorsJSON: JSONObject {
    figures.reduce(into: JSONObject()) { object, figure in
      if let error = figure.standardError { object[figure.name] = .number(error) }
    }
  }

  /// CLIP_benchmark's object with `standard_error` and our details behind it.
  public var json: JSONValue {
    var object: JSONObject = [
      "dataset": .string(run.dataset), "model": .string(run.model), "pretrained": .string(run.pretrained),
      "task": .string(task.rawValue), "metrics": .object(metricsJSON), "language": .string(run.language),
      "standard_error": .object(standardErrorsJSON), "images": .integer(run.images),
      "skipped": .integer(run.skipped.count), "data_fingerprint": .string("\(run.fingerprint)"),
      "precision": .string("\(run.arithmetic)"),
    ]
    if !run.version.isEmpty { object["carbonclip_version"] = .string(run.version) }
    for (name, value) in counts { object[name] = .integer(value) }
    if let data = run.data { object["data"] = .string(data) }
    if let checkpoint = run.checkpoint { object["checkpoint"] = .string(checkpoint) }
    return .object(object)
  }

  /// Figures as an aligned table: percent with three significant digits, and the standard error where there is one.
  public var table: String {
    let width = figures.map(\.name.count).max() ?? 0
    return figures.map { figure in
      let name = figure.name + String(repeating: " ", count: width - figure.name.count)
      var line = "  \(name)  " + (figure.value.map(Self.percent) ?? "     -")
      if let error = figure.standardError { line += " ± \(Self.percent(error).drop { $0 == " " })" }
      return line
    }.joined(separator: "\n")
  }

  /// A share as percent, six characters wide and with three significant digits: ` 68.2%`, `  100%`, ` 0.40%`.
  private static func percent(_ share: Double) -> String {
    let text = Figures.significant(share * 100) + "%"
    return String(repeating: " ", count: max(0, 6 - text.count)) + text
  }
}

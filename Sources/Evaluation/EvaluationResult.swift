public import CLIPFiles
internal import CLIPUnits

/// What an evaluation found, in CLIP_benchmark's fields, and what it was found on.
public struct EvaluationResult: Sendable {
  /// What was asked of the model.
  public enum Task: String, Sendable, CaseIterable {
    case retrieval = "zeroshot_retrieval"
    case classification = "zeroshot_classification"
  }

  public var dataset: String
  public var model: String
  public var pretrained: String
  public var task: Task
  public var language = "en"
  public var metrics: JSONObject
  /// The standard errors of some of the metrics, by their names.
  public var standardErrors: JSONObject
  /// What CLIP_benchmark has no field for: counts, fingerprint, version.
  public var details: JSONObject

  /// A result of its parts.
  public init(
    dataset: String, model: String, pretrained: String, task: Task, metrics: JSONObject, standardErrors: JSONObject,
    details: JSONObject
  ) {
    self.dataset = dataset
    self.model = model
    self.pretrained = pretrained
    self.task = task
    self.metrics = metrics
    self.standardErrors = standardErrors
    self.details = details
  }

  /// CLIP_benchmark's object with `standard_error` and our details behind it.
  public var json: JSONValue {
    var object: JSONObject = [
      "dataset": .string(dataset), "model": .string(model), "pretrained": .string(pretrained),
      "task": .string(task.rawValue), "metrics": .object(metrics), "language": .string(language),
      "standard_error": .object(standardErrors),
    ]
    for (key, value) in details.pairs { object[key] = value }
    return .object(object)
  }

  /// `{dataset}_{pretrained}_{model}_{language}_{task}.json`, as CLIP_benchmark's documentation names its files.
  ///
  /// As there, a leading `wds/` is left out and slashes become underscores; other characters that file systems or
  /// shells treat as their own become dashes.
  public var fileName: String {
    let dataset = dataset.hasPrefix("wds/") ? String(dataset.dropFirst(4)) : dataset
    let parts = [dataset, pretrained, model, language, task.rawValue].map(Self.fileSafe)
    return parts.joined(separator: "_").singleLine + ".json"
  }

  /// A part of a file's name.
  static func fileSafe(_ part: String) -> String {
    String(part.map { $0 == "/" ? "_" : "\\ :?*\"<>|".contains($0) ? "-" : $0 })
  }

  /// Metrics as an aligned table: percent with three significant digits, and the standard error where there is one.
  public var table: String {
    let width = metrics.keys.map(\.count).max() ?? 0
    return metrics.pairs.map { key, value in
      let name = key + String(repeating: " ", count: width - key.count)
      var line = "  \(name)  " + (value.doubleValue.map(Self.percent) ?? "     -")
      if let error = standardErrors[key]?.doubleValue { line += " ± \(Self.percent(error).trimmed)" }
      return line
    }.joined(separator: "\n")
  }

  /// A share as percent, six characters wide and with three significant digits: ` 68.2%`, `  100%`, ` 0.40%`.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    let text = Figures.significant(value) + "%"
    return String(repeating: " ", count: max(0, 6 - text.count)) + text
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

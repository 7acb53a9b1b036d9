import CLIPCarbonFootprint
import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
internal import CLIPUnits

/// The `README.md` of a checkpoint: what it is, what it learned from, what it reaches and what making it cost.
///
/// The head is the hub's model card metadata, `co2_eq_emissions` among it.
struct ModelCard {
  let name: String
  let student: Student
  let teachers: [String]
  let losses: [LossTerm]
  /// Paths of what it learned from and was measured on.
  let data: String
  let validation: String?
  let settings: TrainingSettings
  let steps: Int
  let samples: Int
  let footprint: RunFootprint?
  let result: EvaluationResult?
  /// What validation found before the first step.
  let baseline: JSONObject?
  /// What of the data could not be used.
  let leftOut: String?
  let version: String

  var text: String {
    var parts = [frontMatter, "# \(name.markdownEscaped)", introduction, shape, training]
    if let result { parts.append(results(result)) }
    if let footprint { parts.append(cost(footprint)) }
    parts.append(use)
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var frontMatter: String {
    var lines = [
      "---", "library_name: open_clip", "pipeline_tag: zero-shot-image-classification", "tags: [clip, carbonclip]",
    ]
    if let footprint {
      var block = footprint.co2EqEmissionsYAML(settings.preset == .train ? .preTraining : .fineTuning)
      while block.hasSuffix("\n") { block.removeLast() }
      lines.append(block)
    }
    return (lines + ["---"]).joined(separator: "\n")
  }

  private var introduction: String {
    let start =
      student.origin.map { "trained on from \($0.markdownCode())" }
      ?? "trained from random weights"
    let teachers = teachers.map { $0.markdownCode() }.joined(separator: ", ")
    return
      "A CLIP model, \(start)\(teachers.isEmpty ? "" : ", with \(teachers) as teacher"), by CarbonCLIP\(version.isEmpty ? "" : " " + version.markdownEscaped)."
  }

  private var shape: String {
    func tower(_ tower: some TowerConfiguration) -> String {
      func list(_ values: [Int]) -> String {
        Set(values).count == 1 ? "\(values[0])" : values.map(String.init).joined(separator: ", ")
      }
      return "\(tower.layers) layers, width \(tower.width), heads \(list(tower.headsPerLayer)) of \(tower.headWidth), "
        + "feed-forward \(list(tower.mlpWidth))"
    }
    let configuration = student.configuration, vision = configuration.vision, text = configuration.text
    return table([
      ("images", "\(vision.imageSize) px, patches of \(vision.patchSize); \(tower(vision))"),
      ("texts", "\(text.contextLength) tokens of \(Figures.count(text.vocabularySize)); \(tower(text))"),
      ("embedding", "\(configuration.embedDimension)"),
      ("parameters", Figures.count(configuration.parameterCount)),
      (
        "multiply-adds",
        "\(Figures.significant(Double(configuration.imageMultiplyAdds) / 1e6)) M an image, "
          + "\(Figures.significant(Double(configuration.textMultiplyAdds) / 1e6)) M a text"
      ),
    ])
  }

  private var training: String {
    let losses = losses.map { "\($0.name) x \(Figures.significant($0.weight))" }.joined(
      separator: ", ")
    return "## Training\n\n"
      + table(
        [
          ("data", data.markdownCode(isInTable: true)),
          ("samples seen", "\(Figures.count(samples)) in \(Figures.count(steps)) steps of \(settings.globalBatch)"),
          ("loss", losses),
          (
            "optimizer",
            "\(OptimizerCatalog.title(settings.optimizer)), learning rate "
              + "\(Figures.scientific(settings.learningRate)), \(settings.scheduler.rawValue)"
              + (settings.optimizer.settings["wd"]?.doubleValue.map { ", weight decay \(Figures.significant($0))" } ?? "")
          ),
          ("seed", "\(settings.seed)"),
        ] + (leftOut.map { [("left out", $0.markdownEscaped)] } ?? []))
  }

  private func results(_ result: EvaluationResult) -> String {
    func percent(_ value: Double, _ error: Double?) -> String {
      "\(Figures.significant(100 * value)) %" + (error.map { " ± \(Figures.significant(100 * $0, digits: 2))" } ?? "")
    }
    let before = baseline?["metrics"], errors = baseline?["standard_errors"]
    let rows = result.metrics.pairs.compactMap { key, value -> [String]? in
      guard let value = value.doubleValue else { return nil }
      let now = percent(value, result.standardErrors[key]?.doubleValue)
      guard before != nil else { return [key, now] }
      return [key, before?[key]?.doubleValue.map { percent($0, errors?[key]?.doubleValue) } ?? "", now]
    }
    return
      "## Results\n\nOn \((validation ?? result.dataset).markdownCode()), float32, with standard errors.\n\n"
      + table(rows, header: before == nil ? ["", ""] : ["", "before the first step", "now"])
  }

  private func cost(_ footprint: RunFootprint) -> String {
    """
    ## What making it cost

    \(footprint.summary.markdownEscaped)

    \(table([
      ("hardware", "\(footprint.processor.markdownEscaped), \(footprint.threads) threads"),
      ("energy", "\(footprint.energy), \(footprint.method.markdownEscaped)"),
      ("grid", footprint.grid.summary.markdownEscaped),
      ("carbon", "\(footprint.carbon)"),
    ]))
    """
  }

  private var use: String {
    """
    ## Use

        carbonclip evaluate --pretrained FOLDER --data \((validation ?? "DATA").singleLine)

    It knows what its training data showed and nothing else. It was not examined for bias; do not let it decide about
    people.
    """
  }

  private func table(_ rows: [(String, String)]) -> String { table(rows.map { [$0.0, $0.1] }, header: ["", ""]) }

  private func table(_ rows: [[String]], header: [String]) -> String {
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { "| \($0.map(cell).joined(separator: " | ")) |".replacing("|  |", with: "| |") }.joined(
      separator: "\n")
  }

  /// What comes from outside was escaped where it was put in.
  private func cell(_ text: String) -> String { text.singleLine }
}

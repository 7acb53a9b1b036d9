import CLIPCarbonFootprint
import CLIPEvaluation
import CLIPFiles
import CLIPModelShapes
internal import CLIPUnits
import CLIPWeights

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
  let result: (any EvaluationResult)?
  /// What validation found before the first step.
  let baseline: JSONObject?
  /// What of the data could not be used.
  let leftOut: String?
  let version: String

  var text: String {
    let code = LoadingCode(student.configuration)
    var card = ModelCardText(title: name)
    card.library = code.library
    if let footprint {
      card.metadata = footprint.co2EqEmissionsYAML(settings.preset == .train ? .preTraining : .fineTuning)
    }
    card.parts = [
      introduction, shape, training, result.map(results) ?? "", footprint.map(cost) ?? "", use, code.section,
    ]
    return card.text
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
              + (settings.optimizer.settings["wd"]?.doubleValue.map { ", weight decay \(Figures.significant($0))" }
                ?? "")
          ),
          ("seed", "\(settings.seed)"),
        ] + arithmetic + (leftOut.map { [("left out", $0.markdownEscaped)] } ?? []))
  }

  /// What it was computed in.
  private var arithmetic: [(String, String)] {
    var rows = [
      ("products", settings.precision == .bfloat16 ? "of bfloat16, summed up in float32" : "of float32")
    ]
    if settings.quantization == .int8 { rows.append(("trained for", "8 bits: weights and activations rounded")) }
    return rows
  }

  private func results(_ result: any EvaluationResult) -> String {
    func percent(_ value: Double, _ error: Double?) -> String {
      "\(Figures.significant(100 * value)) %" + (error.map { " ± \(Figures.significant(100 * $0, digits: 2))" } ?? "")
    }
    let before = baseline?["metrics"], errors = baseline?["standard_errors"]
    var table = Table(before == nil ? ["", ""] : ["", "before the first step", "now"])
    for figure in result.figures {
      guard let value = figure.value else { continue }
      let then = before.map {
        $0[figure.name]?.doubleValue.map { percent($0, errors?[figure.name]?.doubleValue) } ?? ""
      }
      table.add([figure.name] + (then.map { [$0] } ?? []) + [percent(value, figure.standardError)])
    }
    return
      "## Results\n\nOn \((validation ?? result.run.dataset).markdownCode()), float32, with standard errors.\n\n"
      + table.markdown()
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

  private func table(_ rows: [(String, String)]) -> String {
    Table(facts: rows.map { (name: $0.0, text: $0.1) }).markdown()
  }
}

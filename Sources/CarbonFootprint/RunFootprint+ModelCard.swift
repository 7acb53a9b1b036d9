public import CLIPFiles
internal import CLIPUnits

/// What kind of training a model card reports, in the Hugging Face Hub's words.
public enum TrainingType: String, Sendable, CaseIterable {
  /// From fresh parameters.
  case preTraining = "pre-training"
  /// From a checkpoint.
  case fineTuning = "fine-tuning"
}

extension RunFootprint {
  /// The fields of `co2_eq_emissions` in a model card's metadata; `emissions` is in grams.
  ///
  /// Source: Hugging Face Hub documentation, "Displaying carbon emissions for your model"
  /// (huggingface.co/docs/hub/model-cards-co2).
  public func co2EqEmissions(_ training: TrainingType) -> JSONObject {
    [
      "emissions": .number(carbon.grams),
      "source": .string(
        "CarbonCLIP: \(method), \(scope.rawValue); \(grid.intensity) (\(grid.source)"
          + "\(grid.isAssumed ? ", grid assumed" : "")), PUE \((pue * 1000).rounded() / 1000)"),
      "training_type": .string(training.rawValue),
      "geographical_location": .string(location ?? (isPlaceKnown ? grid.name : "unknown")),
      "hardware_used": .string("\(processor), \(threads) \(threads == 1 ? "thread" : "threads")"),
    ]
  }

  /// Whether the grid says where the run took place: a number or the stand-in does not.
  private var isPlaceKnown: Bool { !grid.isAssumed && grid.code != GridIntensity.customCode }

  /// The same as lines of YAML for the card's head, `co2_eq_emissions:` and its fields, with a line break at the end.
  public func co2EqEmissionsYAML(_ training: TrainingType) -> String {
    co2EqEmissions(training).pairs.reduce(into: "co2_eq_emissions:\n") { yaml, field in
      // A JSON string is a YAML string; of numbers YAML 1.1 takes 1e-05 for text.
      let text = field.key == "emissions" ? Self.decimal(carbon.grams) : field.value.text()
      yaml += "  \(field.key): \(text)\n"
    }
  }

  /// A number with six decimals and no exponent.
  private static func decimal(_ number: Double) -> String {
    let millionths = (number * 1e6).rounded()
    guard millionths >= 0, millionths < 1e18 else { return "\(number)" }
    let digits = String(Int(millionths))
    let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    return "\(padded.dropLast(6)).\(padded.suffix(6))"
  }
}

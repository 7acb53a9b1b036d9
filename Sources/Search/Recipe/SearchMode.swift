internal import CLIPAssessment

/// What is searched for, by a word.
///
/// Source: the modes of CATransformers (arXiv:2505.01386, section 4).
public enum SearchMode: String, CaseIterable, Sendable {
  /// Accuracy and total carbon.
  case carbon
  /// Accuracy and latency.
  case latency
  /// Accuracy and energy.
  case energy
  /// Accuracy, latency and total carbon.
  case all
  /// The accelerator alone, for the model as it is: nothing is trained.
  case allHardware = "all-hw"
  /// The model alone, for one accelerator.
  case model

  /// What is made small beside the accuracy, which is made large.
  var metrics: [Metric] {
    switch self {
    case .carbon, .model: [.carbon]
    case .latency: [.latency]
    case .energy: [.energy]
    case .all, .allHardware: [.latency, .carbon]
    }
  }
}

/// Which accuracy counts.
public enum AccuracyPrecision: String, CaseIterable, Sendable {
  /// As the model was trained.
  case float32
  /// As an accelerator computes it in whole numbers: in 8 bits, unless ``SearchRecipe/arithmetic`` says otherwise.
  case int8
}

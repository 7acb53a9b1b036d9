import CLIPModels
import CLIPCompute
import CLIPFiles
import CLIPLayers
import CLIPModelShapes
import CLIPTensors
import CLIPTraining
import CLIPWeights

/// Holds gradients of all parameters, and the parameters after three steps of AdamW, against PyTorch's.
enum GradientParity {
  /// Relative to the tensor's largest entry; float32 implementations differ among themselves by a few 1e-6.
  static let gradientTolerance = 1e-5
  /// Absolute, of parameters: entries whose gradient is nearly zero move by noise divided by itself.
  static let parameterTolerance = 5e-5
  /// The share of parameters that may differ by more than 1e-6.
  static let parameterShare = 0.005

  struct Fixture {
    let path: String
    let document: JSONValue
    let configuration: CLIPConfiguration
    let weights: StateDictionary
    let images: Tensor
    let ids: [Int32]
  }

  /// Adds `gradients` and `adamw3` to a report, where the fixture holds them.
  static func run(_ fixture: Fixture, _ report: inout ParityReport, on pool: ThreadPool) throws {
    let gradientFile = "\(fixture.path).grads.safetensors", stepsFile = "\(fixture.path).adamw3.safetensors"
    guard Folder.containsFile(gradientFile) || Folder.containsFile(stepsFile) else { return }
    let engine = try TrainingEngine(
      fixture.configuration, from: fixture.weights, optimizer: optimizer(fixture.document["adamw"]), on: pool)
    let batch = TrainingEngine.Batch(images: fixture.images, ids: fixture.ids)
    let loss: any Loss = fixture.document["loss"]?.stringValue == "siglip" ? SigmoidLoss() : ContrastiveLoss()
    let terms = [LossTerm(loss)]
    if Folder.containsFile(gradientFile) {
      _ = try engine.computeGradients(batch, terms)
      report.add(
        "gradients", share: try gradientDeviation(engine, state(gradientFile, fixture)), tolerance: gradientTolerance)
      // Recomputing activations must change nothing at all.
      let kept = engine.gradients.entries.map { engine.gradients[$0].elements }
      engine.recomputesActivations = true
      _ = try engine.computeGradients(batch, terms)
      engine.recomputesActivations = false
      report.compareExactly(
        "gradients_recomputed", engine.gradients.entries.flatMap { engine.gradients[$0].elements }, kept.flatMap { $0 })
    }
    if Folder.containsFile(stepsFile) { try compareSteps(fixture, engine, batch, terms, stepsFile, &report) }
  }

  private static func state(_ path: String, _ fixture: Fixture) throws -> StateDictionary {
    try CheckpointFolder.open(path, as: ModelDescription(configuration: fixture.configuration)).state
  }

  private static func gradientDeviation(_ engine: TrainingEngine, _ recorded: StateDictionary) throws -> Double {
    var worst = 0.0
    for entry in engine.gradients.entries {
      let ours = engine.gradients[entry].elements
      let theirs = try recorded.parameter(entry.name, Shape(entry.parameter.shape)).elements
      let largest = theirs.reduce(0.0) { max($0, Double(abs($1))) }
      for (a, b) in zip(ours, theirs) {
        let difference = abs(Double(a) - Double(b))
        guard difference.isFinite else { return .infinity }
        worst = max(worst, (difference - ParityReport.gradientFloor) / max(largest, ParityReport.gradientFloor))
      }
    }
    return worst
  }

  private static func optimizer(_ settings: JSONValue?) -> AdamW {
    func number(_ key: String, _ standard: Double) -> Double { settings?[key]?.doubleValue ?? standard }
    return AdamW(
      beta1: number("beta1", 0.9), beta2: number("beta2", 0.98), epsilon: number("eps", 1e-6),
      weightDecay: number("weight_decay", 0.2))
  }

  private static func compareSteps(
    _ fixture: Fixture, _ engine: TrainingEngine, _ batch: TrainingEngine.Batch, _ terms: [LossTerm], _ path: String,
    _ report: inout ParityReport
  ) throws {
    let settings = fixture.document["adamw"]
    var losses: [Double] = []
    let steps = min(max(settings?["steps"]?.intValue ?? 3, 0), 100)
    for step in 1...max(steps, 1) {
      losses.append(try engine.computeGradients(batch, terms).total)
      engine.update(step: step, rate: settings?["lr"]?.doubleValue ?? 1e-3)
    }
    losses.append(try engine.computeGradients(batch, terms).total)
    let expected = settings?["losses_f64"] ?? settings?["losses"]
    if let recorded = expected?.arrayValue?.compactMap(\.doubleValue) {
      report.compare("adamw_losses", losses, recorded, tolerance: 1e-5)
    }
    let recorded = try state(path, fixture)
    var worst = 0.0, beyond = 0, total = 0
    for entry in engine.weights.entries {
      let ours = engine.weights[entry].elements
      let theirs = try recorded.parameter(entry.name, Shape(entry.parameter.shape)).elements
      // The keys' bias shifts all scores of a query alike: its gradient is zero mathematically, and AdamW divides the
      // rounding noise that is left by its own size.
      let keys = entry.name.hasSuffix("attn.in_proj_bias") ? entry.count / 3..<entry.count / 3 * 2 : 0..<0
      for index in ours.indices where !keys.contains(index) {
        let difference = abs(Double(ours[index]) - Double(theirs[index]))
        worst = difference.isFinite ? max(worst, difference) : .infinity
        if !(difference <= 1e-6) { beyond += 1 }
        total += 1
      }
    }
    report.add("adamw3", share: worst, tolerance: parameterTolerance)
    report.add("adamw3_share_over_1e-6", share: Double(beyond) / Double(max(total, 1)), tolerance: parameterShare)
  }
}

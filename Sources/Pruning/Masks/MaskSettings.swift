import CLIPFiles
public import CLIPTraining

/// How masks are learned.
public struct MaskSettings: Sendable {
  /// Samples that gates and weights learn from, batch by batch.
  public var samples = 16_000
  /// The learning rate of the gates' `log alpha`, far above that of weights.
  public var rate = 0.1
  /// How batches are drawn, and how weights learn meanwhile. Its number of epochs and of samples has no meaning here, nor have
  /// its locks: the text tower stays as it is.
  public var training: TrainingSettings
  /// What is minimized beside the constraint: the model's affinities follow those that it had, and each picture finds its text.
  ///
  /// Source: TinyCLIP's distillation by affinity mimicking (arXiv:2309.12314, equations 3 to 5).
  public var losses = [LossTerm(AffinityLoss()), LossTerm(ContrastiveLoss())]

  /// 16,000 samples in batches of 64, prepared as for evaluation; weights learn at 5e-4.
  public init() {
    training = TrainingSettings(preset: .finetune, distilling: true)
    training.augments = false
    training.learningRate = 5e-4
  }

  /// What ``samples`` may be.
  public static let sampleRange = 1...1_000_000_000
  /// What ``rate`` may be.
  public static let rateRange = 1e-4...10.0

  /// - Parameter names: what the two settings are called, such as flags
  /// - Throws: `InputError` naming a setting that makes no sense.
  public func check(samples samplesName: String = "mask-samples", rate rateName: String = "mask-lr") throws {
    guard Self.sampleRange.contains(samples) else {
      throw InputError(
        "\(samplesName) must be from \(Self.sampleRange.lowerBound) to \(Self.sampleRange.upperBound), found \(samples)"
      )
    }
    guard Self.rateRange.contains(rate) else {
      throw InputError(
        "\(rateName) must be from \(Self.rateRange.lowerBound) to \(Self.rateRange.upperBound), found \(rate)")
    }
    guard samples >= training.globalBatch else {
      throw InputError("\(samplesName) \(samples) is less than a batch of \(training.globalBatch)")
    }
  }

  /// Bits of what is learned depend on it; equal texts give equal masks.
  package var text: String {
    "\(samples) \(rate) \(training.json.text) \(LossTerm.json(losses).text)"
  }
}

extension JSONObject {
  fileprivate var text: String { JSONValue.object(self).text() }
}

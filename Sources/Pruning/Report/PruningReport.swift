public import CLIPEvaluation
import CLIPFiles
public import CLIPModelShapes
internal import CLIPUnits
public import CLIPWeights

/// What a pruning kept and why: what is written beside the pruned model, told on its card and drawn.
public struct PruningReport {
  /// The pruned model and how it came about.
  public let result: Pruner.Result
  /// The whole model's name.
  public let source: String
  /// How parts were ranked.
  public let strategy: String
  /// How weights were fitted after the cut.
  public let compensation: CompensationOptions
  let seed: UInt64
  let calibration: Calibration?
  let budget: Budget?
  /// What was measured before and after, where it was.
  public let accuracy: (before: any EvaluationResult, after: any EvaluationResult)?
  /// What the weights are written as.
  public let element: ElementType
  let version: String
  /// The model before its images or patches were made for another size; nil where they stayed.
  public var whole: CLIPConfiguration?
  /// What sizes are compared with.
  package var before: CLIPConfiguration { whole ?? result.plan.dense }
  /// What loading elsewhere costs, where that was asked for.
  public var loadable: LoadableCost?

  /// What the pairs were, for the record.
  public struct Calibration {
    /// The data set's path.
    public var data: String
    /// How many pairs were looked at.
    public var pairs: Int
    /// Tells the pairs from others.
    public var fingerprint: String

    /// Pairs of a data set.
    public init(data: String, pairs: Int, fingerprint: String) {
      self.data = data
      self.pairs = pairs
      self.fingerprint = fingerprint
    }
  }

  /// - Parameters:
  ///   - source: the whole model's name
  ///   - accuracy: what was measured before and after, where it was
  ///   - element: what the weights are written as
  public init(
    _ result: Pruner.Result, source: String, strategy: String, compensation: CompensationOptions, seed: UInt64,
    calibration: Calibration?, budget: Budget?, accuracy: (before: any EvaluationResult, after: any EvaluationResult)?,
    element: ElementType, version: String
  ) {
    self.result = result
    self.source = source
    self.strategy = strategy
    self.compensation = compensation
    self.seed = seed
    self.calibration = calibration
    self.budget = budget
    self.accuracy = accuracy
    self.element = element
    self.version = version
  }

  /// One tower's blocks, as ``result`` has them.
  public var vision: Tower { Tower(result.plan.vision, result.importance.vision, result.visionErrors) }
  /// One tower's blocks, as ``result`` has them.
  public var text: Tower { Tower(result.plan.text, result.importance.text, result.textErrors) }

  /// Sizes before and after the cut, with what turns the number into that of the unit.
  package var sizes: [(name: String, before: Double, after: Double, scale: Double, unit: String)] {
    let after = result.plan.configuration
    return [
      ("parameters", Double(before.parameterCount), Double(after.parameterCount), 1e6, "M"),
      ("multiply-adds, image", Double(before.imageMultiplyAdds), Double(after.imageMultiplyAdds), 1e9, "G"),
      ("multiply-adds, text", Double(before.textMultiplyAdds), Double(after.textMultiplyAdds), 1e9, "G"),
    ]
  }

  /// The accuracies that were measured before and after, shares of 1.
  package var accuracies: [(name: String, before: Double, after: Double)] {
    guard let accuracy, let before = accuracy.before.headline.value, let after = accuracy.after.headline.value else {
      return []
    }
    return [(accuracy.before.headline.name, before, after)]
  }
}

extension PruningReport {
  /// What was kept of a tower, with four digits of all scores: a report is for reading, and rankings are kept elsewhere.
  public struct Tower {
    /// One block of the dense tower.
    public struct Block {
      /// Its layer's score.
      public let importance: Double
      /// Scores of its heads and of its feed-forward units.
      public let heads: [Double], units: [Double]
      /// Heads and units that stay; nil where the block does not.
      public let kept: (heads: [Int], units: [Int])?
      /// The share of the dense stream's variance that the pruned stream lacks after the block; nil where that was not
      /// measured.
      public let remainingError: Double?
    }

    /// Layers that stay.
    public let layers: [Int]
    /// Channels of the residual stream that stay.
    public let channels: [Int]
    /// Scores of the dense tower's channels.
    public let channelImportance: [Double]
    /// All blocks of the dense tower.
    public let blocks: [Block]

    init(_ plan: TowerPlan, _ scores: TowerImportance, _ errors: [Double]) {
      func rounded(_ values: [Double]) -> [Double] { values.map { Figures.rounded($0, digits: 4) } }
      layers = plan.layers
      channels = plan.channels
      channelImportance = rounded(scores.channels)
      blocks = scores.layers.indices.map { layer in
        let place = plan.layers.firstIndex(of: layer)
        return Block(
          importance: scores.layers[layer], heads: rounded(scores.heads[layer]), units: rounded(scores.units[layer]),
          kept: place.map { (plan.heads[$0], plan.units[$0]) },
          remainingError: place.flatMap { errors.indices.contains($0) ? errors[$0] : nil })
      }
    }
  }
}

import CLIPModels
import CLIPModelShapes
import CLIPTensors

/// Scores by the size of weights: the sum of the squares of everything that would go with a part.
///
/// Source: the usual baseline; Li et al., "Pruning filters for efficient ConvNets" (arXiv:1608.08710), with squares.
public struct MagnitudeImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry(
    "magnitude",
    "squared weights of everything that would go with a part"
  ) { MagnitudeImportance() }
  /// `magnitude`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// False: the floors are measured without corrections.
  public let compensates = false
  /// False: weights are all that it looks at.
  public let needsData = false

  /// The strategy; it has no parameters.
  public init() {}

  /// Sums of squared weights, part by part. Never throws.
  public func importance(_ context: RankingContext) throws -> Importance {
    let model = context.model
    return Importance(
      vision: tower(model.vision, model.configuration.vision, extra: [model.vision.patchWeight]),
      text: tower(model.text, model.configuration.text, extra: []),
      embedding: embedding(model))
  }

  private func tower<Tower: TrainableTower>(
    _ tower: Tower, _ shape: some TowerConfiguration, extra: [Tensor]
  ) -> TowerImportance {
    var scores = TowerImportance(zerosFor: shape)
    for matrix in extra { add(Self.rowEnergy(matrix), to: &scores.channels) }
    if let projection = tower.projectionMatrix {
      add(
        projection.isTransposed ? Self.rowEnergy(projection.weight) : Self.columnEnergy(projection.weight),
        to: &scores.channels)
    }
    for (layer, block) in tower.transformer.blocks.enumerated() {
      let inputs = Self.rowEnergy(block.attention.inputWeight), inner = block.attention.inner
      let outputs = Self.columnEnergy(block.attention.output.weight)
      for head in 0..<block.attention.heads {
        for place in head * shape.headWidth..<(head + 1) * shape.headWidth {
          scores.heads[layer][head] +=
            inputs[place] + inputs[inner + place] + inputs[2 * inner + place] + outputs[place]
        }
      }
      let feedForward = block.feedForward
      scores.units[layer] = zip(
        Self.rowEnergy(feedForward.expansion.weight), Self.columnEnergy(feedForward.contraction.weight)
      ).map { $0 + $1 }
      add(Self.columnEnergy(block.attention.inputWeight), to: &scores.channels)
      add(Self.rowEnergy(block.attention.output.weight), to: &scores.channels)
      add(Self.columnEnergy(feedForward.expansion.weight), to: &scores.channels)
      add(Self.rowEnergy(feedForward.contraction.weight), to: &scores.channels)
      scores.layers[layer] = scores.heads[layer].reduce(0, +) + scores.units[layer].reduce(0, +)
    }
    return scores
  }

  private func embedding(_ model: CLIPModel) -> [Double] {
    var sums = [Double](repeating: 0, count: model.configuration.embedDimension)
    for projection in [model.vision.projectionMatrix, model.text.projectionMatrix].compactMap({ $0 }) {
      add(
        projection.isTransposed ? Self.columnEnergy(projection.weight) : Self.rowEnergy(projection.weight), to: &sums)
    }
    return sums
  }

  private func add(_ values: [Double], to sums: inout [Double]) {
    for index in sums.indices { sums[index] += values[index] }
  }

  /// The sum of squares along everything but the first axis.
  static func rowEnergy(_ tensor: Tensor) -> [Double] {
    let width = tensor.count / max(tensor.shape[0], 1)
    return tensor.withUnsafeElements { source in
      (0..<tensor.shape[0]).map { row in
        source[row * width..<(row + 1) * width].reduce(0) { $0 + Double($1) * Double($1) }
      }
    }
  }

  /// The sum of squares down each column of a matrix.
  static func columnEnergy(_ tensor: Tensor) -> [Double] {
    let width = tensor.shape[1]
    var sums = [Double](repeating: 0, count: width)
    tensor.withUnsafeElements { source in
      for index in source.indices { sums[index % width] += Double(source[index]) * Double(source[index]) }
    }
    return sums
  }
}

import CLIPModels
import CLIPModelShapes
import CLIPTensors

/// Scores by what parts do on real pairs: one pass forwards, no gradient.
///
/// - Hidden unit `u`: `Var[a_u] |w_u|²`, the variance of its activation times the squared length of the column that reads
///   it. The mean is left out since the next bias can carry it. Source: FLAP (arXiv:2312.11983, equation 4).
/// - Head `h`: `tr(W_h Cov_h W_hᵀ)`, the variance of what it adds to the stream.
/// - Channel `c`: over all that read the stream, `E[n_c²] |w_c|²` as a share of the reader's sum. The activations' L2 norm
///   is Minitron's best score for width (arXiv:2407.14679, table 11); the readers' weights make readers comparable.
/// - Layer: ShortGPT's block influence (arXiv:2403.03853, equation 1).
public struct ActivationImportance: ImportanceStrategy {
  static let entry = ImportanceCatalog.Entry(
    "activation",
    "variance of what a part adds to the stream, over image-text pairs"
  ) { ActivationImportance() }
  /// `activation`, in flags, recipes and reports.
  public var name: String { Self.entry.name }
  /// True: sums over the pairs are added up over ranks.
  public let isDivisible = true

  /// The strategy; it has no parameters.
  public init() {}

  /// Scores from one pass of the pairs through both towers.
  /// - Throws: ``InputError`` without pairs; `CancellationError` when asked to stop.
  public func importance(_ context: RankingContext) throws -> Importance {
    let statistics = try context.statistics()
    return Importance(
      vision: Self.scores(context.model.vision, context.configuration.vision, statistics.vision),
      text: Self.scores(context.model.text, context.configuration.text, statistics.text),
      embedding: statistics.embeddingVariance)
  }

  static func scores<Tower: TrainableTower>(
    _ tower: Tower, _ shape: some TowerConfiguration, _ statistics: TowerStatistics
  ) -> TowerImportance {
    var scores = TowerImportance(zerosFor: shape)
    for (layer, block) in tower.transformer.blocks.enumerated() {
      let found = statistics.blocks[layer]
      scores.layers[layer] = found.influence
      let outgoing = MagnitudeImportance.columnEnergy(block.feedForward.contraction.weight)
      scores.units[layer] = zip(found.hidden.variance, outgoing).map { $0 * $1 }
      scores.heads[layer] = headVariances(block.attention.output.weight, found.attended, width: shape.headWidth)
      addReader(
        found.attentionInput, MagnitudeImportance.columnEnergy(block.attention.inputWeight), to: &scores.channels)
      addReader(
        found.feedForwardInput, MagnitudeImportance.columnEnergy(block.feedForward.expansion.weight),
        to: &scores.channels)
    }
    if let projection = tower.projectionMatrix {
      let weight = projection.weight
      addReader(
        statistics.output,
        projection.isTransposed ? MagnitudeImportance.rowEnergy(weight) : MagnitudeImportance.columnEnergy(weight),
        to: &scores.channels)
    }
    return scores
  }

  private static func addReader(_ input: Moments, _ weights: [Double], to channels: inout [Double]) {
    let parts = zip(input.energy, weights).map { $0 * $1 }
    let total = parts.reduce(0, +)
    guard total > 0 else { return }
    for index in channels.indices { channels[index] += parts[index] / total }
  }

  /// `tr(W_h Cov_h W_hᵀ)` for each head, `W` being `[width, heads * headWidth]`.
  static func headVariances(_ weight: Tensor, _ attended: Moments, width: Int) -> [Double] {
    let inner = weight.shape[1], rows = weight.shape[0]
    return weight.withUnsafeElements { source in
      (0..<inner / width).map { head in
        let outputs = head * width..<(head + 1) * width
        var sum = 0.0
        for a in outputs {
          for b in outputs {
            var product = 0.0
            for row in 0..<rows { product += Double(source[row * inner + a]) * Double(source[row * inner + b]) }
            sum += product * attended.covariance[a, b]
          }
        }
        return sum
      }
    }
  }
}

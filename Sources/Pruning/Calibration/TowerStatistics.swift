import CLIPModels
import CLIPCompute
import CLIPLayers
import CLIPTensors

/// What one pass of the calibration set shows of each block of a dense tower.
struct TowerStatistics {
  struct Block {
    /// The heads' outputs.
    var attended: Moments
    /// The hidden layer after its activation.
    var hidden: Moments
    /// What the attention reads: the stream after the norm's own gain and bias.
    var attentionInput: Moments
    /// What the feed-forward layer reads.
    var feedForwardInput: Moments
    /// `1 - E[cos(x, block(x))]`: how much the block turns the stream. Source: ShortGPT's block influence
    /// (arXiv:2403.03853, equation 1).
    var influence: Double
  }
  let blocks: [Block]
  /// What the projection reads.
  let output: Moments
  /// Of the sequences that are here, `[sequences, embed]`, not normalized.
  let features: Tensor

  /// - Parameters:
  ///   - trace: a fresh one
  ///   - sums: over the rows of all ranks
  init<Tower: TrainableTower>(
    _ tower: Tower, _ trace: DenseTrace<Tower>, by sums: RowSums, progress: (Int) throws -> Void = { _ in }
  ) throws {
    var blocks: [Block] = []
    try trace.forEachBlock { number, before, shown in
      let block = tower.transformer.blocks[number]
      blocks.append(
        Block(
          attended: try Moments(shown.attended, by: sums), hidden: try Moments(shown.hidden, by: sums),
          attentionInput: try Moments(try block.attentionNorm(before, on: sums.pool), by: sums),
          feedForwardInput: try Moments(try block.feedForwardNorm(shown.middle, on: sums.pool), by: sums),
          influence: 1 - (try Self.meanCosine(before, trace.input(number + 1), sums))))
      try progress(number + 1)
    }
    self.blocks = blocks
    let end = trace.ending()
    output = try Moments(end.pooled, by: sums)
    features = end.features
  }

  private static func meanCosine(_ x: Tensor, _ y: Tensor, _ sums: RowSums) throws -> Double {
    var sum = 0.0
    for row in 0..<x.shape[0] {
      let a = x.reading.rows(row..<row + 1), b = y.reading.rows(row..<row + 1)
      let lengths = (RowOperator.dot(a, a) * RowOperator.dot(b, b)).squareRoot()
      sum += lengths > 0 ? RowOperator.dot(a, b) / lengths : 1
    }
    let all = try sums([sum, Double(x.shape[0])])
    return all[0] / max(all[1], 1)
  }
}

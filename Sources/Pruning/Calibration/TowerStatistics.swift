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
  /// `[sequences, embed]`, not normalized.
  let features: Tensor

  /// - Parameter trace: a fresh one
  init<Tower: TrainableTower>(
    _ tower: Tower, _ trace: DenseTrace<Tower>, on pool: ThreadPool, progress: (Int) throws -> Void = { _ in }
  ) throws {
    var blocks: [Block] = []
    try trace.forEachBlock { number, before, shown in
      let block = tower.transformer.blocks[number]
      blocks.append(
        Block(
          attended: Moments(shown.attended, on: pool), hidden: Moments(shown.hidden, on: pool),
          attentionInput: Moments(try block.attentionNorm(before, on: pool), on: pool),
          feedForwardInput: Moments(try block.feedForwardNorm(shown.middle, on: pool), on: pool),
          influence: 1 - Self.meanCosine(before, trace.input(number + 1))))
      try progress(number + 1)
    }
    self.blocks = blocks
    let end = trace.ending()
    output = Moments(end.pooled, on: pool)
    features = end.features
  }

  private static func meanCosine(_ x: Tensor, _ y: Tensor) -> Double {
    var sum = 0.0
    for row in 0..<x.shape[0] {
      let a = x.reading.rows(row..<row + 1), b = y.reading.rows(row..<row + 1)
      let lengths = (RowOperator.dot(a, a) * RowOperator.dot(b, b)).squareRoot()
      sum += lengths > 0 ? RowOperator.dot(a, b) / lengths : 1
    }
    return sum / Double(max(x.shape[0], 1))
  }
}

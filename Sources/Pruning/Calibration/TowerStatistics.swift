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

  init<Tower: TrainableTower>(
    _ tower: Tower, _ input: Tower.Input, _ layout: TokenLayout, on pool: ThreadPool,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let stream = TowerStream(tower, input, layout, on: pool)
    var blocks: [Block] = []
    for (number, block) in tower.transformer.blocks.enumerated() {
      let before = stream.sample()
      guard let shown = stream.runSampling(block) else { continue }
      blocks.append(
        Block(
          attended: Moments(shown.attended, on: pool), hidden: Moments(shown.hidden, on: pool),
          attentionInput: Moments(Self.normalized(block.attentionNorm, before, pool), on: pool),
          feedForwardInput: Moments(Self.normalized(block.feedForwardNorm, shown.middle, pool), on: pool),
          influence: 1 - Self.meanCosine(before, stream.sample())))
      try progress(number + 1)
    }
    self.blocks = blocks
    output = Moments(stream.pooled(tower), on: pool)
    features = stream.features(tower)
  }

  private static func normalized(_ norm: LayerNorm, _ x: Tensor, _ pool: ThreadPool) -> Tensor {
    let result = Tensor(uninitialized: x.shape)
    norm.apply(
      MatrixView(x.pointer, rows: x.shape[0], columns: x.shape[1]),
      into: MatrixView(result.pointer, rows: x.shape[0], columns: x.shape[1]), lanes: .pooled(pool))
    withExtendedLifetime(x) {}
    return result
  }

  private static func meanCosine(_ x: Tensor, _ y: Tensor) -> Double {
    let width = x.shape[1]
    var sum = 0.0
    for row in 0..<x.shape[0] {
      let a = x.pointer + row * width, b = y.pointer + row * width
      let lengths = (RowOperator.dot(a, a, count: width) * RowOperator.dot(b, b, count: width)).squareRoot()
      sum += lengths > 0 ? RowOperator.dot(a, b, count: width) / lengths : 1
    }
    withExtendedLifetime((x, y)) {}
    return sum / Double(max(x.shape[0], 1))
  }
}

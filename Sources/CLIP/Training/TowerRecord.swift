import CLIPCompute
import CLIPLayers
import CLIPTensors

/// What the forward pass of a chunk keeps for its backward pass.
final class TowerRecord {
  /// What each block keeps; the next block's input is this one's output.
  let blocks: [BlockRecord]
  /// `[asking, width]`: the stream after the last block.
  let output: MatrixView
  /// `[rows, width]`: the rows before the first layer norm, where the tower has one.
  let embedded: MatrixView?
  private let memory: MatrixMemory

  /// - Parameters:
  ///   - asksForOne: whether one token of each sequence is read after the last block
  ///   - keepsEmbedded: whether a layer norm stands before the first block
  init(_ transformer: Transformer, rows: Int, sequences: Int, asksForOne: Bool, keepsEmbedded: Bool) {
    let memory = MatrixMemory()
    let width = transformer.width, last = transformer.blocks.count - 1
    embedded = keepsEmbedded ? memory.matrix(rows, width) : nil
    var input = memory.matrix(rows, width)
    var blocks: [BlockRecord] = []
    for (number, block) in transformer.blocks.enumerated() {
      let isPooled = asksForOne && number == last
      let asking = isPooled ? sequences : rows, inner = block.attention.inner
      blocks.append(
        BlockRecord(
          input: input, queries: isPooled ? memory.matrix(asking, inner) : nil,
          projected: memory.matrix(rows, (isPooled ? 2 : 3) * inner), attended: memory.matrix(asking, inner),
          middle: memory.matrix(asking, width), sum: memory.matrix(asking, block.feedForward.expansion.bias.count)))
      input = memory.matrix(asking, width)
    }
    self.blocks = blocks
    output = input
    self.memory = memory
  }
}

/// The memory that the backward pass of a chunk works in, used by one block after another.
final class TowerGradientRecord {
  /// `[rows, width]` twice: the stream's gradient after and before a block, in turns.
  let streams: [MatrixView]
  /// `[groups, small gradients]`
  let small: MatrixView
  private let full: BlockGradientRecord
  private let memory: MatrixMemory

  init(_ transformer: Transformer, rows: Int, sequences: Int, groups: Int) {
    let memory = MatrixMemory()
    let width = transformer.width
    let inner = transformer.blocks.map(\.attention.inner).max() ?? 0
    let hidden = transformer.blocks.map { $0.feedForward.expansion.bias.count }.max() ?? 0
    streams = [memory.matrix(rows, width), memory.matrix(rows, width)]
    full = BlockGradientRecord(
      hidden: memory.matrix(rows, hidden), dSum: memory.matrix(rows, hidden),
      normalizedMiddle: memory.matrix(rows, width), dMiddle: memory.matrix(rows, width),
      normalizedInput: memory.matrix(rows, width), askingInput: memory.matrix(sequences, width),
      dQueries: memory.matrix(sequences, inner), dProjected: memory.matrix(rows, 3 * inner))
    small = memory.matrix(groups, max(1, transformer.blocks.map(\.smallGradientCount).max() ?? 1))
    self.memory = memory
  }

  /// The work space of one block, whose sizes may be less than the largest.
  func work(for block: ResidualBlock, _ record: BlockRecord) -> BlockGradientRecord {
    func sized(_ matrix: MatrixView, like other: MatrixView) -> MatrixView {
      MatrixView(matrix.start, rows: other.rows, columns: other.columns)
    }
    return BlockGradientRecord(
      hidden: sized(full.hidden, like: record.sum), dSum: sized(full.dSum, like: record.sum),
      normalizedMiddle: sized(full.normalizedMiddle, like: record.middle),
      dMiddle: sized(full.dMiddle, like: record.middle),
      normalizedInput: sized(full.normalizedInput, like: record.input), askingInput: full.askingInput,
      dQueries: record.queries.map { sized(full.dQueries, like: $0) } ?? full.dQueries,
      dProjected: sized(full.dProjected, like: record.projected))
  }
}

/// Matrices that live as long as this does.
final class MatrixMemory {
  private var tensors: [Tensor] = []

  /// A matrix, not initialised.
  func matrix(_ rows: Int, _ columns: Int) -> MatrixView {
    let tensor = Tensor(uninitialized: [rows, columns])
    tensors.append(tensor)
    return MatrixView(tensor.pointer, rows: rows, columns: columns)
  }
}

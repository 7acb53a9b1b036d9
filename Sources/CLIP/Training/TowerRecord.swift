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

  /// - Parameter keepsEmbedded: whether a layer norm stands before the first block
  init(_ transformer: Transformer, rows: Int, sequences: Int, keepsEmbedded: Bool) {
    let memory = MatrixMemory()
    embedded = keepsEmbedded ? memory.matrix(rows, transformer.width) : nil
    var input = memory.matrix(rows, transformer.width)
    blocks = transformer.chain.enumerated().map { number, block in
      let isPooled = transformer.isPooled(number)
      let record = BlockRecord(block, input: input, asking: isPooled ? sequences : nil, in: memory)
      input = memory.matrix(isPooled ? sequences : rows, transformer.width)
      return record
    }
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
    let memory = MatrixMemory(), chain = transformer.chain, width = transformer.width
    streams = [memory.matrix(rows, width), memory.matrix(rows, width)]
    full = BlockGradientRecord(chain, rows: rows, width: width, sequences: sequences, in: memory)
    small = memory.matrix(groups, max(1, chain.map(\.smallGradientCount).max() ?? 1))
    self.memory = memory
  }

  /// The work space of one block, whose sizes may be less than the largest.
  func work(for record: BlockRecord) -> BlockGradientRecord { full.sized(for: record) }
}

import CLIPCompute
import CLIPLayers
import CLIPTensors

/// What the forward pass of a chunk keeps for its backward pass: floats, or halves of them where products round to
/// bfloat16 anyway.
final class TowerRecord {
  /// What each block keeps; the next block's input is this one's output. Empty where halves are kept.
  let blocks: [BlockRecord]
  /// The same in bfloat16; nil for blocks whose backward pass is done.
  private var halves: [(record: HalfBlockRecord, memory: MatrixMemory)?]
  /// `[asking, width]`: the stream after the last block.
  let output: MatrixView
  /// `[rows, width]`: the rows before the first layer norm, where the tower has one.
  let embedded: MatrixView?
  private let memory: MatrixMemory

  /// - Parameters:
  ///   - keepsEmbedded: whether a layer norm stands before the first block
  ///   - keepsHalves: whether blocks keep bfloat16
  ///   - returnsMemory: whether what a block kept goes back to the system when its backward pass is done
  ///   - lent: memory for each block's halves, where it is lent; what does not fit lies elsewhere
  init(
    _ transformer: Transformer, rows: Int, sequences: Int, keepsEmbedded: Bool, keepsHalves: Bool,
    returnsMemory: Bool, lent: [UnsafeMutableBufferPointer<Float>]? = nil
  ) {
    let memory = MatrixMemory(), width = transformer.width, chain = transformer.chain
    func asking(_ number: Int) -> Int? { transformer.isPooled(number) ? sequences : nil }
    embedded = keepsEmbedded ? memory.matrix(rows, width) : nil
    if keepsHalves {
      blocks = []
      halves = chain.enumerated().map { number, block in
        let memory = MatrixMemory(isReused: !returnsMemory)
        var left = lent?[number] ?? UnsafeMutableBufferPointer(start: nil, count: 0)
        let record = HalfBlockRecord(block, rows: rows, width: width, asking: asking(number)) { floats in
          guard left.count >= floats, let start = left.baseAddress else { return memory.floats(floats) }
          left = UnsafeMutableBufferPointer(rebasing: left.dropFirst(floats))
          return start
        }
        return (record, memory)
      }
      output = memory.matrix(chain.indices.last.flatMap(asking) ?? rows, width)
    } else {
      halves = []
      var input = memory.matrix(rows, width)
      blocks = chain.enumerated().map { number, block in
        let record = BlockRecord(block, input: input, asking: asking(number), in: memory)
        input = memory.matrix(asking(number) ?? rows, width)
        return record
      }
      output = input
    }
    self.memory = memory
  }

  /// Whether blocks keep bfloat16.
  var keepsHalves: Bool { !halves.isEmpty }

  /// What a block keeps in bfloat16; nil where floats are kept.
  func half(_ number: Int) -> HalfBlockRecord? { halves.isEmpty ? nil : halves[number]?.record }

  /// Forgets what a block keeps in bfloat16.
  func release(_ number: Int) { if !halves.isEmpty { halves[number] = nil } }
}

/// The memory that the backward pass of a chunk works in, used by one block after another.
final class TowerGradientRecord {
  /// `[rows, width]` twice: the stream's gradient after and before a block, in turns.
  let streams: [MatrixView]
  /// `[groups, small gradients]`
  let small: MatrixView
  private let full: BlockGradientRecord
  private let memory: MatrixMemory

  /// - Parameter returnsMemory: whether it goes back to the system afterwards
  init(_ transformer: Transformer, rows: Int, sequences: Int, groups: Int, returnsMemory: Bool) {
    let memory = MatrixMemory(isReused: !returnsMemory), chain = transformer.chain, width = transformer.width
    streams = [memory.matrix(rows, width), memory.matrix(rows, width)]
    full = BlockGradientRecord(chain, rows: rows, width: width, sequences: sequences, in: memory)
    small = memory.matrix(groups, max(1, chain.map(\.smallGradientCount).max() ?? 1))
    self.memory = memory
  }

  /// The work space of one block, whose sizes may be less than the largest.
  func work(for record: BlockRecord) -> BlockGradientRecord { full.sized(for: record) }
}

package import CLIPCompute
import CLIPTensors

/// Matrices that live as long as this does.
package final class MatrixMemory {
  private var blocks: [WritableStorage] = []
  private let isReused: Bool

  /// - Parameter isReused: whether what is freed is kept for reuse; else it goes back to the system
  package init(isReused: Bool = true) { self.isReused = isReused }

  /// Memory for as long as `body` runs.
  package static func lend<Result>(_ body: (MatrixMemory) throws -> Result) rethrows -> Result {
    let memory = MatrixMemory()
    defer { withExtendedLifetime(memory) {} }
    return try body(memory)
  }

  /// A matrix, not initialised.
  package func matrix(_ rows: Int, _ columns: Int) -> MatrixView {
    MatrixView(floats(rows * columns), rows: rows, columns: columns)
  }

  /// So many floats, not initialised.
  package func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let block = WritableStorage(count: count, isReused: isReused)
    blocks.append(block)
    return block.memory
  }
}

/// What a residual block's forward pass keeps for its backward pass: rows of several sequences, one row a token.
///
/// Layer norms and activations are computed again from these, which costs a few percent of the time and saves half of
/// the memory. A block whose output is wanted for one row of each sequence only (the last of a tower that reads one
/// token) asks for `sequences` rows; else every row asks.
package struct BlockRecord {
  /// `[rows, width]`: the stream before the block.
  package var input: MatrixView
  /// `[asking, inner]` when one row of each sequence asks, else nil; the bias not yet added.
  package var queries: MatrixView?
  /// `[rows, 3 * inner]`, or keys and values only, `[rows, 2 * inner]`, when there are `queries`; biases not yet added, but
  /// to what has been turned.
  package var projected: MatrixView
  /// `[asking, inner]`: the heads' outputs.
  package var attended: MatrixView
  /// `[asking, width]`: the stream between attention and feed-forward layer.
  package var middle: MatrixView
  /// `[asking, hidden]`: the hidden layer before its bias and activation.
  package var sum: MatrixView
  /// `[asking, hidden]`: the gate before its bias, where there is one.
  package var gate: MatrixView?

  /// The part of a group of sequences.
  package func part(rows: Range<Int>, asking: Range<Int>) -> BlockRecord {
    var part = self
    part.input = input.rows(rows)
    part.queries = queries?.rows(asking)
    part.projected = projected.rows(rows)
    part.attended = attended.rows(asking)
    part.middle = middle.rows(asking)
    part.sum = sum.rows(asking)
    part.gate = gate?.rows(asking)
    return part
  }

  /// Memory for a block's record.
  /// - Parameter asking: how many rows ask, or nil where all do
  package init(_ block: ResidualBlock, input: MatrixView, asking: Int?, in memory: MatrixMemory) {
    let inner = block.attention.inner, hidden = block.feedForward.expansion.bias.count, rows = asking ?? input.rows
    self.input = input
    queries = asking.map { memory.matrix($0, inner) }
    projected = memory.matrix(input.rows, (asking == nil ? 3 : 2) * inner)
    attended = memory.matrix(rows, inner)
    middle = memory.matrix(rows, input.columns)
    sum = memory.matrix(rows, hidden)
    gate = block.feedForward.gate.map { _ in memory.matrix(rows, hidden) }
  }
}

/// What a block's backward pass computes row by row and the weights' gradients are then summed from.
package struct BlockGradientRecord {
  /// `[asking, hidden]`: what the contraction reads, computed again.
  package var hidden: MatrixView
  /// `[asking, hidden]`: the gradient of the hidden layer's sum.
  package var dSum: MatrixView
  /// `[asking, hidden]`: the gradient of the gate's sum.
  package var dGate: MatrixView?
  /// `[asking, width]`: the input of the feed-forward layer, computed again.
  package var normalizedMiddle: MatrixView
  /// `[asking, width]`: the gradient of the stream between the branches.
  package var dMiddle: MatrixView
  /// `[asking, inner]`: what the output projection reads, computed again, where a norm stands before it.
  package var normalizedAttended: MatrixView?
  /// `[rows, width]`: the input of the attention, computed again.
  package var normalizedInput: MatrixView
  /// `[asking, width]`: its rows that ask, where not all do.
  package var askingInput: MatrixView
  /// `[asking, inner]`, where not all rows ask.
  package var dQueries: MatrixView
  /// Like ``BlockRecord/projected``.
  package var dProjected: MatrixView

  package func part(rows: Range<Int>, asking: Range<Int>) -> BlockGradientRecord {
    var part = self
    part.hidden = hidden.rows(asking)
    part.dSum = dSum.rows(asking)
    part.dGate = dGate?.rows(asking)
    part.normalizedMiddle = normalizedMiddle.rows(asking)
    part.dMiddle = dMiddle.rows(asking)
    part.normalizedAttended = normalizedAttended?.rows(asking)
    part.normalizedInput = normalizedInput.rows(rows)
    part.askingInput = askingInput.rows(asking)
    part.dQueries = dQueries.rows(asking)
    part.dProjected = dProjected.rows(rows)
    return part
  }

  /// Memory that serves any of some blocks.
  /// - Parameter sequences: rows that ask where not all do
  package init(_ blocks: [ResidualBlock], rows: Int, width: Int, sequences: Int, in memory: MatrixMemory) {
    let inner = blocks.map(\.attention.inner).max() ?? 0
    let hidden = blocks.map { $0.feedForward.expansion.bias.count }.max() ?? 0
    self.hidden = memory.matrix(rows, hidden)
    dSum = memory.matrix(rows, hidden)
    dGate = blocks.contains { $0.feedForward.gate != nil } ? memory.matrix(rows, hidden) : nil
    normalizedMiddle = memory.matrix(rows, width)
    dMiddle = memory.matrix(rows, width)
    normalizedAttended = blocks.contains { $0.attention.innerNorm != nil } ? memory.matrix(rows, inner) : nil
    normalizedInput = memory.matrix(rows, width)
    askingInput = memory.matrix(sequences, width)
    dQueries = memory.matrix(sequences, inner)
    dProjected = memory.matrix(rows, 3 * inner)
  }

  /// The work space of one block, whose sizes may be less than the largest.
  package func sized(for record: BlockRecord) -> BlockGradientRecord {
    func sized(_ matrix: MatrixView, like other: MatrixView) -> MatrixView {
      MatrixView(matrix.start, rows: other.rows, columns: other.columns)
    }
    var work = self
    work.hidden = sized(hidden, like: record.sum)
    work.dSum = sized(dSum, like: record.sum)
    work.dGate = dGate.map { sized($0, like: record.sum) }
    work.normalizedMiddle = sized(normalizedMiddle, like: record.middle)
    work.dMiddle = sized(dMiddle, like: record.middle)
    work.normalizedAttended = normalizedAttended.map { sized($0, like: record.attended) }
    work.normalizedInput = sized(normalizedInput, like: record.input)
    work.dQueries = record.queries.map { sized(dQueries, like: $0) } ?? dQueries
    work.dProjected = sized(dProjected, like: record.projected)
    return work
  }
}

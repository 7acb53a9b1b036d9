package import CLIPCompute
import CLIPTensors

/// What a residual block's forward pass keeps for its backward pass: rows of several sequences, one row a token.
///
/// Layer norms and activations are computed again from these, which costs a few percent of the time and saves half of
/// the memory. A block whose output is wanted for one token of each sequence only (the last of a tower that reads one
/// token) asks for `sequences` rows; else every row asks.
package struct BlockRecord {
  /// `[rows, width]`: the stream before the block.
  package var input: MatrixView
  /// `[asking, inner]` when one token of each sequence asks, else nil; the bias not yet added.
  package var queries: MatrixView?
  /// `[rows, 3 * inner]`, or keys and values only, `[rows, 2 * inner]`, when there are `queries`; biases not yet added.
  package var projected: MatrixView
  /// `[asking, inner]`: the heads' outputs.
  package var attended: MatrixView
  /// `[asking, width]`: the stream between attention and feed-forward layer.
  package var middle: MatrixView
  /// `[asking, hidden]`: the hidden layer before its bias and activation.
  package var sum: MatrixView

  /// The part of a group of sequences.
  package func part(rows: Range<Int>, asking: Range<Int>) -> BlockRecord {
    BlockRecord(
      input: input.rows(rows), queries: queries?.rows(asking), projected: projected.rows(rows),
      attended: attended.rows(asking), middle: middle.rows(asking), sum: sum.rows(asking))
  }

  package init(
    input: MatrixView, queries: MatrixView?, projected: MatrixView, attended: MatrixView, middle: MatrixView,
    sum: MatrixView
  ) {
    self.input = input
    self.queries = queries
    self.projected = projected
    self.attended = attended
    self.middle = middle
    self.sum = sum
  }
}

/// What a block's backward pass computes row by row and the weights' gradients are then summed from.
package struct BlockGradientRecord {
  /// `[asking, hidden]`: the hidden layer, computed again.
  package var hidden: MatrixView
  /// `[asking, hidden]`: the gradient of the hidden layer's sum.
  package var dSum: MatrixView
  /// `[asking, width]`: the input of the feed-forward layer, computed again.
  package var normalizedMiddle: MatrixView
  /// `[asking, width]`: the gradient of the stream between the branches.
  package var dMiddle: MatrixView
  /// `[rows, width]`: the input of the attention, computed again.
  package var normalizedInput: MatrixView
  /// `[asking, width]`: its rows that ask, where not all do.
  package var askingInput: MatrixView
  /// `[asking, inner]`, where not all rows ask.
  package var dQueries: MatrixView
  /// Like ``BlockRecord/projected``.
  package var dProjected: MatrixView

  package func part(rows: Range<Int>, asking: Range<Int>) -> BlockGradientRecord {
    BlockGradientRecord(
      hidden: hidden.rows(asking), dSum: dSum.rows(asking), normalizedMiddle: normalizedMiddle.rows(asking),
      dMiddle: dMiddle.rows(asking), normalizedInput: normalizedInput.rows(rows),
      askingInput: askingInput.rows(asking), dQueries: dQueries.rows(asking), dProjected: dProjected.rows(rows))
  }

  package init(
    hidden: MatrixView, dSum: MatrixView, normalizedMiddle: MatrixView, dMiddle: MatrixView,
    normalizedInput: MatrixView, askingInput: MatrixView, dQueries: MatrixView, dProjected: MatrixView
  ) {
    self.hidden = hidden
    self.dSum = dSum
    self.normalizedMiddle = normalizedMiddle
    self.dMiddle = dMiddle
    self.normalizedInput = normalizedInput
    self.askingInput = askingInput
    self.dQueries = dQueries
    self.dProjected = dProjected
  }
}

package import CLIPModelShapes
package import CLIPTensors

/// What a residual block is carried out in: floats that are forgotten, floats that are kept for the way back, 8 bits, the
/// nodes of a graph. The block says which step follows which (``BlockShape/branches``); an arithmetic knows no order.
///
/// Its operations are whole layers, so that each can do in one pass what belongs together: the bias of a branch waits for
/// the norm that reads the stream next, a product is added to the stream by the product itself.
package protocol BlockArithmetic {
  /// What a branch works on: rows of channels.
  associatedtype Rows
  /// The residual stream.
  associatedtype Stream

  /// A norm over the stream.
  func norm(_ stream: inout Stream, _ norm: LayerNorm, at part: BlockPart) -> Rows
  /// A norm inside a branch.
  func norm(_ rows: Rows, _ norm: LayerNorm, at part: BlockPart) -> Rows
  /// The heads' outputs, before the output projection. Where not all tokens ask, the stream becomes the asking rows'; where
  /// a learned row asks it becomes zero.
  func attend(_ rows: Rows, _ attention: MultiHeadAttention, _ stream: inout Stream) -> Rows
  /// The hidden layer: a linear layer with its activation, or its gate.
  func expand(_ rows: Rows, _ layer: FeedForward) -> Rows
  /// A linear layer, through its layer scale where it has one, added to the stream.
  func add(_ rows: Rows, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout Stream)
  /// Runs what works on each row alone, in parts that fit a cache.
  /// - Parameter channels: the most that a row will have
  func inParts(_ rows: Rows, _ stream: inout Stream, channels: Int, _ body: (Rows, inout Stream) -> Void)
}

extension BlockArithmetic {
  package func inParts(_ rows: Rows, _ stream: inout Stream, channels: Int, _ body: (Rows, inout Stream) -> Void) {
    body(rows, &stream)
  }
}

internal import CLIPCompute
internal import CLIPLayers
internal import CLIPTensors
internal import CCLIPVectorKernels

/// A pre-norm transformer block with 8-bit products. Layer norms, activations and the residual stream stay floats.
struct QuantizedBlock: Sendable {
  private(set) var attention: QuantizedAttention
  private(set) var expansion: QuantizedLinear
  private(set) var contraction: QuantizedLinear
  /// For what stays in floats.
  let block: ResidualBlock

  init(_ block: ResidualBlock, at path: String, _ sites: inout SiteList) {
    self.block = block
    attention = QuantizedAttention(block.attention, at: path, &sites)
    expansion = QuantizedLinear(
      block.feedForward.expansion.weight, bias: block.feedForward.expansion.bias, site: sites.add("\(path).mlp.c_fc"))
    contraction = QuantizedLinear(
      block.feedForward.contraction.weight, bias: block.feedForward.contraction.bias,
      site: sites.add("\(path).mlp.c_proj"))
  }

  /// Shares the difficulty between channels and weights; see ``QuantizedLinear/equalize(largest:)``.
  mutating func equalize(_ channels: [[Float]]) {
    attention.equalize(channels)
    expansion.equalize(largest: channels[expansion.site])
    contraction.equalize(largest: channels[contraction.site])
  }

  /// Runs the block on the residual stream in place.
  ///
  /// - Parameters:
  ///   - x: `[sequences * tokens, width]`
  ///   - positions: the only token wanted of each sequence, or nil for all
  /// - Returns: the stream after the block: `x`, or `[sequences, width]` where only some are wanted
  func apply(
    _ x: MatrixView, sequences: Int, isCausal: Bool, positions: [Int]?, _ ranges: [Float], _ context: PassContext
  ) -> MatrixView {
    let normalized = context.matrix(.normalized, rows: x.rows, columns: x.columns)
    block.attentionNorm.apply(x, into: normalized, lanes: .single)
    var attended = attention.attend(normalized, sequences: sequences, isCausal: isCausal, ranges, context)
    var stream = x
    if let positions {
      let tokens = x.rows / max(1, sequences)
      let rows = positions.enumerated().map { $0 * tokens + $1 }
      stream = context.matrix(.pooled, rows: sequences, columns: x.columns)
      RowOperator.gather(x, rows: rows, into: stream)
      let gathered = context.matrix(.gathered, rows: sequences, columns: attention.inner)
      RowOperator.gather(attended, rows: rows, into: gathered)
      attended = gathered
    }
    let branch = context.matrix(.branch, rows: stream.rows, columns: stream.columns)
    attention.output.apply(attended, into: branch, ranges, context)
    add(branch, to: stream, scale: block.attentionScale)
    let second = context.matrix(.normalized, rows: stream.rows, columns: stream.columns)
    block.feedForwardNorm.apply(stream, into: second, lanes: .single)
    let hidden = context.matrix(.hidden, rows: stream.rows, columns: expansion.scales.count)
    expansion.apply(second, into: hidden, ranges, context, addsBias: false)
    expansion.bias.withUnsafeBufferPointer { bias in
      guard let bias = bias.baseAddress else { return }
      switch block.feedForward.activation {
      case .gelu: vk_bias_gelu(hidden.start, bias, hidden.rows, hidden.columns, hidden.stride)
      case .quickGELU: vk_bias_quick_gelu(hidden.start, bias, hidden.rows, hidden.columns, hidden.stride)
      case .identity: RowOperator.addBias(bias, to: hidden)
      }
    }
    contraction.apply(hidden, into: branch, ranges, context)
    add(branch, to: stream, scale: block.feedForwardScale)
    return stream
  }

  private func add(_ branch: MatrixView, to stream: MatrixView, scale: Tensor?) {
    if let scale { withExtendedLifetime(scale) { RowOperator.scaleColumns(of: branch, by: scale.pointer) } }
    RowOperator.add(branch.start, to: stream.start, count: branch.rows * branch.columns)
  }
}

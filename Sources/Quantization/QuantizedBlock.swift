internal import CLIPCompute
internal import CLIPLayers
internal import CLIPModelShapes
internal import CLIPTensors
internal import CCLIPVectorKernels

/// A block's layers with 8-bit weights, by the part that they are. A gate and the layer beside it read the same rows and are
/// one layer, the gate's outputs first.
struct QuantizedBlock: Sendable {
  private(set) var attention: QuantizedAttention
  private var linears: [BlockPart: QuantizedLinear] = [:]
  /// For what stays in floats, and for the order of steps.
  let block: ResidualBlock

  init(_ block: ResidualBlock, at path: String, _ sites: inout SiteList) {
    self.block = block
    let layer = block.feedForward
    attention = QuantizedAttention(block.attention, site: sites.add("\(path).attn.in_proj"), path, &sites)
    func add(_ part: BlockPart, _ weight: Tensor, _ bias: Tensor) {
      linears[part] = QuantizedLinear(weight, bias: bias, site: sites.add("\(path).\(part.rawValue)"))
    }
    add(.output, block.attention.output.weight, block.attention.output.bias)
    let expansion = layer.packedExpansion
    add(.expansion, expansion.weight, expansion.bias)
    add(.contraction, layer.contraction.weight, layer.contraction.bias)
  }

  /// Shares the difficulty between channels and weights; see ``QuantizedLinear/equalize(largest:)``.
  mutating func equalize(_ channels: [[Float]]) {
    attention.equalize(channels)
    for part in linears.keys {
      if let site = linears[part]?.site { linears[part]?.equalize(largest: channels[site]) }
    }
  }

  /// Makes ready for passes.
  mutating func prepare(_ ranges: [Float]) {
    attention.prepare(ranges)
    for part in linears.keys { linears[part]?.prepare(ranges) }
  }

  func linear(_ part: BlockPart) -> QuantizedLinear {
    guard let layer = linears[part] else { preconditionFailure("a block has no layer \(part.rawValue)") }
    return layer
  }

  /// Its layers by their weight's name.
  func layers(at path: String) -> [(name: String, layer: QuantizedLinear)] {
    [("\(path).attn.in_proj_weight", attention.input)]
      + [.output, .expansion, .contraction].map { ("\(path).\($0.rawValue).weight", linear($0)) }
  }
}

/// A block with 8-bit products, or in floats where ranges are looked at. Layer norms, activations, gates, rotations and the
/// residual stream stay floats.
struct QuantizedArithmetic: BlockArithmetic {
  let block: QuantizedBlock
  let extent: SequenceExtent
  let context: PassContext

  func norm(_ stream: inout MatrixView, _ norm: LayerNorm, at part: BlockPart) -> MatrixView {
    let normalized = context.matrix(.normalized, rows: stream.rows, columns: stream.columns)
    norm.apply(stream, into: normalized, lanes: context.lanes)
    return normalized
  }

  func norm(_ rows: MatrixView, _ norm: LayerNorm, at part: BlockPart) -> MatrixView {
    norm.apply(rows, into: rows, lanes: context.lanes)
    return rows
  }

  func attend(_ x: MatrixView, _ attention: MultiHeadAttention, _ stream: inout MatrixView) -> MatrixView {
    let attended = block.attention.attend(x, extent, context)
    switch extent.asking {
    case .all: return attended
    case .learned:
      stream = context.matrix(.pooled, rows: extent.sequences, columns: stream.columns)
      stream.fill(0)
      return attended
    case .tokens:
      let rows = extent.askingRows, pooled = context.matrix(.pooled, rows: rows.count, columns: stream.columns)
      RowOperator.gather(stream, rows: rows, into: pooled)
      stream = pooled
      let gathered = context.matrix(.gathered, rows: rows.count, columns: attended.columns)
      RowOperator.gather(attended, rows: rows, into: gathered)
      return gathered
    }
  }

  func expand(_ x: MatrixView, _ layer: FeedForward) -> MatrixView {
    let expansion = block.linear(.expansion)
    let hidden = context.matrix(.hidden, rows: x.rows, columns: expansion.scales.count)
    if layer.gate != nil {
      expansion.apply(x, into: hidden, context, addsBias: false)
      return gated(hidden, expansion.bias)
    }
    let bias = expansion.bias
    expansion.apply(x, into: hidden, context, addsBias: false) { rows in
      switch layer.activation {
      case .gelu: vk_bias_gelu(rows.start, bias, rows.rows, rows.columns, rows.stride)
      case .geluTanh: vk_bias_gelu_tanh(rows.start, bias, rows.rows, rows.columns, rows.stride)
      case .quickGELU: vk_bias_quick_gelu(rows.start, bias, rows.rows, rows.columns, rows.stride)
      case .identity: RowOperator.addBias(bias, to: rows)
      }
    }
    return hidden
  }

  /// The gate's outputs stand before the hidden layer's in each row.
  private func gated(_ both: MatrixView, _ bias: [Float]) -> MatrixView {
    let count = both.columns / 2, hidden = context.matrix(.gathered, rows: both.rows, columns: count)
    let bias = Tensor(bias, [2, count])
    for row in 0..<both.rows {
      let source = both.rows(row..<row + 1)
      GateOperator.forward(
        gate: source.columns(0..<count), gateBias: bias.reading.rows(0..<1), sum: source.columns(count..<2 * count),
        bias: bias.reading.rows(1..<2), into: hidden.rows(row..<row + 1))
    }
    return hidden
  }

  func add(_ x: MatrixView, _ layer: Linear, scale: Tensor?, at part: BlockPart, to stream: inout MatrixView) {
    let linear = block.linear(part)
    guard scale != nil || context.observer != nil else { return linear.apply(x, into: stream, context, adds: true) }
    let branch = context.matrix(.branch, rows: stream.rows, columns: stream.columns)
    linear.apply(x, into: branch, context)
    if let scale { RowOperator.scaleColumns(of: branch, by: scale) }
    RowOperator.add(branch, to: stream)
  }

  /// Hidden numbers worked on at a time on one thread, so that they stay in its cache.
  private static let partElements = 96 << 10

  func inParts(
    _ rows: MatrixView, _ stream: inout MatrixView, channels: Int, _ body: (MatrixView, inout MatrixView) -> Void
  ) {
    guard !context.lanes.isPooled, context.observer == nil else { return body(rows, &stream) }
    let parts = max(1, (rows.rows * channels + Self.partElements / 2) / Self.partElements)
    for part in 0..<parts {
      let range = rows.rows * part / parts..<rows.rows * (part + 1) / parts
      var own = stream.rows(range)
      if !range.isEmpty { body(rows.rows(range), &own) }
    }
  }
}

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
  /// Where the hidden layer is rounded before its activation; nil where that is computed in floats.
  private let hiddenSite: Int?
  /// What a step of it is worth.
  private var hiddenStep: Float = 1

  init(_ block: ResidualBlock, at path: String, _ sites: inout SiteList, _ arithmetic: Arithmetic = .int8) {
    self.block = block
    hiddenSite =
      arithmetic.integerSteps.contains(.gelu) && block.hasFeedForward ? sites.add("\(path).mlp.hidden", .between) : nil
    let layer = block.feedForward
    attention = QuantizedAttention(block.attention, site: sites.add("\(path).attn.in_proj"), path, &sites)
    func add(_ part: BlockPart, _ weight: Tensor, _ bias: Tensor) {
      linears[part] = QuantizedLinear(weight, bias: bias, site: sites.add("\(path).\(part.rawValue)"))
    }
    add(.output, block.attention.output.weight, block.attention.output.bias)
    guard block.hasFeedForward else { return }
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
  mutating func prepare(_ ranges: [Float], _ arithmetic: Arithmetic) {
    attention.prepare(ranges, arithmetic)
    // A step that the units' numbers hold.
    if let hiddenSite { hiddenStep = max(ranges[hiddenSite], 0x1p-20) }
    for part in linears.keys { linears[part]?.prepare(ranges, arithmetic) }
  }

  /// Rounds the weights anew; see ``QuantizedLinear/round(_:inputs:on:)``.
  mutating func round(_ format: WeightGrid.Format, _ samples: InputSamples?, on pool: ThreadPool) {
    attention.round(format, samples, on: pool)
    for part in linears.keys {
      if let site = linears[part]?.site { linears[part]?.round(format, inputs: samples?.rows(of: site), on: pool) }
    }
  }

  /// The activation in whole numbers, of sums in place.
  /// - Returns: false where it is left to floats
  func activate(_ rows: MatrixView, _ bias: [Float], _ context: PassContext, _ layer: FeedForward) -> Bool {
    guard let hiddenSite else { return false }
    if let observer = context.observer {
      // The bias is added twice: once to be seen with, and then with the activation.
      let seen = context.matrix(.others, rows: rows.rows, columns: rows.columns)
      seen.set(rows)
      RowOperator.addBias(bias, to: seen)
      observer.record(hiddenSite, seen)
      return false
    }
    guard layer.activation != .identity || layer.gate != nil else { return false }
    RowOperator.addBias(bias, to: rows)
    let kind = layer.gate == nil ? IntegerUnits.kind(layer.activation) : IU_SILU
    let own = layer.gate == nil ? rows : rows.columns(0..<rows.columns / 2)
    iu_activate(own.start, own.rows, own.columns, own.stride, Double(hiddenStep), kind, own.start)
    return true
  }

  func linear(_ part: BlockPart) -> QuantizedLinear {
    guard let layer = linears[part] else { preconditionFailure("a block has no layer \(part.rawValue)") }
    return layer
  }

  /// Its layers by their weight's name.
  func layers(at path: String) -> [(name: String, layer: QuantizedLinear)] {
    [("\(path).attn.in_proj_weight", attention.input)]
      + [.output, .expansion, .contraction].compactMap { part in
        linears[part].map { ("\(path).\(part.rawValue).weight", $0) }
      }
  }
}

/// A block with 8-bit products, or in floats where ranges are looked at. Layer norms, activations, gates, rotations and the
/// residual stream stay floats.
struct QuantizedArithmetic: BlockArithmetic {
  let block: QuantizedBlock
  let extent: SequenceExtent
  let units: IntegerUnits
  let context: PassContext

  func norm(_ stream: inout MatrixView, _ norm: LayerNorm, at part: BlockPart) -> MatrixView {
    let normalized = context.matrix(.normalized, rows: stream.rows, columns: stream.columns)
    units.normalize(stream, norm, into: normalized, context)
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
      // In integers only these rows asked.
      if attended.rows == rows.count { return attended }
      let gathered = context.matrix(.gathered, rows: rows.count, columns: attended.columns)
      RowOperator.gather(attended, rows: rows, into: gathered)
      return gathered
    }
  }

  func expand(_ x: MatrixView, _ layer: FeedForward) -> MatrixView {
    let expansion = block.linear(.expansion)
    let hidden = context.matrix(.hidden, rows: x.rows, columns: expansion.outputs)
    if layer.gate != nil {
      expansion.apply(x, into: hidden, context, addsBias: false)
      return gated(hidden, expansion.bias, layer)
    }
    let bias = expansion.bias
    expansion.apply(x, into: hidden, context, addsBias: false) { rows in
      guard !block.activate(rows, bias, context, layer) else { return }
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
  private func gated(_ both: MatrixView, _ bias: [Float], _ layer: FeedForward) -> MatrixView {
    let count = both.columns / 2, hidden = context.matrix(.gathered, rows: both.rows, columns: count)
    if block.activate(both, bias, context, layer) {
      for row in 0..<both.rows {
        let source = both.start + row * both.stride, target = hidden.start + row * count
        for column in 0..<count { target[column] = source[column] * source[count + column] }
      }
      return hidden
    }
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
    guard scale != nil || context.observer != nil || units.steps.contains(.residual) else {
      return linear.apply(x, into: stream, context, adds: true)
    }
    let branch = context.matrix(.branch, rows: stream.rows, columns: stream.columns)
    linear.apply(x, into: branch, context)
    if let scale { RowOperator.scaleColumns(of: branch, by: scale) }
    units.add(branch, to: stream, context)
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

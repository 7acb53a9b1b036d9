package import CLIPCompute
import CCLIPVectorKernels

/// Multi-head scaled dot-product attention over packed projections.
///
///     head = softmax(Q K^T / sqrt(headWidth)) V
///
/// Source: arXiv:1706.03762, section 3.2.1. One `[queries, tokens]` matrix exists at a time and worker; none is kept.
package enum AttentionOperator {
  /// The sizes of one call.
  package struct Extent {
    package var sequences: Int
    package var tokens: Int
    package var heads: Int
    package var headWidth: Int
    /// Whether a token sees only itself and those before it.
    package var isCausal: Bool
    package var inner: Int { heads * headWidth }

    package init(sequences: Int, tokens: Int, heads: Int, headWidth: Int, isCausal: Bool) {
      self.sequences = sequences
      self.tokens = tokens
      self.heads = heads
      self.headWidth = headWidth
      self.isCausal = isCausal
    }
  }

  /// Every token asks.
  ///
  /// - Parameters:
  ///   - projected: `[sequences * tokens, 3 * inner]`: queries, keys and values, their biases not yet added
  ///   - bias: `[3 * inner]`
  ///   - attended: `[sequences * tokens, inner]`
  ///   - scratch: one for each worker of `lanes`
  package static func forward(
    _ projected: some Matrix, bias: some Matrix, _ extent: Extent, into attended: MatrixView,
    lanes: Lanes, scratch: [Scratch]
  ) {
    let tokens = extent.tokens, inner = extent.inner, projected = projected.reading, bias = bias.reading.start
    lanes.forEach(extent.sequences * extent.heads) { task, worker in
      let first = task / extent.heads * tokens
      let head = task % extent.heads * extent.headWidth
      let rows = projected.rows(first..<first + tokens)
      let queries = scratch[worker].floats(.queries, tokens * extent.headWidth)
      vk_bias_scale_copy(
        rows.start + head, rows.stride, bias + head, scale(extent), queries, tokens, extent.headWidth)
      attend(
        MatrixView(queries, rows: tokens, columns: extent.headWidth),
        keys: rows.start + inner + head, values: rows.start + 2 * inner + head, stride: rows.stride,
        keyBias: bias + inner + head, valueBias: bias + 2 * inner + head, extent,
        visible: extent.isCausal ? 1 : tokens, growth: extent.isCausal ? 1 : 0,
        into: attended.rows(first..<first + tokens).columns(head..<head + extent.headWidth), scratch[worker], lanes)
    }
  }

  /// One token of each sequence asks: all that the last block of a tower needs.
  ///
  /// - Parameters:
  ///   - queries: `[sequences, inner]`, bias not yet added
  ///   - keysAndValues: `[sequences * tokens, 2 * inner]`, biases not yet added
  ///   - bias: `[3 * inner]`
  ///   - positions: which token of its sequence each query is
  ///   - attended: `[sequences, inner]`
  package static func forwardPooled(
    queries: some Matrix, keysAndValues: some Matrix, bias: some Matrix, positions: [Int], _ extent: Extent,
    into attended: MatrixView, lanes: Lanes, scratch: [Scratch]
  ) {
    let tokens = extent.tokens, inner = extent.inner, bias = bias.reading.start
    let queries = queries.reading, keysAndValues = keysAndValues.reading
    lanes.forEach(extent.sequences * extent.heads) { task, worker in
      let sequence = task / extent.heads
      let head = task % extent.heads * extent.headWidth
      let rows = keysAndValues.rows(sequence * tokens..<(sequence + 1) * tokens)
      let query = scratch[worker].floats(.queries, extent.headWidth)
      let source = queries.rows(sequence..<sequence + 1)
      vk_bias_scale_copy(source.start + head, source.stride, bias + head, scale(extent), query, 1, extent.headWidth)
      attend(
        MatrixView(query, rows: 1, columns: extent.headWidth),
        keys: rows.start + head, values: rows.start + inner + head, stride: rows.stride,
        keyBias: bias + inner + head, valueBias: bias + 2 * inner + head, extent,
        visible: extent.isCausal ? positions[sequence] + 1 : tokens, growth: 0,
        into: attended.rows(sequence..<sequence + 1).columns(head..<head + extent.headWidth), scratch[worker], lanes)
    }
  }

  /// The vector-Jacobian product; the softmax is computed again, so nothing of it need be kept.
  ///
  ///     dV = P^T dO,   dS = P (dO V^T - row sums of P dO V^T),   dQ = dS K / sqrt(headWidth),   dK = dS^T Q / sqrt(headWidth)
  ///
  /// - Parameters:
  ///   - dAttended: `[sequences * tokens, inner]`
  ///   - projected: `[sequences * tokens, 3 * inner]`, as it was in the forward pass
  ///   - bias: `[3 * inner]`
  ///   - dProjected: `[sequences * tokens, 3 * inner]`
  ///   - dBias: `[3 * inner]`, added to
  package static func backward(
    _ dAttended: some Matrix, projected: some Matrix, bias: some Matrix, _ extent: Extent,
    dProjected: MatrixView, dBias: UnsafeMutablePointer<Float>, lanes: Lanes, scratch: [Scratch]
  ) {
    let tokens = extent.tokens, inner = extent.inner, width = extent.headWidth, bias = bias.reading.start
    let projected = projected.reading, dAttended = dAttended.reading
    lanes.forEach(extent.sequences * extent.heads) { task, worker in
      let first = task / extent.heads * tokens, head = task % extent.heads * width
      let rows = projected.rows(first..<first + tokens), target = dProjected.rows(first..<first + tokens)
      let scratch = scratch[worker]
      func packed(_ slot: Scratch.Slot, _ column: Int, _ factor: Float) -> MatrixView {
        let copy = scratch.floats(slot, tokens * width)
        vk_bias_scale_copy(rows.start + column, rows.stride, bias + column, factor, copy, tokens, width)
        return MatrixView(copy, rows: tokens, columns: width)
      }
      let queries = packed(.queries, head, scale(extent)), keys = packed(.keys, inner + head, 1)
      let values = packed(.values, 2 * inner + head, 1)
      round(queries, keys, values, extent, lanes.rounding)
      let shares = MatrixView(scratch.floats(.scores, tokens * tokens), rows: tokens, columns: tokens)
      let gradient = MatrixView(scratch.floats(.hidden, tokens * tokens), rows: tokens, columns: tokens)
      let upstream = dAttended.rows(first..<first + tokens).columns(head..<head + width)
      multiply(queries, keys, transposingB: true, into: shares, in: lanes.products)
      vk_softmax_rows(shares.start, tokens, tokens, extent.isCausal ? 1 : tokens, extent.isCausal ? 1 : 0)
      multiply(upstream, values, transposingB: true, into: gradient, in: lanes.products)
      let weights = softmaxBackward(shares, gradient, lanes.rounding, scratch)
      multiply(
        weights, transposingA: true, upstream, into: target.columns(2 * inner + head..<2 * inner + head + width),
        in: lanes.products)
      // The queries carry the scale already; the keys' product takes it here.
      multiply(gradient, keys, into: target.columns(head..<head + width), alpha: scale(extent), in: lanes.products)
      multiply(
        gradient, transposingA: true, queries, into: target.columns(inner + head..<inner + head + width),
        in: lanes.products)
      if let rounding = lanes.rounding {
        // As they were before they were rounded, in the same memory.
        rounding.cut(
          target.columns(head..<head + width), of: packed(.queries, head, scale(extent)), .queries, unit: scale(extent))
        rounding.cut(target.columns(inner + head..<inner + head + width), of: packed(.keys, inner + head, 1), .keys)
        rounding.cut(
          target.columns(2 * inner + head..<2 * inner + head + width), of: packed(.values, 2 * inner + head, 1), .values
        )
      }
    }
    gk_add_column_sums(dProjected.start, dProjected.stride, dBias, dProjected.rows, 3 * inner)
  }

  /// The vector-Jacobian product of ``forwardPooled(queries:keysAndValues:bias:positions:_:into:lanes:scratch:)``, on
  /// the calling thread.
  ///
  /// - Parameters:
  ///   - dAttended: `[sequences, inner]`
  ///   - queries: `[sequences, inner]`, as it was in the forward pass
  ///   - keysAndValues: `[sequences * tokens, 2 * inner]`, as it was in the forward pass
  ///   - bias: `[3 * inner]`
  ///   - dQueries: `[sequences, inner]`
  ///   - dKeysAndValues: `[sequences * tokens, 2 * inner]`
  ///   - dBias: `[3 * inner]`, added to
  package static func backwardPooled(
    _ dAttended: some Matrix, queries: some Matrix, keysAndValues: some Matrix, bias: some Matrix,
    positions: [Int], _ extent: Extent, dQueries: MatrixView, dKeysAndValues: MatrixView,
    dBias: UnsafeMutablePointer<Float>, scratch: Scratch, rounding: (any OperandRounding)? = nil
  ) {
    let tokens = extent.tokens, inner = extent.inner, width = extent.headWidth, bias = bias.reading.start
    let queries = queries.reading, keysAndValues = keysAndValues.reading, dAttended = dAttended.reading
    for task in 0..<extent.sequences * extent.heads {
      let sequence = task / extent.heads, head = task % extent.heads * width
      let own = sequence..<sequence + 1, all = sequence * tokens..<(sequence + 1) * tokens
      let rows = keysAndValues.rows(all), target = dKeysAndValues.rows(all)
      func packed(_ slot: Scratch.Slot, _ source: ReadOnlyMatrix, _ column: Int, _ first: Int, _ factor: Float)
        -> MatrixView
      {
        let copy = scratch.floats(slot, source.rows * width)
        vk_bias_scale_copy(source.start + column, source.stride, bias + first, factor, copy, source.rows, width)
        return MatrixView(copy, rows: source.rows, columns: width)
      }
      let query = packed(.queries, queries.rows(own), head, head, scale(extent))
      let keys = packed(.keys, rows, head, inner + head, 1),
        values = packed(.values, rows, inner + head, 2 * inner + head, 1)
      round(query, keys, values, extent, rounding)
      let shares = MatrixView(scratch.floats(.scores, tokens), rows: 1, columns: tokens)
      let gradient = MatrixView(scratch.floats(.hidden, tokens), rows: 1, columns: tokens)
      let upstream = dAttended.rows(own).columns(head..<head + width)
      multiply(query, keys, transposingB: true, into: shares)
      vk_softmax_rows(shares.start, 1, tokens, extent.isCausal ? positions[sequence] + 1 : tokens, 0)
      multiply(upstream, values, transposingB: true, into: gradient)
      let weights = softmaxBackward(shares, gradient, rounding, scratch)
      multiply(weights, transposingA: true, upstream, into: target.columns(inner + head..<inner + head + width))
      multiply(gradient, keys, into: dQueries.rows(own).columns(head..<head + width), alpha: scale(extent))
      multiply(gradient, transposingA: true, query, into: target.columns(head..<head + width))
      if let rounding {
        let before = packed(.queries, queries.rows(own), head, head, scale(extent))
        rounding.cut(dQueries.rows(own).columns(head..<head + width), of: before, .queries, unit: scale(extent))
        rounding.cut(
          target.columns(head..<head + width), of: packed(.keys, rows, head, inner + head, 1), .keys)
        rounding.cut(
          target.columns(inner + head..<inner + head + width),
          of: packed(.values, rows, inner + head, 2 * inner + head, 1), .values)
      }
    }
    gk_add_column_sums(dQueries.start, dQueries.stride, dBias, dQueries.rows, inner)
    gk_add_column_sums(dKeysAndValues.start, dKeysAndValues.stride, dBias + inner, dKeysAndValues.rows, 2 * inner)
  }

  /// Rounds a head's operands in place: queries that carry their scale, keys and values.
  private static func round(
    _ queries: MatrixView, _ keys: MatrixView, _ values: MatrixView, _ extent: Extent,
    _ rounding: (any OperandRounding)?
  ) {
    guard let rounding else { return }
    rounding.round(queries, .queries, unit: scale(extent))
    rounding.round(keys, .keys)
    rounding.round(values, .values)
  }

  /// The vector-Jacobian product of the softmax, where its shares are rounded through that too.
  ///
  /// - Parameters:
  ///   - shares: `[queries, tokens]`, not rounded
  ///   - gradient: `[queries, tokens]`, that of what the values are weighed by; that of the scores afterwards
  /// - Returns: what the values are weighed by
  private static func softmaxBackward(
    _ shares: MatrixView, _ gradient: MatrixView, _ rounding: (any OperandRounding)?, _ scratch: Scratch
  ) -> MatrixView {
    let rows = shares.rows, tokens = shares.columns
    guard let rounding else {
      gk_softmax_rows(shares.start, gradient.start, rows, tokens)
      return shares
    }
    let weights = MatrixView(scratch.floats(.rounded, rows * tokens), rows: rows, columns: tokens)
    weights.set(shares)
    rounding.roundShares(weights)
    gk_softmax_rows(shares.start, gradient.start, rows, tokens)
    for row in 0..<rows {
      let share = shares.start + row * tokens, weight = weights.start + row * tokens
      let mostShare = (0..<tokens).reduce(Float(0)) { max($0, share[$1]) }
      let mostWeight = (0..<tokens).reduce(Float(0)) { max($0, weight[$1]) }
      // A row's largest stays; only what its weights are divided by is another sum than the softmax's.
      let factor = mostShare > 0 ? mostWeight / mostShare : 1
      for token in 0..<tokens { gradient.start[row * tokens + token] *= factor }
    }
    return weights
  }

  private static func scale(_ extent: Extent) -> Float { 1 / Float(extent.headWidth).squareRoot() }

  /// One head of one sequence.
  ///
  /// Keys are transposed and values packed first: OpenBLAS multiplies small matrices a third faster that way, and the
  /// biases are added in passing.
  private static func attend(
    _ queries: MatrixView, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int,
    keyBias: UnsafePointer<Float>, valueBias: UnsafePointer<Float>, _ extent: Extent, visible: Int, growth: Int,
    into output: MatrixView, _ scratch: Scratch, _ lanes: Lanes
  ) {
    let tokens = extent.tokens, width = extent.headWidth
    let transposedKeys = scratch.floats(.keys, tokens * width)
    let packedValues = scratch.floats(.values, tokens * width)
    let scores = MatrixView(scratch.floats(.scores, queries.rows * tokens), rows: queries.rows, columns: tokens)
    vk_bias_transpose(keys, stride, keyBias, transposedKeys, tokens, width)
    vk_bias_scale_copy(values, stride, valueBias, 1, packedValues, tokens, width)
    let keyColumns = MatrixView(transposedKeys, rows: width, columns: tokens)
    let values = MatrixView(packedValues, rows: tokens, columns: width)
    round(queries, keyColumns, values, extent, lanes.rounding)
    multiply(queries, keyColumns, into: scores, in: lanes.products)
    vk_softmax_rows(scores.start, scores.rows, tokens, visible, growth)
    lanes.rounding?.roundShares(scores)
    multiply(scores, values, into: output, in: lanes.products)
  }
}

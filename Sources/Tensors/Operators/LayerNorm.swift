package import CLIPCompute
import CCLIPVectorKernels

/// Normalizes each row to mean 0 and variance 1, then scales and shifts it.
///
///     y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias
///
/// Source: arXiv:1607.06450, section 3; biased variance, as PyTorch computes it.
package enum LayerNormOperator {
  /// The fewest rows worth handing to another thread.
  private static let minimumRows = 16

  /// - Parameters:
  ///   - x: `[rows, width]`
  ///   - weight, bias: `[width]`
  ///   - y: `[rows, width]`; may be `x` itself
  package static func forward(
    _ x: some Matrix, weight: Tensor, bias: Tensor, epsilon: Float, into y: MatrixView, lanes: Lanes
  ) {
    let x = x.reading
    precondition(x.stride == x.columns && y.stride == y.columns, "layer norm works on rows that touch")
    lanes.forRanges(of: x.rows, per: 64, minimum: minimumRows) { rows in
      vk_layer_norm(
        x.rows(rows).start, weight.start, bias.start, y.rows(rows).start, rows.count, x.columns, epsilon)
    }
  }

  /// `x += pendingBias`, the bias of the residual branch before, then the same: one pass.
  ///
  /// - Parameters:
  ///   - pendingBias: `[width]`
  ///   - y: `[rows, width]`, not `x`
  package static func forward(
    adding pendingBias: Tensor, to x: MatrixView, weight: Tensor, bias: Tensor, epsilon: Float, into y: MatrixView,
    lanes: Lanes
  ) {
    precondition(x.stride == x.columns && y.stride == y.columns, "layer norm works on rows that touch")
    lanes.forRanges(of: x.rows, per: 64, minimum: minimumRows) { rows in
      vk_add_bias_layer_norm(
        x.rows(rows).start, pendingBias.start, weight.start, bias.start, y.rows(rows).start, rows.count, x.columns,
        epsilon)
    }
  }

  /// The vector-Jacobian product. With `n = (x - mean(x)) / sqrt(variance(x) + epsilon)` and `g = dy * weight`:
  ///
  ///     dx = (g - mean(g) - n mean(g n)) / sqrt(variance(x) + epsilon),   dweight += Σ dy n,   dbias += Σ dy
  ///
  /// - Parameters:
  ///   - dy, x, dx: `[rows, width]`
  ///   - dWeight, dBias: `[width]`, added to
  package static func backward(
    _ dy: some Matrix, x: some Matrix, weight: Tensor, epsilon: Float, dx: MatrixView,
    dWeight: UnsafeMutablePointer<Float>, dBias: UnsafeMutablePointer<Float>, lanes: Lanes
  ) {
    let x = x.reading, dy = dy.reading
    precondition(
      x.stride == x.columns && dy.stride == dy.columns && dx.stride == dx.columns, "layer norm works on rows that touch"
    )
    // Blocks of fixed size have sums of their own, added in the blocks' order: the same bits on any number of threads.
    let width = x.columns, block = 256, blocks = (x.rows + block - 1) / block
    let partial = FreshTensor([max(blocks, 1), 2 * width]), start = partial.start
    partial.matrix.fill(0)
    lanes.forEach(blocks) { index, _ in
      let rows = index * block..<min((index + 1) * block, x.rows)
      let sums = start + index * 2 * width
      gk_layer_norm(
        x.rows(rows).start, weight.start, dy.rows(rows).start, nil, dx.rows(rows).start, sums, sums + width, rows.count,
        width, epsilon)
    }
    for index in 0..<blocks {
      vk_add(dWeight, partial.start + index * 2 * width, width)
      vk_add(dBias, partial.start + (index * 2 + 1) * width, width)
    }
  }

  /// The vector-Jacobian product on the calling thread, of a norm that starts a residual branch.
  ///
  /// - Parameters:
  ///   - dy, x, dx: `[rows, width]`
  ///   - residual: `[rows, width]`, the gradient that reached `x` around the branch: `dx` starts from it
  ///   - dWeight, dBias: `[width]`, added to
  package static func backward(
    _ dy: some Matrix, x: some Matrix, weight: Tensor, epsilon: Float, residual: MatrixView?,
    dx: MatrixView, dWeight: UnsafeMutablePointer<Float>, dBias: UnsafeMutablePointer<Float>
  ) {
    let x = x.reading, dy = dy.reading
    precondition(
      x.stride == x.columns && dy.stride == dy.columns && dx.stride == dx.columns, "layer norm works on rows that touch"
    )
    gk_layer_norm(
      x.start, weight.start, dy.start, residual?.start, dx.start, dWeight, dBias, x.rows, x.columns, epsilon)
  }
}

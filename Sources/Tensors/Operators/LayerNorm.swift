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
  ///   - pendingBias: `[width]`, added to `x` in place first: the bias of the residual branch before
  ///   - weight, bias: `[width]`
  ///   - y: `[rows, width]`; may be `x` itself when there is no pending bias
  package static func forward(
    _ x: MatrixView, pendingBias: UnsafePointer<Float>? = nil, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, epsilon: Float, into y: MatrixView, lanes: Lanes
  ) {
    precondition(x.stride == x.columns && y.stride == y.columns, "layer norm works on rows that touch")
    lanes.forRanges(of: x.rows, per: 64, minimum: minimumRows) { rows in
      let source = x.rows(rows), target = y.rows(rows)
      if let pendingBias {
        vk_add_bias_layer_norm(
          source.start, pendingBias, weight, bias, target.start, source.rows, source.columns, epsilon)
      } else {
        vk_layer_norm(source.start, weight, bias, target.start, source.rows, source.columns, epsilon)
      }
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
    _ dy: MatrixView, x: MatrixView, weight: UnsafePointer<Float>, epsilon: Float, dx: MatrixView,
    dWeight: UnsafeMutablePointer<Float>, dBias: UnsafeMutablePointer<Float>, lanes: Lanes
  ) {
    precondition(
      x.stride == x.columns && dy.stride == dy.columns && dx.stride == dx.columns, "layer norm works on rows that touch"
    )
    // Blocks of fixed size have sums of their own, added in the blocks' order: the same bits on any number of threads.
    let width = x.columns, block = 256, blocks = (x.rows + block - 1) / block
    let partial = Tensor(zeros: [max(blocks, 1), 2 * width])
    lanes.forEach(blocks) { index, _ in
      let rows = index * block..<min((index + 1) * block, x.rows)
      let sums = UnsafeMutablePointer(mutating: partial.pointer) + index * 2 * width
      gk_layer_norm(
        x.rows(rows).start, weight, dy.rows(rows).start, nil, dx.rows(rows).start, sums, sums + width, rows.count,
        width, epsilon)
    }
    for index in 0..<blocks {
      vk_add(dWeight, partial.pointer + index * 2 * width, width)
      vk_add(dBias, partial.pointer + (index * 2 + 1) * width, width)
    }
    withExtendedLifetime(partial) {}
  }

  /// The vector-Jacobian product on the calling thread, of a norm that starts a residual branch.
  ///
  /// - Parameters:
  ///   - dy, x, dx: `[rows, width]`
  ///   - residual: `[rows, width]`, the gradient that reached `x` around the branch: `dx` starts from it
  ///   - dWeight, dBias: `[width]`, added to
  package static func backward(
    _ dy: MatrixView, x: MatrixView, weight: UnsafePointer<Float>, epsilon: Float, residual: MatrixView?,
    dx: MatrixView, dWeight: UnsafeMutablePointer<Float>, dBias: UnsafeMutablePointer<Float>
  ) {
    precondition(
      x.stride == x.columns && dy.stride == dy.columns && dx.stride == dx.columns, "layer norm works on rows that touch"
    )
    gk_layer_norm(x.start, weight, dy.start, residual?.start, dx.start, dWeight, dBias, x.rows, x.columns, epsilon)
  }
}

package import Compute
import VectorKernels

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
}

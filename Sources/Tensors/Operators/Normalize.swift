package import CLIPCompute
import CCLIPVectorKernels

/// Scales each row to length 1.
///
///     y = x / max(|x|, 1e-12)
///
/// Source: PyTorch's `nn.functional.normalize`, which open_clip applies to both towers' features.
package enum NormalizeOperator {
  package static let epsilon: Float = 1e-12

  /// - Parameter x: `[rows, width]`, changed in place
  package static func forward(_ x: MatrixView) {
    precondition(x.stride == x.columns, "normalization works on rows that touch")
    vk_normalize_rows(x.start, x.rows, x.columns, epsilon)
  }

  /// The vector-Jacobian product, with `y = x / |x|`:
  ///
  ///     dx = (dy - y (y . dy)) / |x|
  ///
  /// - Parameters:
  ///   - dy, x, dx: `[rows, width]`; `x` as it was before
  package static func backward(_ dy: some Matrix, x: some Matrix, dx: MatrixView) {
    let dy = dy.reading, x = x.reading
    precondition(
      x.stride == x.columns && dy.stride == dy.columns && dx.stride == dx.columns,
      "normalization works on rows that touch")
    gk_normalize_rows(x.start, dy.start, dx.start, x.rows, x.columns, epsilon)
  }
}

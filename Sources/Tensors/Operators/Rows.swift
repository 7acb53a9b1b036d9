package import CLIPCompute
import CCLIPVectorKernels

/// Small work on whole rows.
package enum RowOperator {
  /// `x += bias` in each row of `x` `[rows, width]`.
  package static func addBias(_ bias: UnsafePointer<Float>, to x: MatrixView) {
    vk_add_bias(x.start, bias, x.rows, x.columns, x.stride)
  }

  /// `y = a + b` for one row of `count` elements.
  package static func sum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    vk_sum_rows(a, b, y, count)
  }

  /// `y += x + bias`, `[rows, width]`: what a residual branch computed becomes the stream after it.
  package static func addResidual(_ x: MatrixView, bias: UnsafePointer<Float>, to y: MatrixView) {
    tk_add_residual(y.start, x.start, bias, y.rows, y.columns)
  }

  /// `y = x + scale * (y + bias)`: the same with a layer scale `[width]`.
  package static func addResidual(
    _ x: MatrixView, bias: UnsafePointer<Float>, scale: UnsafePointer<Float>, to y: MatrixView
  ) {
    tk_add_scaled_residual(y.start, x.start, bias, scale, y.rows, y.columns)
  }

  /// `x *= scale` in each row of `x` `[rows, width]`.
  package static func scaleColumns(of x: MatrixView, by scale: UnsafePointer<Float>) {
    tk_scale_columns(x.start, scale, x.rows, x.columns)
  }

  /// The sum of the products of two rows, in double precision.
  package static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
    tk_dot(a, b, count)
  }

  /// `sums += the sum of the rows of x`, `[rows, width]` to `[width]`.
  package static func addColumnSums(of x: MatrixView, to sums: UnsafeMutablePointer<Float>) {
    gk_add_column_sums(x.start, x.stride, sums, x.rows, x.columns)
  }

  /// `y += x` for `count` elements.
  package static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    vk_add(y, x, count)
  }

  /// Some rows of `x`, one after another.
  package static func gather(_ x: MatrixView, rows: [Int], into y: MatrixView) {
    for (index, row) in rows.enumerated() {
      (y.start + index * y.stride).update(from: x.start + row * x.stride, count: x.columns)
    }
  }

  /// The mean of the rows of `x` `[rows, width]`, into `y` `[width]`.
  package static func mean(_ x: MatrixView, into y: UnsafeMutablePointer<Float>) {
    precondition(x.stride == x.columns, "the mean is taken over rows that touch")
    vk_mean_rows(x.start, y, x.rows, x.columns)
  }
}

extension Tensor {
  /// Whether no element is infinite or not a number.
  public var isFinite: Bool { withUnsafeElements { vk_all_finite($0.baseAddress, $0.count) != 0 } }
}

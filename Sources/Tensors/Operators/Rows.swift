package import CLIPCompute
import CCLIPVectorKernels

/// Small work on whole rows.
package enum RowOperator {
  /// `x += bias` in each row of `x` `[rows, width]`.
  package static func addBias(_ bias: UnsafePointer<Float>, to x: MatrixView) {
    vk_add_bias(x.start, bias, x.rows, x.columns, x.stride)
  }

  package static func addBias(_ bias: Tensor, to x: MatrixView) { addBias(bias.start, to: x) }

  /// `y += x + bias`, `[rows, width]`: what a residual branch computed becomes the stream after it.
  package static func addResidual(_ x: some Matrix, bias: Tensor, to y: MatrixView) {
    tk_add_residual(y.start, x.first, bias.start, y.rows, y.columns)
  }

  /// `y = x + scale * (y + bias)`: the same with a layer scale `[width]`.
  package static func addResidual(
    _ x: some Matrix, bias: Tensor, scale: Tensor, to y: MatrixView
  ) {
    tk_add_scaled_residual(y.start, x.first, bias.start, scale.start, y.rows, y.columns)
  }

  /// `y += scale * (x + bias)`: the same to a stream that is forgotten.
  package static func addScaled(_ x: some Matrix, bias: Tensor, scale: Tensor, to y: MatrixView) {
    vk_bias_scale_add(y.start, x.first, bias.start, scale.start, y.rows, y.columns)
  }

  /// `x *= scale` in each row of `x` `[rows, width]`.
  package static func scaleColumns(of x: MatrixView, by scale: Tensor) {
    tk_scale_columns(x.start, scale.start, x.rows, x.columns)
  }

  /// The sum of the products of two rows, in double precision.
  package static func dot(_ a: some Matrix, _ b: some Matrix) -> Double { tk_dot(a.first, b.first, a.columns) }

  /// `sums += the sum of the rows of x`, `[rows, width]` to `[width]`.
  package static func addColumnSums(of x: some Matrix, to sums: UnsafeMutablePointer<Float>) {
    let x = x.reading
    gk_add_column_sums(x.start, x.stride, sums, x.rows, x.columns)
  }

  /// `y += x`, of rows that touch.
  package static func add(_ x: some Matrix, to y: MatrixView) { vk_add(y.start, x.first, y.rows * y.columns) }

  /// Some rows of `x`, one after another.
  package static func gather(_ x: some Matrix, rows: [Int], into y: MatrixView) {
    let x = x.reading
    for (index, row) in rows.enumerated() {
      (y.start + index * y.stride).update(from: x.start + row * x.stride, count: x.columns)
    }
  }

  /// The mean of the rows of `x` `[rows, width]`, into `y` `[width]`.
  package static func mean(_ x: some Matrix, into y: UnsafeMutablePointer<Float>) {
    let x = x.reading
    precondition(x.stride == x.columns, "the mean is taken over rows that touch")
    vk_mean_rows(x.start, y, x.rows, x.columns)
  }
}

extension Tensor {
  /// Whether no element is infinite or not a number.
  public var isFinite: Bool { withUnsafeElements { vk_all_finite($0.baseAddress, $0.count) != 0 } }
}

package import Compute
import VectorKernels

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
